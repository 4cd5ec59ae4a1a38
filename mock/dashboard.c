/*
 * dashboard.c
 *		Serves the files of dashboard/, which the linker put into the program.
 */
#include "dashboard.h"

#include <string.h>

/* Names made by ld -b binary from the files' paths. */
#define ASSET(id)                                                                                  \
	extern const char _binary_dashboard_##id##_start[];                                            \
	extern const char _binary_dashboard_##id##_end[]

ASSET(index_html);
ASSET(icon_svg);
ASSET(dashboard_css);
ASSET(dashboard_js);
ASSET(dom_js);
ASSET(control_js);
ASSET(lanes_js);
ASSET(tasks_js);
ASSET(phones_js);
ASSET(trouble_js);
ASSET(journal_js);
ASSET(copy_js);

typedef struct Asset
{
	const char *name;
	const char *type;
	const char *start, *end;
} Asset;

#define ROW(name, id, type)                                                                        \
	{                                                                                              \
		name, type, _binary_dashboard_##id##_start, _binary_dashboard_##id##_end                   \
	}
#define SCRIPT(name) ROW(#name ".js", name##_js, "text/javascript; charset=utf-8")

static const Asset assets[] = {
	ROW("index.html", index_html, "text/html; charset=utf-8"),
	ROW("icon.svg", icon_svg, "image/svg+xml"),
	ROW("dashboard.css", dashboard_css, "text/css; charset=utf-8"),
	SCRIPT(dashboard),
	SCRIPT(dom),
	SCRIPT(control),
	SCRIPT(lanes),
	SCRIPT(tasks),
	SCRIPT(phones),
	SCRIPT(trouble),
	SCRIPT(journal),
	SCRIPT(copy),
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
