/*
 * parser_test.c
 *		The request parser by itself: every way of cutting the bytes gives the same request, and
 *		random bytes break nothing (run under AddressSanitizer).
 */
#include "http_body.h"
#include "http_head.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_ROUNDS 300000

static int failures;

static void
check(bool good, const char *name)
{
	printf("%s - parser: %s\n", good ? "ok" : "not ok", name);
	failures += !good;
}

/* Status of a head; it's copied to the heap so that a read past its end is seen. */
static int
parse(const char *text, size_t length, HttpHead *head, char **bytes)
{
	int status;

	*bytes = malloc(length);
	if (*bytes == NULL)
		abort();
	memcpy(*bytes, text, length);
	status = http_head_parse(*bytes, length, head);
	return status;
}

static void
test_cuts(void)
{
	static const char text[] = "POST /twilio/x?a=%2F HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\n\r\nbody";
	size_t whole = strlen(text) - 4;
	bool good = true;

	for (size_t step = 1; step < sizeof(text); step++)
	{
		size_t scanned = 0;
		size_t found = 0;

		for (size_t length = 0; found == 0 && length < sizeof(text) - 1;)
		{
			length = length + step < sizeof(text) - 1 ? length + step : sizeof(text) - 1;
			found = http_head_length(text, length, &scanned);
		}
		good = good && found == whole;
	}
	check(good, "a head is found however its bytes are cut");
}

static void
test_chunk_cuts(void)
{
	static const char text[] =
		"5;x=y\r\nhello\r\n1 \r\n \r\n0006\r\nworld!\r\n0\r\nT: 1\r\n\r\nnext";
	HttpHead head = {.chunked = true};
	bool good = true;

	for (size_t step = 1; step < sizeof(text); step++)
	{
		HttpBody body;
		size_t at = 0;

		http_body_begin(&body, &head, 100);
		while (at < sizeof(text) - 1 && body.state != BODY_COMPLETE && good)
		{
			size_t part = sizeof(text) - 1 - at < step ? sizeof(text) - 1 - at : step;
			size_t taken = 0;

			good = http_body_take(&body, text + at, part, &taken) == 0;
			at += taken;
		}
		good = good && body.state == BODY_COMPLETE && strcmp(body.bytes, "hello world!") == 0 &&
			   strcmp(text + at, "next") == 0;
		http_body_free(&body);
	}
	check(good, "chunks are put together however their bytes are cut");
}

static void
test_body_limits(void)
{
	HttpHead head = {.has_length = true, .length = 10};
	HttpBody body;
	size_t taken;

	check(http_body_begin(&body, &head, 10), "a body of the limit's length is taken");
	check(!http_body_begin(&body, &head, 9), "a longer one is refused by its head");
	head = (HttpHead){.chunked = true};
	http_body_begin(&body, &head, 9);
	check(http_body_take(&body, "a\r\n", 3, &taken) == 413, "a chunk past the limit is refused");
	http_body_free(&body);
	http_body_begin(&body, &head, 9);
	check(http_body_take(&body, "fffffffff", 9, &taken) != 0 || body.left == 0,
		  "a chunk's size can't overflow");
	http_body_free(&body);
}

static void
test_utf8(void)
{
	unsigned valid = 0;

	for (unsigned long code = 1; code <= 0x10ffff; code++)
	{
		char b[4];
		size_t n;

		if (code < 0x80)
			n = 1, b[0] = (char) code;
		else if (code < 0x800)
			n = 2, b[0] = (char) (0xc0 | code >> 6);
		else if (code < 0x10000)
			n = 3, b[0] = (char) (0xe0 | code >> 12);
		else
			n = 4, b[0] = (char) (0xf0 | code >> 18);
		for (size_t i = 1; i < n; i++)
			b[i] = (char) (0x80 | ((code >> (6 * (n - 1 - i))) & 0x3f));
		valid += utf8_is_text(b, n);
		if (n > 1 && utf8_is_text(b, n - 1))
			valid = 0;
	}
	check(valid == 0x10ffff - 0x800, "all characters but NUL and surrogates are text");
	check(!utf8_is_text("\0", 1) && !utf8_is_text("\xc1\xbf", 2) &&
			  !utf8_is_text("\xe0\x9f\xbf", 3) && !utf8_is_text("\xf0\x8f\xbf\xbf", 4) &&
			  !utf8_is_text("\xf5\x80\x80\x80", 4) && utf8_is_text("", 0),
		  "NUL and overlong forms are not");
}

static void
test_random(void)
{
	static const char *const pieces[] = {"GET ",
										 "/twilio/",
										 " HTTP/1.1",
										 "\r\n",
										 "Host: x",
										 "\r\n\r\n",
										 "Content-Length: 3",
										 "Transfer-Encoding: chunked",
										 ": ",
										 "\r",
										 "\n",
										 "\t ",
										 "0",
										 "f",
										 ";",
										 "\xff",
										 "http://",
										 "?#",
										 "Connection: close,",
										 "Expect: 100-continue"};

	srand(1);
	for (int round = 0; round < RANDOM_ROUNDS; round++)
	{
		char text[512];
		size_t length = 0;
		size_t scanned = 0;
		HttpHead head;
		HttpBody body;
		char *bytes;
		size_t taken;

		while (length < 200 && rand() % 16 != 0)
		{
			const char *piece = pieces[(size_t) rand() % (sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(text + length, piece, strlen(piece));
			length += strlen(piece);
		}
		http_head_length(text, length, &scanned);
		http_head_overflow(text, length);
		if (parse(text, length, &head, &bytes) == 0 &&
			(head.target[0] != '/' || head.method[0] == 0))
			failures++;
		free(bytes);
		head = (HttpHead){.chunked = round % 2 == 0, .length = (unsigned) rand() % 300};
		http_body_begin(&body, &head, 300);
		http_body_take(&body, text, length, &taken);
		if (taken > length || body.length > 300)
			failures++;
		http_body_free(&body);
	}
	check(failures == 0, "random pieces break nothing");
}

int
main(void)
{
	test_cuts();
	test_chunk_cuts();
	test_body_limits();
	test_utf8();
	test_random();
	return failures == 0 ? 0 : 1;
}
