/*
 * http_head.h
 *		Parsing of an HTTP/1.x request head (RFC 9112), strictly: what two readers might take
 *		differently is refused.  No I/O, no allocation.
 */
#ifndef GATEWAY_HTTP_HEAD_H
#define GATEWAY_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_TARGET_MAX 4096	  /* bytes of path and query */
#define HTTP_HEAD_MAX (20 * 1024) /* bytes of request line and header lines together */
#define HTTP_HEADERS_MAX 64		  /* header lines */
#define HTTP_METHOD_MAX 16

typedef struct HttpHeader
{
	const char *name;
	const char *value;
} HttpHeader;

/* Strings point into the parsed bytes and end with a NUL. */
typedef struct HttpHead
{
	const char *method;
	const char *target; /* path and query as received, nothing decoded; begins with '/' */
	size_t path_length; /* bytes of target before '?' */
	int minor;			/* HTTP/1.minor */
	bool keep_alive;	/* the client would send another request on this connection */
	bool chunked;
	bool expects_continue;
	bool has_length;
	unsigned long long length; /* Content-Length; 0 without one */
	HttpHeader headers[HTTP_HEADERS_MAX];
	size_t header_count;
} HttpHead;

/*
 * Length of the head (through the empty line) in `bytes`, 0 if it isn't complete yet.  *scanned
 * is where the last look ended, 0 at first: the same bytes aren't looked at twice.
 */
size_t http_head_length(const char *bytes, size_t length, size_t *scanned);

/*
 * What is already wrong with an incomplete head: 0, 414 (request line too long) or 431.
 */
int http_head_overflow(const char *bytes, size_t length);

/*
 * Parses a complete head of `length` bytes, in place.  0, or the status to refuse it with:
 * 400 malformed or ambiguous, 414, 431, 417 unknown expectation, 501 unknown transfer coding, 505.
 */
int http_head_parse(char *bytes, size_t length, HttpHead *head);

/* The value of the header (name in any case), NULL if there is none; the first of several. */
const char *http_header(const HttpHead *head, const char *name);
/* True if `token` is one of the comma-separated words of any header of that name. */
bool http_header_lists(const HttpHead *head, const char *name, const char *token);
/* How often it stands there. */
size_t http_header_count(const HttpHead *head, const char *name);

#endif
