/*
 * router.c
 *		The table of what is served.
 */
#include "router.h"

#include "health.h"
#include "metrics.h"
#include "site.h"
#include "webhook.h"
#include "ws_upgrade.h"

#include <stdio.h>
#include <string.h>

/* Methods and paths compare byte by byte: a path is nobody's to normalise once it's signed. */
static const HttpRoute routes[] = {
	{"/twilio/", "GET POST", webhook_serve, webhook_refused},
	{"/healthz", "GET HEAD", health_serve, NULL},
	{"/metrics", "GET HEAD", metrics_serve, NULL},
	{"/ws", "GET", ws_upgrade_serve, ws_upgrade_refused},
	{"/", "GET HEAD", site_serve, NULL}, /* all that is left: last */
};

const HttpRoute *
router_find(const char *path, size_t length)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
	{
		size_t own = strlen(routes[i].path);
		bool below = routes[i].path[own - 1] == '/';

		if ((below ? length >= own : length == own) && memcmp(path, routes[i].path, own) == 0)
			return &routes[i];
	}
	return NULL;
}

bool
router_allows(const HttpRoute *route, const char *method)
{
	size_t length = strlen(method);

	for (const char *word = route->methods; *word != '\0'; word += strspn(word, " "))
	{
		size_t own = strcspn(word, " ");

		if (own == length && memcmp(word, method, own) == 0)
			return true;
		word += own;
	}
	return false;
}

void
router_allow(const HttpRoute *route, char *allow, size_t size)
{
	size_t at = 0;

	for (const char *c = route->methods; *c != '\0' && at + 3 < size; c++)
	{
		if (*c == ' ')
			allow[at++] = ',';
		allow[at++] = *c;
	}
	allow[at] = '\0';
}
