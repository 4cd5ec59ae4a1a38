/*
 * journal.c
 *		A ring of entries, bounded in number and in bytes.
 */
#include "journal.h"

#include "clock.h"
#include "memory.h"
#include "secrets.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Entry
{
	int64_t at_ms;
	bool callback;
	bool cut; /* the body was longer */
	int status;
	char *method;
	char *path;
	json_t *headers; /* an object: lower-case name → value */
	char *body;
	char *answer;	  /* to a callback; NULL = empty */
	double elapsed_s; /* since the reset, mock seconds */
	char *subsector;
	char *attempt_id;
	char *note;
	size_t bytes;
} Entry;

static Entry ring[JOURNAL_ENTRIES_MAX];
static long oldest = 1; /* number of the oldest entry kept */
static long next = 1;	/* number of the next entry */
static size_t bytes_kept;
static long dropped;

static Entry *
entry_at(long n)
{
	return n >= oldest && n < next ? &ring[n % JOURNAL_ENTRIES_MAX] : NULL;
}

static void
forget_oldest(void)
{
	Entry *entry = entry_at(oldest);

	bytes_kept -= entry->bytes;
	free(entry->method);
	free(entry->path);
	json_decref(entry->headers);
	free(entry->body);
	free(entry->answer);
	free(entry->subsector);
	free(entry->attempt_id);
	free(entry->note);
	memset(entry, 0, sizeof(*entry));
	oldest++;
}

/* Text that may hold any bytes, as JSON: what isn't UTF-8 is shown as '?'. */
static json_t *
text_json(const char *text)
{
	json_t *json = json_string(text);

	if (json == NULL)
	{
		char *copy = memory_text(text);

		for (char *c = copy; *c != '\0'; c++)
		{
			if ((unsigned char) *c >= 0x80)
				*c = '?';
		}
		json = json_string(copy);
		free(copy);
	}
	return json;
}

/* As many headers as fit, each once, without what is secret. */
static json_t *
headers_kept(const Form *headers, size_t *bytes)
{
	json_t *kept = json_object();

	for (size_t i = 0; i < headers->count && *bytes < JOURNAL_HEADERS_MAX; i++)
	{
		char *name = memory_text(headers->fields[i].name);
		char *blanked = secrets_header(name, headers->fields[i].value);
		const char *value = blanked != NULL ? blanked : headers->fields[i].value;

		for (char *c = name; *c != '\0'; c++)
			*c = (char) tolower((unsigned char) *c);
		*bytes += strlen(name) + strlen(value);
		if (json_object_get(kept, name) == NULL && *bytes <= JOURNAL_HEADERS_MAX)
			json_object_set_new(kept, name, text_json(value));
		free(blanked);
		free(name);
	}
	return kept;
}

static long
add(bool callback, const char *method, const char *path, const Form *headers, const char *body,
	size_t length)
{
	Entry *entry;
	char *blanked = secrets_body(body, length);
	char *url = secrets_url(path);
	size_t headers_bytes = 0;

	if (blanked != NULL)
	{
		body = blanked;
		length = strlen(blanked);
	}
	if (next - oldest == JOURNAL_ENTRIES_MAX)
	{
		forget_oldest();
		dropped++;
	}
	entry = &ring[next % JOURNAL_ENTRIES_MAX];
	entry->at_ms = clock_wall_ms();
	entry->elapsed_s = clock_since_reset();
	entry->callback = callback;
	entry->cut = length > JOURNAL_BODY_MAX;
	entry->method = memory_text(method);
	entry->path = url != NULL ? url : memory_text(path);
	entry->headers = headers_kept(headers, &headers_bytes);
	entry->body = memory_text_of(body, entry->cut ? JOURNAL_BODY_MAX : length);
	entry->bytes = strlen(entry->path) + headers_bytes + strlen(entry->body) + 100;
	bytes_kept += entry->bytes;
	next++;
	while (bytes_kept > JOURNAL_BYTES_MAX && oldest < next - 1)
	{
		forget_oldest();
		dropped++;
	}
	free(blanked);
	return next - 1;
}

long
journal_request(const char *method, const char *path, const Form *headers, const char *body,
				size_t length)
{
	return add(false, method, path, headers, body, length);
}

long
journal_callback(const char *method, const char *url, const Form *headers, const char *body)
{
	return add(true, method, url, headers, body, strlen(body));
}

