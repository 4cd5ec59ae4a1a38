/*
 * liquid.c
 *		Paths between {{ and }}, looked up in a JSON object.
 */
#include "liquid.h"

#include "memory.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64
#define STEPS_MAX 16

static bool
name_byte(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '-';
}

static const char *
past_spaces(const char *at)
{
	return at + strspn(at, " \t");
}

/*
 * Follows the path at *at, as far as the context goes (NULL: nothing is there), to the closing }}.
 * false: not a path.
 */
static bool
follow(const char **at, const json_t *context, const json_t **value)
{
	const char *p = past_spaces(*at);
	char name[NAME_MAX_BYTES];

	*value = context;
	for (int step = 0; step < STEPS_MAX; step++)
	{
		if (step > 0 && *p == '[')
		{
			char *end;
			unsigned long index = strtoul(p + 1, &end, 10);

			if (!isdigit((unsigned char) p[1]) || *end != ']')
				return false;
			*value = json_array_get(*value, index);
			p = end + 1;
		}
		else
		{
			size_t length = 0;

			if (step > 0 && *p++ != '.')
				return false;
			while (name_byte(p[length]))
				length++;
			if (length == 0 || length >= sizeof(name))
				return false;
			memcpy(name, p, length);
			name[length] = '\0';
			*value = json_object_get(*value, name);
			p += length;
		}
		if (strncmp(past_spaces(p), "}}", 2) == 0)
		{
			*at = past_spaces(p) + 2;
			return true;
		}
	}
	return false;
}

char *
liquid_problem(const char *text)
{
	const char *at = text;
	const json_t *nothing;

	if (strstr(text, "{%") != NULL)
		return memory_format("tags are not understood: %.80s", strstr(text, "{%"));
	while ((at = strstr(at, "{{")) != NULL)
	{
		const char *began = at;

		at += 2;
		if (!follow(&at, NULL, &nothing))
			return memory_format("not a path: %.80s", began);
	}
	return NULL;
}

/* A value as text; caller frees. */
static char *
text_of(const json_t *value)
{
	switch (value != NULL ? json_typeof(value) : JSON_NULL)
	{
		case JSON_STRING:
			return memory_text(json_string_value(value));
		case JSON_INTEGER:
			return memory_format("%lld", (long long) json_integer_value(value));
		case JSON_REAL:
			return memory_format("%.15g", json_real_value(value));
		case JSON_TRUE:
			return memory_text("true");
		case JSON_FALSE:
			return memory_text("false");
		case JSON_OBJECT:
		case JSON_ARRAY:
		{
			char *dumped = json_dumps(value, JSON_COMPACT);

			return dumped != NULL ? dumped : memory_text("");
		}
		case JSON_NULL:
			break;
	}
	return memory_text("");
}

char *
liquid_render(const char *text, const json_t *context)
{
	char *rendered = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&rendered, &size);
	const char *at = text;

	if (out == NULL)
		abort();
	for (;;)
	{
		const char *opening = strstr(at, "{{");
		const json_t *value;
		char *filled;

		if (opening == NULL)
			break;
		fwrite(at, 1, (size_t) (opening - at), out);
		at = opening + 2;
		if (!follow(&at, context, &value))
			break; /* checked when the flow was loaded */
		filled = text_of(value);
		fputs(filled, out);
		free(filled);
	}
	fputs(at, out);
	if (fclose(out) != 0 || rendered == NULL)
		abort();
	return rendered;
}
