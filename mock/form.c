/*
 * form.c
 *		Reading and writing form-encoded text.
 */
#include "form.h"

#include "memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char) tolower((unsigned char) c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL = bad escape or a NUL byte inside. */
static char *
decoded(const char *text, size_t length)
{
	char *out = memory_zeroed(length + 1);
	size_t n = 0;

	for (size_t i = 0; i < length; i++)
	{
		char c = text[i];

		if (c == '+')
			c = ' ';
		else if (c == '%')
		{
			int high = i + 2 < length ? hex(text[i + 1]) : -1;
			int low = i + 2 < length ? hex(text[i + 2]) : -1;

			if (high < 0 || low < 0)
			{
				free(out);
				return NULL;
			}
			c = (char) (high * 16 + low);
			i += 2;
		}
		if (c == '\0')
		{
			free(out);
			return NULL;
		}
		out[n++] = c;
	}
	return out;
}

static void
take(Form *form, char *name, char *value)
{
	if ((form->count & (form->count - 1)) == 0) /* a power of two: full */
		form->fields =
			memory_grown(form->fields, (form->count > 0 ? form->count * 2 : 1) * sizeof(FormField));
	form->fields[form->count].name = name;
	form->fields[form->count].value = value;
	form->count++;
}

bool
form_parse(Form *form, const char *text, size_t length)
{
	size_t start = 0;

	while (start < length)
	{
		const char *end = memchr(text + start, '&', length - start);
		size_t stop = end != NULL ? (size_t) (end - text) : length;
		const char *equals = memchr(text + start, '=', stop - start);
		size_t name_stop = equals != NULL ? (size_t) (equals - text) : stop;
		size_t value_start = equals != NULL ? name_stop + 1 : stop;

		if (stop > start)
		{
			char *name = decoded(text + start, name_stop - start);
			char *value = decoded(text + value_start, stop - value_start);

			if (name == NULL || value == NULL || form->count >= FORM_FIELDS_MAX)
			{
				free(name);
				free(value);
				return false;
			}
			take(form, name, value);
		}
		start = stop + 1;
	}
	return true;
}

void
form_add(Form *form, const char *name, const char *value)
{
	take(form, memory_text(name), memory_text(value));
}

const char *
form_get(const Form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
	{
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	}
	return NULL;
}

static char *
encode_into(char *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (isalnum(c) || c == '-' || c == '_' || c == '.' || c == '*')
			*out++ = (char) c;
		else if (c == ' ')
			*out++ = '+';
		else
		{
			*out++ = '%';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	return out;
}

char *
form_encode(const Form *form)
{
	size_t bound = 1;
	char *text;
	char *out;

	for (size_t i = 0; i < form->count; i++)
		bound += 3 * (strlen(form->fields[i].name) + strlen(form->fields[i].value)) + 2;
	text = out = memory_zeroed(bound);
	for (size_t i = 0; i < form->count; i++)
	{
		if (i > 0)
			*out++ = '&';
		out = encode_into(out, form->fields[i].name);
		*out++ = '=';
		out = encode_into(out, form->fields[i].value);
	}
	return text;
}

Form
form_copy(const Form *form)
{
	Form copy = {NULL, 0};

	for (size_t i = 0; i < form->count; i++)
		form_add(&copy, form->fields[i].name, form->fields[i].value);
	return copy;
}

void
form_free(Form *form)
{
	for (size_t i = 0; i < form->count; i++)
	{
		free(form->fields[i].name);
		free(form->fields[i].value);
	}
	free(form->fields);
	form->fields = NULL;
	form->count = 0;
}
