/*
 * http_body.c
 *		The body, by length or by chunks.  Memory grows with what has arrived, never with what was
 *		promised.
 */
#include "http_body.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024
#define SIZE_DIGITS_MAX 8

bool
http_body_begin(HttpBody *body, const HttpHead *head, size_t limit)
{
	memset(body, 0, sizeof(*body));
	body->limit = limit;
	body->chunked = head->chunked;
	if (head->chunked)
		body->state = BODY_SIZE;
	else
	{
		body->left = head->length;
		body->state = head->length > 0 ? BODY_CONTENT : BODY_COMPLETE;
	}
	return head->length <= limit;
}

static void
append(HttpBody *body, const char *bytes, size_t length)
{
	if (body->length + length + 1 > body->capacity)
	{
		size_t capacity = body->capacity > 0 ? body->capacity : FIRST_CAPACITY;

		while (capacity < body->length + length + 1)
			capacity *= 2;
		body->bytes = realloc(body->bytes, capacity);
		if (body->bytes == NULL)
			abort();
		body->capacity = capacity;
	}
	memcpy(body->bytes + body->length, bytes, length);
	body->length += length;
	body->bytes[body->length] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The chunk's size line has ended. */
static void
begin_chunk(HttpBody *body)
{
	body->size_digits = 0;
	body->state = body->left > 0 ? BODY_CONTENT : BODY_TRAILER;
}

/* One byte of chunk framing; false: malformed. */
static bool
take_framing(HttpBody *body, char c)
{
	switch (body->state)
	{
		case BODY_SIZE:
			if (hex_value(c) >= 0 && body->size_digits < SIZE_DIGITS_MAX)
			{
				body->left = body->left * 16 + (unsigned) hex_value(c);
				body->size_digits++;
				return true;
			}
			if (body->size_digits == 0)
				return false;
			body->state = c == '\r' ? BODY_SIZE_LF : BODY_EXTENSION;
			return c == '\r' || c == ';' || c == ' ' || c == '\t';
		case BODY_EXTENSION:
			if (c == '\r')
				body->state = BODY_SIZE_LF;
			return c != '\n' && c != '\0';
		case BODY_SIZE_LF:
			begin_chunk(body);
			return c == '\n';
		case BODY_CHUNK_CR:
			body->state = BODY_CHUNK_LF;
			return c == '\r';
		case BODY_CHUNK_LF:
			body->state = BODY_SIZE;
			return c == '\n';
		case BODY_TRAILER:
			body->state = c == '\r' ? BODY_LAST_LF : BODY_TRAILER_LINE;
			return c != '\n' && c != '\0';
		case BODY_TRAILER_LINE:
			if (c == '\r')
				body->state = BODY_TRAILER_LF;
			return c != '\n' && c != '\0';
		case BODY_TRAILER_LF:
			body->state = BODY_TRAILER;
			return c == '\n';
		case BODY_LAST_LF:
			body->state = BODY_COMPLETE;
			return c == '\n';
		case BODY_CONTENT:
		case BODY_COMPLETE:
			break;
	}
	return false;
}

int
http_body_take(HttpBody *body, const char *bytes, size_t length, size_t *taken)
{
	size_t at = 0;
	int status = 0;

	while (at < length && body->state != BODY_COMPLETE && status == 0)
	{
		if (body->state == BODY_CONTENT)
		{
			size_t part = length - at < body->left ? length - at : (size_t) body->left;

			append(body, bytes + at, part);
			at += part;
			body->left -= part;
			if (body->left == 0)
				body->state = body->chunked ? BODY_CHUNK_CR : BODY_COMPLETE;
			continue;
		}
		if (!take_framing(body, bytes[at++]))
			status = 400;
		else if (++body->overhead > HTTP_CHUNK_OVERHEAD_MAX ||
				 body->length + body->left > body->limit)
			status = 413;
	}
	*taken = at;
	return status;
}

void
http_body_free(HttpBody *body)
{
	free(body->bytes);
	memset(body, 0, sizeof(*body));
}
