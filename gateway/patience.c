/*
 * patience.c
 *		A document that keeps the caller on the line.
 *
 * Nothing is checked here: the signature and everything else are, when the call comes back.  Who
 * forges a request is told to repeat his own URL.
 */
#include "patience.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOMENTS_MOST 9 /* times; then the caller is asked to ring the NOC */
#define ID_LENGTH 36
#define QUERY_MOST 400

static const char gather[] = "/twilio/gather/";
static const char voice[] = "/twilio/voice/";

/* The attempt's id in the path; NULL if it isn't one of a conversation. */
static const char *
id_of(const char *target)
{
	const char *id = NULL;

	if (strncmp(target, gather, strlen(gather)) == 0)
		id = target + strlen(gather);
	else if (strncmp(target, voice, strlen(voice)) == 0)
		id = target + strlen(voice);
	if (id == NULL || strspn(id, "0123456789abcdef-") != ID_LENGTH)
		return NULL;
	return id[ID_LENGTH] == '\0' || id[ID_LENGTH] == '?' ? id : NULL;
}

/* A parameter's value in a query or form of plain names; NULL = not there. */
static const char *
parameter(const char *text, size_t length, const char *name, size_t *value_length)
{
	size_t named = strlen(name);
	const char *end = text + length;

	for (const char *at = text; at < end;)
	{
		const char *stop = memchr(at, '&', (size_t) (end - at));

		if (stop == NULL)
			stop = end;
		if ((size_t) (stop - at) > named && memcmp(at, name, named) == 0 && at[named] == '=')
		{
			*value_length = (size_t) (stop - at) - named - 1;
			return at + named + 1;
		}
		at = stop + 1;
	}
	return NULL;
}

/* The key of the form: 0 to 9, '*' or '#'; '\0' = none. */
static char
key_of(const char *form, size_t length)
{
	size_t n;
	const char *digits = parameter(form, length, "Digits", &n);

	if (digits == NULL)
		return '\0';
	if (n == 1 && digits[0] != '\0' && strchr("0123456789*", digits[0]) != NULL)
		return digits[0];
	if (n == 3 && memcmp(digits, "%2A", 3) == 0)
		return '*';
	if (n == 3 && memcmp(digits, "%23", 3) == 0)
		return '#';
	return '\0';
}

/* Copies the query without what we add ourselves; false when it can't stand in a document as it is. */
static bool
keep_query(const char *query, char *out, size_t size)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%=";
	size_t length = 0;

	out[0] = '\0';
	while (*query != '\0')
	{
		size_t n = strcspn(query, "&");

		if (strspn(query, plain) < n)
			return false;
		if (n > 0 && strncmp(query, "moment=", 7) != 0 && strncmp(query, "key=", 4) != 0)
		{
			if (length + n + 6 >= size)
				return false;
			length += (size_t) snprintf(out + length, size - length, "%.*s&amp;", (int) n, query);
		}
		query += n;
		if (*query == '&')
			query++;
	}
	return true;
}

bool
patience_document(const char *target, const char *body, size_t length, char *out)
{
	const char *id = id_of(target);
	const char *query;
	char kept[QUERY_MOST];
	char key[16] = "";
	char pressed;
	size_t n;
	const char *value;
	int moment;

	if (id == NULL)
		return false;
	query = id[ID_LENGTH] == '?' ? id + ID_LENGTH + 1 : "";
	if (!keep_query(query, kept, sizeof(kept)))
		return false;
	value = parameter(query, strlen(query), "moment", &n);
	moment = value != NULL && n == 1 && *value >= '1' && *value <= '9' ? *value - '0' : 0;
	if (moment >= MOMENTS_MOST)
	{
		snprintf(out, PATIENCE_MAX,
				 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Say>Your answer was not "
				 "recorded. Please call the NOC.</Say><Hangup/></Response>\n");
		return true;
	}
	pressed = key_of(body, length);
	if (pressed == '\0' && (value = parameter(query, strlen(query), "key", &n)) != NULL)
		pressed = n == 1 && strchr("0123456789", *value) != NULL ? *value
				  : n == 3 && memcmp(value, "%2A", 3) == 0		 ? '*'
																 : '\0';
	if (pressed == '*')
		snprintf(key, sizeof(key), "&amp;key=%%2A");
	else if (pressed != '\0' && pressed != '#')
		snprintf(key, sizeof(key), "&amp;key=%c", pressed);
	snprintf(out, PATIENCE_MAX,
			 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Say>One moment please.</Say>"
			 "<Pause length=\"2\"/><Redirect method=\"POST\">%.*s?%smoment=%d%s</Redirect>"
			 "</Response>\n",
			 ID_LENGTH, id, kept, moment + 1, key);
	return true;
}
