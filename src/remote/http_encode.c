/*
 * http_encode.c
 *		Percent-encoding, for forms and for queries.
 */
#include "postgres.h"

#include <ctype.h>

#include "remote/http.h"

/* Appends text with every byte but letters, digits and those of keep as %XX. */
static void
append_encoded(StringInfo out, const char *text, const char *keep, bool plus)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if ((c < 0x80 && isalnum(c)) || strchr(keep, c) != NULL)
			appendStringInfoChar(out, (char) c);
		else if (c == ' ' && plus)
			appendStringInfoChar(out, '+');
		else
		{
			appendStringInfoChar(out, '%');
			appendStringInfoChar(out, digits[c >> 4]);
			appendStringInfoChar(out, digits[c & 15]);
		}
	}
}

void
http_encode_form(StringInfo out, const char *key, const char *value)
{
	if (out->len > 0)
		appendStringInfoChar(out, '&');
	append_encoded(out, key, "-_.*", true);
	appendStringInfoChar(out, '=');
	append_encoded(out, value, "-_.*", true);
}

char *
http_url_encode(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	append_encoded(&out, text, "-_.~", false);
	return out.data;
}