void
journal_name(long n, const char *subsector, const char *attempt_id)
{
	Entry *entry = entry_at(n);

	if (entry == NULL)
		return;
	if (subsector != NULL && subsector[0] != '\0')
	{
		free(entry->subsector);
		entry->subsector = memory_text(subsector);
	}
	if (attempt_id != NULL && attempt_id[0] != '\0')
	{
		free(entry->attempt_id);
		entry->attempt_id = memory_text(attempt_id);
	}
}

void
journal_settle(long n, int status)
{
	Entry *entry = entry_at(n);

	if (entry != NULL)
		entry->status = status;
}

void
journal_note(long n, const char *note)
{
	Entry *entry = entry_at(n);

	if (entry == NULL)
		return;
	free(entry->note);
	entry->note = memory_text(note);
}

void
journal_answer(long n, const char *answer, size_t length)
{
	Entry *entry = entry_at(n);
	size_t kept = length < JOURNAL_ANSWER_MAX ? length : JOURNAL_ANSWER_MAX;

	if (entry == NULL)
		return;
	free(entry->answer);
	entry->answer = memory_text_of(answer, kept);
	entry->bytes += kept;
	bytes_kept += kept;
}

/* Path and query of a URL; a path is one already. */
static const char *
path_of(const char *url)
{
	const char *scheme = strstr(url, "://");

	if (scheme == NULL || url[0] == '/')
		return url;
	return scheme + 3 + strcspn(scheme + 3, "/?");
}

static json_t *
entry_json(long n, const Entry *entry)
{
	json_t *json = json_object();
	char at[CLOCK_TEXT];

	clock_iso_ms(entry->at_ms, at);
	json_object_set_new(json, "n", json_integer(n));
	json_object_set_new(json, "at", json_string(at));
	json_object_set_new(json, "elapsed_s", json_real(round(entry->elapsed_s * 1000) / 1000));
	json_object_set_new(json, "direction", json_string(entry->callback ? "callback" : "request"));
	json_object_set_new(json, "method", text_json(entry->method));
	json_object_set_new(json, "path", text_json(path_of(entry->path)));
	if (entry->callback)
		json_object_set_new(json, "url", text_json(entry->path));
	json_object_set_new(json, "status", json_integer(entry->status));
	if (entry->subsector != NULL)
		json_object_set_new(json, "subsector", text_json(entry->subsector));
	if (entry->attempt_id != NULL)
		json_object_set_new(json, "attempt_id", text_json(entry->attempt_id));
	json_object_set(json, "headers", entry->headers);
	json_object_set_new(json, "body", text_json(entry->body));
	if (entry->cut)
		json_object_set_new(json, "body_cut", json_true());
	if (entry->answer != NULL)
		json_object_set_new(json, "answer", text_json(entry->answer));
	if (entry->note != NULL)
		json_object_set_new(json, "note", json_string(entry->note));
	return json;
}

static bool
wanted(const Entry *entry, const Form *query)
{
	const char *subsector = form_get(query, "subsector");
	const char *attempt = form_get(query, "attempt_id");
	const char *direction = form_get(query, "direction");
	const char *method = form_get(query, "method");
	const char *path = form_get(query, "path");

	if (subsector != NULL && (entry->subsector == NULL || strcmp(entry->subsector, subsector) != 0))
		return false;
	if (attempt != NULL && (entry->attempt_id == NULL || strcmp(entry->attempt_id, attempt) != 0))
		return false;
	if (direction != NULL && strcmp(direction, entry->callback ? "callback" : "request") != 0)
		return false;
	if (method != NULL && strcmp(method, entry->method) != 0)
		return false;
	return path == NULL || strstr(entry->path, path) != NULL;
}

json_t *
journal_entries(const Form *query)
{
	const char *since = form_get(query, "since");
	const char *limit = form_get(query, "limit");
	long from = since != NULL ? strtol(since, NULL, 10) + 1 : 0;
	long left = limit != NULL ? strtol(limit, NULL, 10) : JOURNAL_ENTRIES_MAX;
	json_t *newest_first = json_array();
	json_t *entries = json_array();

	for (long n = next - 1; n >= oldest && n >= from && left > 0; n--)
	{
		Entry *entry = entry_at(n);

		if (!wanted(entry, query))
			continue;
		json_array_append_new(newest_first, entry_json(n, entry));
		left--;
	}
	for (size_t i = json_array_size(newest_first); i > 0; i--)
		json_array_append(entries, json_array_get(newest_first, i - 1));
	json_decref(newest_first);
	return entries;
}

long
journal_dropped(void)
{
	return dropped;
}

long
journal_last(void)
{
	return next - 1;
}

long
journal_count(void)
{
	return next - oldest;
}

void
journal_reset(void)
{
	while (oldest < next)
		forget_oldest();
	dropped = 0;
}
