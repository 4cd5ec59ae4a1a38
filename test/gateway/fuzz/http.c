/*
 * http.c
 *		Fuzzes the HTTP parser: any bytes, in one piece and in two, must be taken the same way.
 */
#include "http_body.h"
#include "http_head.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The body behind a head, given in pieces of `piece` bytes; its status, and what came out. */
static int
take_body(const HttpHead *head, const char *bytes, size_t length, size_t piece, HttpBody *body)
{
	size_t at = 0;

	if (!http_body_begin(body, head, 4096))
		return 413;
	while (at < length && body->state != BODY_COMPLETE)
	{
		size_t part = length - at < piece ? length - at : piece;
		size_t taken;
		int status = http_body_take(body, bytes + at, part, &taken);

		if (taken > part || body->length > 4096)
			abort();
		at += taken;
		if (status != 0)
			return status;
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *whole = malloc(size + 1);
	char *copy = malloc(size + 1);
	size_t scanned = 0;
	size_t length;
	size_t again = 0;
	HttpHead head;

	memcpy(whole, data, size);
	memcpy(copy, data, size);
	length = http_head_length(whole, size, &scanned);
	/* byte by byte, the head ends at the same place */
	scanned = 0;
	for (size_t i = 1; i <= size && again == 0; i++)
		again = http_head_length(copy, i, &scanned);
	if (again != length)
		abort();
	(void) http_head_overflow(whole, size);
	if (length > 0)
	{
		char *bytes = malloc(length + 1);

		memcpy(bytes, data, length);
		bytes[length] = '\0';
		if (http_head_parse(bytes, length, &head) == 0)
		{
			HttpBody one;
			HttpBody two;
			int status = take_body(&head, whole + length, size - length, size, &one);

			if (status != take_body(&head, copy + length, size - length, 1, &two) ||
				(status == 0 &&
				 (one.length != two.length || one.state != two.state ||
				  (one.length > 0 && memcmp(one.bytes, two.bytes, one.length) != 0))))
				abort();
			http_body_free(&one);
			http_body_free(&two);
			if (head.target[0] != '/' || head.path_length > strlen(head.target) ||
				head.header_count > HTTP_HEADERS_MAX)
				abort();
			(void) http_header(&head, "host");
			(void) http_header_lists(&head, "connection", "upgrade");
		}
		free(bytes);
	}
	free(whole);
	free(copy);
	return 0;
}
