/*
 * site.c
 *		Pages with their headers: tag, compression, and what a browser may load.
 *
 * The content policy allows no inline script and no eval: scripts and styles are files of ours.
 * A page may talk to PostgREST and to our /ws, and show pictures of ours and map tiles.
 */
#include "site.h"

#include "log.h"
#include "loop.h"
#include "site_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifndef GATEWAY_VERSION
#define GATEWAY_VERSION "unknown"
#endif

#define ROADS "/roads.geojson" /* for the maps, if it is in the directory */
#define LOOK_EVERY_MS 1000	   /* for changes on disk */
#define POLICY_BYTES 6000
#define CONFIG_BYTES 2048

static const char *directory;
static const char *rest_url;
static const char *tile_url;
static char policy[POLICY_BYTES]; /* header lines of pages */
static int64_t looked_ms;
static unsigned long long counts[3];

/* "https://host:1/x" to "https://host:1"; "{s}." of a tile address stands for any name. */
static void
origin_of(const char *url, char *origin, size_t size)
{
	const char *host = strstr(url, "://") + 3;
	size_t length = (size_t) (host - url) + strcspn(host, "/?#");

	if (strncmp(host, "{s}.", 4) == 0)
		snprintf(origin, size, "%.*s*.%.*s", (int) (host - url), url,
				 (int) (length - (size_t) (host - url) - 4), host + 4);
	else
		snprintf(origin, size, "%.*s", (int) length, url);
}

static void
make_policy(const OptionList *origins)
{
	char rest[600];
	char tiles[600] = "";
	char sockets[3000] = "";
	size_t at = 0;

	origin_of(rest_url, rest, sizeof(rest));
	if (tile_url != NULL)
		origin_of(tile_url, tiles, sizeof(tiles));
	for (int i = 0; i < origins->count; i++)
	{
		char own[600];
		size_t room = sizeof(sockets) - at;
		int n;

		origin_of(origins->item[i], own, sizeof(own));
		n = snprintf(sockets + at, room, " ws%s", own + strlen("http")); /* http: ws, https: wss */
		if (n > 0 && (size_t) n < room)
			at += (size_t) n;
		else
			sockets[at] = '\0';
	}
	snprintf(policy, sizeof(policy),
			 "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"
			 " img-src 'self' data:%s%s; font-src 'self'; media-src 'self'; manifest-src 'self';"
			 " connect-src 'self' %s%s; worker-src 'self'; form-action 'self'; base-uri 'none';"
			 " frame-ancestors 'none'\r\n"
			 "Referrer-Policy: strict-origin\r\n"
			 "Cross-Origin-Opener-Policy: same-origin\r\n",
			 tiles[0] != '\0' ? " " : "", tiles, rest, sockets);
}

static bool
load(void)
{
	char config[CONFIG_BYTES];
	char version[20];
	int length;

	if (!site_files_load(directory))
		return false;
	site_files_version(version, sizeof(version));
	/* the options hold no character that JSON would escape */
	length = snprintf(
		config, sizeof(config),
		"{\"restUrl\":\"%s\",\"tileUrl\":%s%s%s,\"roadsUrl\":%s,\"version\":\"" GATEWAY_VERSION
		"+%s\"}\n",
		rest_url, tile_url != NULL ? "\"" : "", tile_url != NULL ? tile_url : "null",
		tile_url != NULL ? "\"" : "",
		site_files_find(ROADS, strlen(ROADS)) != NULL ? "\"" ROADS "\"" : "null", version);
	site_files_add("/config.json", "application/json", config, (size_t) length);
	return true;
}

bool
site_open(const Options *options)
{
	directory = options->web;
	rest_url = options->rest_url;
	tile_url = options->tile_url;
	if (directory == NULL)
		return true;
	make_policy(&options->origins);
	looked_ms = loop_now_ms();
	return load();
}

void
site_close(void)
{
	site_files_free();
}

unsigned long long
site_count(int which)
{
	return counts[which];
}

/* Changed files are served without a restart. */
static void
look_for_changes(void)
{
	if (loop_now_ms() - looked_ms < LOOK_EVERY_MS)
		return;
	looked_ms = loop_now_ms();
	if (site_files_changed(directory))
		(void) load();
}

/* Does Accept-Encoding allow gzip (RFC 9110, 12.5.3)? */
static bool
takes_gzip(const HttpHead *head)
{
	const char *list = http_header(head, "accept-encoding");

	while (list != NULL && *list != '\0')
	{
		size_t length = strcspn(list, ",");
		size_t name;

		while (length > 0 && (*list == ' ' || *list == '\t'))
			list++, length--;
		name = strcspn(list, ",; \t");
		if ((name == 4 && strncasecmp(list, "gzip", 4) == 0) || (name == 1 && *list == '*'))
		{
			const char *q = memmem(list, length, "q=", 2);

			return q == NULL || strtod(q + 2, NULL) > 0;
		}
		list += length;
		list += *list == ',';
	}
	return false;
}

/* Is the tag among those the client has (RFC 9110, 13.1.2: compared weakly)? */
static bool
has_tag(const HttpHead *head, const char *tag)
{
	const char *list = http_header(head, "if-none-match");
	size_t own = strlen(tag);

	while (list != NULL && *list != '\0')
	{
		list += strspn(list, ", \t");
		if (*list == '*')
			return true;
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (strncmp(list, tag, own) == 0 && strchr(", \t", list[own]) != NULL)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

void
site_serve(HttpExchange *exchange)
{
	const SiteFile *file = NULL;
	HttpAnswer answer = {0};
	char extra[POLICY_BYTES + 300];
	char tag[60];
	bool gzipped;

	if (directory != NULL)
	{
		look_for_changes();
		file = site_files_find(exchange->head.target, exchange->head.path_length);
	}
	if (file == NULL)
	{
		counts[2]++;
		http_answer_plain(exchange, 404);
		return;
	}
	gzipped = file->gzipped != NULL && takes_gzip(&exchange->head);
	/* another representation, another tag */
	snprintf(tag, sizeof(tag), "%.*s%s\"", (int) strlen(file->tag) - 1, file->tag,
			 gzipped ? "-gz" : "");
	answer.status = has_tag(&exchange->head, tag) ? 304 : 200;
	counts[answer.status == 304]++;
	answer.content_type = file->content_type;
	answer.body = gzipped ? file->gzipped : file->bytes;
	answer.length = gzipped ? file->gzipped_length : file->length;
	answer.cache = "no-cache";
	snprintf(extra, sizeof(extra), "ETag: %s\r\n%s%s%s", tag,
			 file->gzipped != NULL ? "Vary: Accept-Encoding\r\n" : "",
			 gzipped && answer.status == 200 ? "Content-Encoding: gzip\r\n" : "",
			 strncmp(file->content_type, "text/html", 9) == 0
				 ? policy
				 : "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
	answer.extra = extra;
	http_answer(exchange, &answer);
}
