/*
 * speech.c
 *		Readable words, escaped documents.
 */
#include "domain/speech.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/*
 * Abbreviations in addresses, as whole words, written so or in small letters: "CT" and "MI" are
 * states.  A full stop behind them goes too.
 */
static const struct
{
	const char *written;
	const char *spoken;
} words[] = {
	{"St", "Street"},	 {"Rd", "Road"},		 {"Ave", "Avenue"},	   {"Blvd", "Boulevard"},
	{"Dr", "Drive"},	 {"Ln", "Lane"},		 {"Hwy", "Highway"},   {"Pkwy", "Parkway"},
	{"Ct", "Court"},	 {"Pl", "Place"},		 {"Sq", "Square"},	   {"Rte", "Route"},
	{"Fwy", "Freeway"},	 {"Expy", "Expressway"}, {"Bldg", "Building"}, {"Apt", "Apartment"},
	{"Jct", "Junction"}, {"Km", "kilometres"},	 {"Nr", "near"},	   {"Btw", "between"},
	{"W/", "with"},		 {"&", "and"},			 {"@", "at"},		   {"#", "number"},
};

#define SPELLED 5 /* digits in a row */

typedef struct Out
{
	char *to;
	size_t size;
	size_t length;
	bool full;
} Out;

static void
add(Out *out, const char *text, size_t length)
{
	if (out->full || out->length + length >= out->size)
	{
		out->full = true;
		return;
	}
	memcpy(out->to + out->length, text, length);
	out->length += length;
	out->to[out->length] = '\0';
}

static const char *
spoken_for(const char *word, size_t length)
{
	if (length > 1 && word[length - 1] == '.')
		length--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		const char *written = words[i].written;

		if (strlen(written) == length && strncmp(written + 1, word + 1, length - 1) == 0 &&
			(word[0] == written[0] || word[0] == tolower((unsigned char) written[0])))
			return words[i].spoken;
	}
	return NULL;
}

/* "St. Mary": a saint, not a street, when a word with a capital follows and none went before. */
static bool
is_saint(const char *message, const char *word, size_t length)
{
	bool is_st = length <= 3 && strncmp(word, "St", 2) == 0 && (length == 2 || word[2] == '.');
	const char *after = word + length;

	if (!is_st || *after != ' ' || !isupper((unsigned char) after[1]))
		return false;
	/* "Main St Austin" stays a street: a word with a capital before it */
	for (const char *p = word - 1; p > message && *p == ' '; p--)
		if (isalnum((unsigned char) p[-1]))
		{
			while (p > message && p[-1] != ' ')
				p--;
			return !isupper((unsigned char) *p);
		}
	return true;
}

static size_t
digits_at(const char *text)
{
	return strspn(text, "0123456789");
}

static void
add_word(Out *out, const char *message, const char *word, size_t length)
{
	const char *spoken = is_saint(message, word, length) ? "Saint" : spoken_for(word, length);

	if (spoken != NULL)
	{
		add(out, spoken, strlen(spoken));
		return;
	}
	for (size_t i = 0; i < length;)
	{
		size_t digits = digits_at(word + i);

		if (digits > length - i)
			digits = length - i;
		if (digits >= SPELLED)
		{
			for (size_t d = 0; d < digits; d++)
			{
				if (d > 0)
					add(out, " ", 1);
				add(out, word + i + d, 1);
			}
			i += digits;
		}
		else if (word[i] == '#' && digits_at(word + i + 1) > 0)
		{
			add(out, "number ", 7);
			i++;
		}
		else
		{
			size_t plain = digits > 0 ? digits : 1;

			/* a character's bytes stay together */
			while (i + plain < length && ((unsigned char) word[i + plain] & 0xC0) == 0x80)
				plain++;
			add(out, word + i, plain);
			i += plain;
		}
	}
}

void
speech_readable(const char *message, char *out)
{
	Out to = {out, SPEECH_MAX, 0, false};

	out[0] = '\0';
	for (const char *at = message; *at && !to.full;)
	{
		size_t length = strcspn(at, " \t\r\n,;:()");

		if (length == 0)
		{
			char c = (unsigned char) *at < ' ' ? ' ' : *at;

			add(&to, &c, 1);
			at++;
			continue;
		}
		add_word(&to, message, at, length);
		at += length;
	}
}

static void
put(Twiml *twiml, const char *text)
{
	size_t length = strlen(text);

	if (twiml->full || twiml->length + length >= twiml->size)
	{
		twiml->full = true;
		return;
	}
	memcpy(twiml->out + twiml->length, text, length + 1);
	twiml->length += length;
}

/* XML 1.0: markup's characters as entities; controls have no place in a document. */
static void
put_escaped(Twiml *twiml, const char *text)
{
	for (; *text; text++)
	{
		char one[2] = {*text, '\0'};

		switch (*text)
		{
			case '&':
				put(twiml, "&amp;");
				break;
			case '<':
				put(twiml, "&lt;");
				break;
			case '>':
				put(twiml, "&gt;");
				break;
			case '"':
				put(twiml, "&quot;");
				break;
			case '\'':
				put(twiml, "&apos;");
				break;
			default:
				put(twiml, (unsigned char) *text < ' ' || *text == 127 ? " " : one);
		}
	}
}

void
twiml_begin(Twiml *twiml, char *out, size_t size)
{
	*twiml = (Twiml){.out = out, .size = size};
	out[0] = '\0';
	put(twiml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>");
}

void
twiml_say(Twiml *twiml, const char *text)
{
	put(twiml, "<Say>");
	put_escaped(twiml, text);
	put(twiml, "</Say>");
}

void
twiml_ask(Twiml *twiml, const char *text, const char *action)
{
	put(twiml, "<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"5\" finishOnKey=\"\""
			   " actionOnEmptyResult=\"true\" method=\"POST\" action=\"");
	put_escaped(twiml, action);
	put(twiml, "\">");
	twiml_say(twiml, text);
	twiml_say(twiml, "Press 1 to accept. Press 2 to decline. Press star to hear it again.");
	put(twiml, "</Gather>");
}

void
twiml_hangup(Twiml *twiml)
{
	put(twiml, "<Hangup/>");
}

const char *
twiml_end(Twiml *twiml)
{
	put(twiml, "</Response>\n");
	return twiml->full ? NULL : twiml->out;
}
