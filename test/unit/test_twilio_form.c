/*
 * test_twilio_form.c
 *		Webhook forms: decoding, bounds, what is refused, and the order that is signed.
 */
#include "domain/twilio_form.h"

#include <stdlib.h>

#include "check.h"

static char buffer[2 * TWILIO_FORM_SIZE];
static TwilioForm form;

/* Parses a copy that has exactly the room promised, so that ASan sees a byte too far. */
static bool
parse(const char *text)
{
	static char *copy;
	size_t length = strlen(text);

	free(copy);
	copy = malloc(length + 1);
	memcpy(copy, text, length + 1);
	return twilio_form_parse(&form, copy, length);
}

static const char *
value(const char *name)
{
	const char *found = twilio_form_value(&form, name);

	return found != NULL ? found : "(none)";
}

static void
decoding(void)
{
	CHECK("a form has its fields",
		  parse("CallSid=CA1&Digits=1&From=%2B15551234567") && form.count == 3);
	CHECK_TEXT("a plain value", value("CallSid"), "CA1");
	CHECK_TEXT("a percent escape", value("From"), "+15551234567");
	CHECK_TEXT("a name that isn't there", value("To"), "(none)");
	CHECK("plus is a space, %2b a plus", parse("a+b=c+d%2be") && form.count == 1);
	CHECK_TEXT("in names and values", value("a b"), "c d+e");
	CHECK("a value may hold = and encoded &", parse("a=b=c%26d"));
	CHECK_TEXT("the first = ends the name", value("a"), "b=c&d");
	CHECK("a name alone has an empty value, empty pieces are nothing",
		  parse("&&a&&b=&") && form.count == 2);
	CHECK_TEXT("name alone", value("a"), "");
	CHECK_TEXT("name and =", value("b"), "");
	CHECK("an empty text is an empty form", parse("") && form.count == 0);
	CHECK("the first of several values counts", parse("a=2&a=1"));
	CHECK_TEXT("first value", value("a"), "2");
	CHECK("UTF-8 passes, raw and escaped", parse("a=M\xC3\xBCller+%F0%9F%93%9E"));
	CHECK_TEXT("UTF-8", value("a"), "M\xC3\xBCller \xF0\x9F\x93\x9E");
	CHECK("the text's end is where it says",
		  (memcpy(buffer, "a=1&b=2", 8), buffer[3] = '\0', twilio_form_parse(&form, buffer, 3)) &&
			  form.count == 1);
}

static void
refusals(void)
{
	static const char *const bad[] = {
		"a=%",		   "a=%4",			 "a=%4&b=1",	   "a=%G0",
		"a=%0G",	   "a=%00",			 "%00=a",		   "=a",
		"b=1&=",	   "a=%FF",			 "a=%80",		   "a=%C0%80",
		"a=%C3",	   "a=%C3&b=%A4",	 "a=%E0%80%80",	   "a=%E2%82",
		"a=%ED%A0%80", "a=%F0%80%80%80", "a=%F4%90%80%80", "a=%F5%80%80%80",
		"%FF=1",	   "a=\xE4",		 "a=%C3%28",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		form.count = -1;
		if (parse(bad[i]) || form.count != 0)
			printf("not refused: %s\n", bad[i]);
		CHECK("a bad escape, a NUL, an empty name, no UTF-8: refused, with no fields",
			  !parse(bad[i]) && form.count == 0);
	}
	memcpy(buffer, "a=b\0c", 6);
	CHECK("a raw NUL is refused", !twilio_form_parse(&form, buffer, 5));
}

/* 'count' fields of the shape "a=<size bytes>&", in buffer. */
static const char *
fields_of(int count, size_t name_size, size_t value_size)
{
	char *at = buffer;

	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			*at++ = '&';
		memset(at, 'n', name_size);
		at += name_size;
		*at++ = '=';
		memset(at, 'v', value_size);
		at += value_size;
	}
	*at = '\0';
	return buffer;
}

static void
bounds(void)
{
	CHECK("100 fields pass", parse(fields_of(TWILIO_FORM_FIELDS, 1, 1)) && form.count == 100);
	CHECK("101 don't", !parse(fields_of(TWILIO_FORM_FIELDS + 1, 1, 1)) && form.count == 0);
	CHECK("the longest name passes", parse(fields_of(1, TWILIO_FORM_NAME, 1)));
	CHECK("a longer one doesn't", !parse(fields_of(1, TWILIO_FORM_NAME + 1, 1)));
	CHECK("the longest value passes", parse(fields_of(1, 1, TWILIO_FORM_VALUE)));
	CHECK("a longer one doesn't", !parse(fields_of(1, 1, TWILIO_FORM_VALUE + 1)));
	memset(buffer, '&', TWILIO_FORM_SIZE + 1);
	buffer[TWILIO_FORM_SIZE] = '\0';
	CHECK("the longest text passes", parse(buffer) && form.count == 0);
	buffer[TWILIO_FORM_SIZE] = '&';
	buffer[TWILIO_FORM_SIZE + 1] = '\0';
	CHECK("a longer one doesn't", !parse(buffer));
}

static void
order(void)
{
	CHECK("sorting", parse("b=1&a=2&B=3&a=1&a=2&aa=0&%C3%A4=9"));
	twilio_form_sort(&form);
	CHECK("a repeated value is kept once", form.count == 6);
	CHECK_TEXT("capitals come first", form.fields[0].name, "B");
	CHECK_TEXT("then values in order", form.fields[1].value, "1");
	CHECK_TEXT("of one name", form.fields[2].value, "2");
	CHECK_TEXT("a prefix comes before what it begins", form.fields[3].name, "aa");
	CHECK_TEXT("then b", form.fields[4].name, "b");
	CHECK_TEXT("bytes beyond ASCII come last", form.fields[5].name, "\xC3\xA4");
	CHECK("an empty form stays empty", parse("") && (twilio_form_sort(&form), form.count == 0));
}

/* Arbitrary bytes: nothing but true or false, never a field outside its bounds. */
static void
noise(void)
{
	static const char alphabet[] = "a=&%+0fF\xC3\xA4 ";
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++)
	{
		char text[24];
		int length;

		seed = seed * 1103515245 + 12345;
		length = (int) (seed >> 16) % (int) sizeof(text);
		for (int i = 0; i < length; i++)
		{
			seed = seed * 1103515245 + 12345;
			text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		text[length] = '\0';
		if (!parse(text))
			continue;
		for (int i = 0; i < form.count; i++)
		{
			if (form.fields[i].name[0] == '\0' || strlen(form.fields[i].value) >= sizeof(text))
				CHECK("a field is within the text", false);
		}
	}
	CHECK("20,000 random texts are parsed or refused", true);
}

int
main(void)
{
	decoding();
	refusals();
	bounds();
	order();
	noise();
	return checks_done();
}
