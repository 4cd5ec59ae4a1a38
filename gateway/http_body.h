/*
 * http_body.h
 *		Takes a request's body off the stream, by length or by chunks (RFC 9112, 7.1).  No I/O.
 */
#ifndef GATEWAY_HTTP_BODY_H
#define GATEWAY_HTTP_BODY_H

#include "http_head.h"

/* bytes of chunk sizes, extensions and trailer lines a body may have beside its content */
#define HTTP_CHUNK_OVERHEAD_MAX (16 * 1024)

typedef enum HttpBodyState
{
	BODY_CONTENT, /* by length, or inside a chunk */
	BODY_SIZE,	  /* the chunk's size, hexadecimal */
	BODY_EXTENSION,
	BODY_SIZE_LF,
	BODY_CHUNK_CR,
	BODY_CHUNK_LF,
	BODY_TRAILER, /* at the start of a trailer line */
	BODY_TRAILER_LINE,
	BODY_TRAILER_LF,
	BODY_LAST_LF,
	BODY_COMPLETE
} HttpBodyState;

typedef struct HttpBody
{
	HttpBodyState state;
	bool chunked;
	unsigned long long left; /* of the body, or of this chunk */
	int size_digits;
	size_t overhead;
	size_t limit; /* bytes */
	char *bytes;  /* malloc'd, length bytes and a NUL; NULL before the first byte */
	size_t length;
	size_t capacity;
} HttpBody;

/* False: the head already promises more than `limit` bytes (413). */
bool http_body_begin(HttpBody *body, const HttpHead *head, size_t limit);

/*
 * Takes what it can of `length` bytes; *taken says how many.  0, or the status to refuse with: 400
 * malformed chunks, 413 too long.  Done when body->state is BODY_COMPLETE.
 */
int http_body_take(HttpBody *body, const char *bytes, size_t length, size_t *taken);

void http_body_free(HttpBody *body);

#endif
