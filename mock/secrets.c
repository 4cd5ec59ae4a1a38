/*
 * secrets.c
 *		Credentials are known by the names they go under: RFC 6749's, Twilio's, and the usual ones.
 */
#include "secrets.h"

#include "form.h"
#include "memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANK "***"

/* Fields of forms, of JSON objects and of queries. */
static const char *const fields[] = {"client_secret", "password",	   "auth_token",
									 "access_token",  "refresh_token", "client_assertion"};
/* Parts of headers' names.  A signature lets its holder play the request again. */
static const char *const headers[] = {"authorization", "cookie",   "signature",
									  "secret",		   "password", "api-key"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_secret(const char *name)
{
	for (size_t i = 0; i < COUNT(fields); i++)
	{
		if (strcasecmp(name, fields[i]) == 0)
			return true;
	}
	return false;
}

/* Does the text name one?  An escaped name is none that any service would read. */
static bool
names_one(const char *text, size_t length)
{
	for (size_t i = 0; i < COUNT(fields); i++)
	{
		size_t size = strlen(fields[i]);

		for (size_t at = 0; at + size <= length; at++)
		{
			if (strncasecmp(text + at, fields[i], size) == 0)
				return true;
		}
	}
	return false;
}

/* NULL: it can't be read. */
static char *
form_blanked(const char *text, size_t length)
{
	Form form = {NULL, 0};
	char *blanked = NULL;

	if (form_parse(&form, text, length))
	{
		for (size_t i = 0; i < form.count; i++)
		{
			if (!is_secret(form.fields[i].name))
				continue;
			memset(form.fields[i].value, 0, strlen(form.fields[i].value));
			form.fields[i].value = memory_grown(form.fields[i].value, sizeof(BLANK));
			memcpy(form.fields[i].value, BLANK, sizeof(BLANK));
		}
		blanked = form_encode(&form);
	}
	form_free(&form);
	return blanked;
}

/* As deep as jansson reads: 2048. */
static void
blank_json(json_t *json)
{
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(json, i, value) blank_json(value);
	json_object_foreach(json, name, value)
	{
		if (is_secret(name))
			json_object_set_new(json, name, json_string(BLANK));
		else
			blank_json(value);
	}
}

static char *
json_blanked(const char *text, size_t length)
{
	json_t *json = json_loadb(text, length, 0, NULL);
	char *blanked;

	if (json == NULL)
		return NULL;
	blank_json(json);
	blanked = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return blanked;
}

char *
secrets_body(const char *body, size_t length)
{
	size_t lead = 0;
	char *blanked;

	if (!names_one(body, length))
		return NULL;
	while (lead < length && strchr(" \t\r\n", body[lead]) != NULL)
		lead++;
	if (lead < length && (body[lead] == '{' || body[lead] == '['))
		blanked = json_blanked(body, length);
	else
		blanked = form_blanked(body, length);
	return blanked != NULL ? blanked
						   : memory_text("(not kept: it names a secret and can't be read)");
}

char *
secrets_url(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme != NULL ? scheme + 3 : url;
	size_t authority = scheme != NULL ? strcspn(host, "/?#") : 0;
	const char *at = memrchr(host, '@', authority);
	const char *question = strchr(url, '?');
	const char *end = url + strlen(url);
	size_t query = question != NULL ? strcspn(question + 1, "#") : 0;
	bool named = query > 0 && names_one(question + 1, query);
	const char *rest = at != NULL ? at + 1 : host;
	char *blanked;
	char *text;

	if (at == NULL && !named)
		return NULL;
	if (!named)
		return memory_format("%.*s%s", (int) (host - url), url, rest);
	blanked = form_blanked(question + 1, query);
	text = memory_format("%.*s%.*s?%s%.*s", (int) (host - url), url, (int) (question - rest), rest,
						 blanked != NULL ? blanked : BLANK, (int) (end - (question + 1 + query)),
						 question + 1 + query);
	free(blanked);
	return text;
}

char *
secrets_header(const char *name, const char *value)
{
	for (size_t i = 0; i < COUNT(headers); i++)
	{
		size_t scheme = strcspn(value, " ");

		if (strcasestr(name, headers[i]) == NULL)
			continue;
		if (strcasestr(name, "authorization") == NULL || value[scheme] == '\0')
			return memory_text(BLANK);
		return memory_format("%.*s " BLANK, (int) scheme, value);
	}
	return NULL;
}
