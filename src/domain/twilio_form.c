/*
 * twilio_form.c
 *		Form-encoded text (WHATWG URL standard, section 5), strictly.
 */
#include "domain/twilio_form.h"

#include <stdlib.h>
#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* True for well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates). */
static bool
is_utf8(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *) text;
	const unsigned char *end = at + length;

	while (at < end)
	{
		unsigned char lead = *at++;
		unsigned char low = 0x80;
		unsigned char high = 0xBF;
		int more;

		if (lead < 0x80)
			continue;
		if (lead >= 0xC2 && lead <= 0xDF)
			more = 1;
		else if (lead >= 0xE0 && lead <= 0xEF)
			more = 2;
		else if (lead >= 0xF0 && lead <= 0xF4)
			more = 3;
		else
			return false;
		if (lead == 0xE0)
			low = 0xA0;
		else if (lead == 0xED)
			high = 0x9F;
		else if (lead == 0xF0)
			low = 0x90;
		else if (lead == 0xF4)
			high = 0x8F;
		for (; more > 0; more--)
		{
			if (at == end || *at < low || *at > high)
				return false;
			at++;
			low = 0x80;
			high = 0xBF;
		}
	}
	return true;
}

/*
 * Decodes length bytes at text in place, and ends them with a NUL (the byte after them is the
 * caller's separator).  Bytes decoded, or -1: bad escape, NUL, no UTF-8, more than bound.
 */
static long
decode(char *text, size_t length, size_t bound)
{
	size_t out = 0;

	for (size_t in = 0; in < length; in++)
	{
		char c = text[in];

		if (c == '+')
			c = ' ';
		else if (c == '%')
		{
			int high = length - in > 2 ? hex_digit(text[in + 1]) : -1;
			int low = length - in > 2 ? hex_digit(text[in + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char) (high * 16 + low);
			in += 2;
		}
		if (c == '\0' || out == bound)
			return -1;
		text[out++] = c;
	}
	text[out] = '\0';
	return is_utf8(text, out) ? (long) out : -1;
}

bool
twilio_form_parse(TwilioForm *form, char *text, size_t length)
{
	char *end = text + length;
	int count = 0;

	form->count = 0;
	if (length > TWILIO_FORM_SIZE)
		return false;
	for (char *piece = text; piece < end;)
	{
		char *stop = memchr(piece, '&', (size_t) (end - piece));
		char *equals;
		char *value;

		if (stop == NULL)
			stop = end;
		if (stop > piece)
		{
			equals = memchr(piece, '=', (size_t) (stop - piece));
			value = equals != NULL ? equals + 1 : stop;
			if (equals == NULL)
				equals = stop;
			if (count == TWILIO_FORM_FIELDS ||
				decode(value, (size_t) (stop - value), TWILIO_FORM_VALUE) < 0 ||
				decode(piece, (size_t) (equals - piece), TWILIO_FORM_NAME) < 1)
				return false;
			form->fields[count].name = piece;
			form->fields[count].value = value;
			count++;
		}
		piece = stop + 1;
	}
	form->count = count;
	return true;
}

const char *
twilio_form_value(const TwilioForm *form, const char *name)
{
	for (int i = 0; i < form->count; i++)
	{
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	}
	return NULL;
}

static int
by_name_then_value(const void *a, const void *b)
{
	const TwilioField *left = a;
	const TwilioField *right = b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : strcmp(left->value, right->value);
}

void
twilio_form_sort(TwilioForm *form)
{
	int kept = 0;

	qsort(form->fields, (size_t) form->count, sizeof(TwilioField), by_name_then_value);
	for (int i = 0; i < form->count; i++)
	{
		if (kept == 0 || by_name_then_value(&form->fields[kept - 1], &form->fields[i]) != 0)
			form->fields[kept++] = form->fields[i];
	}
	form->count = kept;
}
