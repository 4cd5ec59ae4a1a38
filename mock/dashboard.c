/*
 * dashboard.c
 *		Serves the files of dashboard/, which the linker put into the program.
 */
#include "dashboard.h"

#include <string.h>

/* Names made by ld -b binary from the files' paths. */
extern const char _binary_dashboard_index_html_start[];
extern const char _binary_dashboard_index_html_end[];
extern const char _binary_dashboard_dashboard_css_start[];
extern const char _binary_dashboard_dashboard_css_end[];
extern const char _binary_dashboard_dashboard_js_start[];
extern const char _binary_dashboard_dashboard_js_end[];

typedef struct Asset
{
	const char *name;
	const char *type;
	const char *start, *end;
} Asset;

static const Asset assets[] = {
	{"index.html", "text/html; charset=utf-8", _binary_dashboard_index_html_start,
	 _binary_dashboard_index_html_end},
	{"dashboard.css", "text/css; charset=utf-8", _binary_dashboard_dashboard_css_start,
	 _binary_dashboard_dashboard_css_end},
	{"dashboard.js", "text/javascript; charset=utf-8", _binary_dashboard_dashboard_js_start,
	 _binary_dashboard_dashboard_js_end},
};

static void
serve(Request *request, const char *name)
{
	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
	{
		const Asset *asset = &assets[i];

		if (strcmp(asset->name, name) != 0)
			continue;
		answer_header(request, "Cache-Control", "no-cache");
		answer_header(request, "Content-Security-Policy", "default-src 'self'");
		answer_header(request, "X-Content-Type-Options", "nosniff");
		answer_text(request, 200, asset->type, asset->start, (size_t) (asset->end - asset->start));
		return;
	}
	answer_refusal(request, 404);
}

void
dashboard_page(Request *request)
{
	serve(request, "index.html");
}

void
dashboard_asset(Request *request)
{
	serve(request, request->args[0]);
}

void
dashboard_redirect(Request *request)
{
	answer_header(request, "Location", "/dashboard");
	answer_text(request, 302, NULL, "", 0);
}
