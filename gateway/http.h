/*
 * http.h
 *		What a handler of requests sees: the exchange, and how to answer it.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include "http_body.h"
#include "http_head.h"

#include <stdint.h>

#define HTTP_BODY_MAX (64 * 1024) /* bytes, decoded from chunks */
#define HTTP_ANSWER_MAX (1024 * 1024)

struct HttpConnection;
struct Peer;

/*
 * One request and its answer.  It lives until http_answer, whatever happens to the connection
 * before; a handler may keep pointers into head and body until then.
 */
typedef struct HttpExchange
{
	struct HttpConnection *connection; /* NULL once the client has gone */
	const struct HttpRoute *route;
	int64_t began_ms; /* loop_now_ms when its head was complete */
	char *head_bytes;
	HttpHead head;
	HttpBody body;
} HttpExchange;

typedef struct HttpAnswer
{
	int status;				  /* 200 to 599 */
	const char *content_type; /* NULL: no such header */
	const char *body;		  /* copied; NULL with length 0 */
	size_t length;
	const char *allow; /* of a 405 */
	bool retry_after;  /* "Retry-After: 1" */
	bool close;		   /* end the connection after it */
	const char *cache; /* Cache-Control; NULL: no-store */
	const char *extra; /* further header lines, each with its CR LF; NULL: none */
} HttpAnswer;

typedef struct HttpRoute
{
	const char *path;	 /* as received; one that ends in '/' serves all below it */
	const char *methods; /* space-separated; HEAD is served by GET's handler, without the body */
	void (*serve)(HttpExchange *exchange);
	/* told when a request of this route is refused before serve (body too long …); may be NULL */
	void (*refused)(int status);
} HttpRoute;

/* Answers and frees the exchange.  1xx, 204, 205 and 304 are sent without a body. */
void http_answer(HttpExchange *exchange, const HttpAnswer *answer);
/* Answers with the status' own words as text. */
void http_answer_plain(HttpExchange *exchange, int status);

/*
 * Takes the client's socket from HTTP, in a handler, and frees the exchange.  *rest: malloc'd bytes
 * of *length that came behind the request.  The socket and one reference of *peer are the
 * caller's from here on.
 */
int http_take_socket(HttpExchange *exchange, struct Peer **peer, char **rest, size_t *length);

/* Who asks; NULL once the client has gone. */
struct Peer *http_peer(const HttpExchange *exchange);

/* The standard's words for a status, "Status" for an unknown one. */
const char *http_reason(int status);

#endif
