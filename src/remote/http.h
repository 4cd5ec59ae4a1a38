/*
 * http.h
 *		Outgoing HTTP over curl multi, driven by the worker's one wait.  http and https only, no
 *		redirects, no proxies, TLS verified, size and time bounded.  Nothing here is called with
 *		a transaction open; no callback of curl's touches PostgreSQL.
 */
#ifndef STRIKE_HTTP_H
#define STRIKE_HTTP_H

#include "lib/stringinfo.h"

#define HTTP_MAX_BODY (4 * 1024 * 1024) /* bytes of an answer; more = HTTP_TOO_LARGE */

typedef enum HttpOutcome
{
	HTTP_ANSWERED, /* a whole answer with a status */
	HTTP_NOT_SENT, /* nothing can have reached the peer: bad URL, no DNS, connect refused */
	HTTP_LOST,	   /* sent, or perhaps sent, and no whole answer: the effect is unknown */
	HTTP_TOO_LARGE /* answered beyond the bound: effect unknown, answer discarded */
} HttpOutcome;

typedef struct HttpCall
{
	const char *method;		  /* "GET" or "POST"; a GET may be sent again, a POST never is */
	const char *url;		  /* absolute, printable ASCII, without user:password@ */
	const char *content_type; /* of body; NULL without one */
	const char *body;		  /* NULL = none, and none with GET */
	const char *user;		  /* Basic auth, or NULL */
	const char *password;
	const char *bearer; /* Bearer token, or NULL; not together with user */
	int timeout_ms;		/* from http_start to the whole answer, waiting for a place included */
	const char *label;	/* for pg_stat_activity and logs, e.g. "render task": no secrets */
} HttpCall;

typedef struct HttpAnswer
{
	HttpOutcome outcome;
	int status;		  /* HTTP_ANSWERED only */
	const char *body; /* NUL-terminated; may hold any bytes: validate before use */
	int body_length;
	int retry_after_s; /* from Retry-After (seconds or date), -1 = none */
	const char *error; /* curl's words for the log, no URL credentials; NULL if answered */
	int elapsed_ms;	   /* since http_start */
	const char *label; /* the call's */
} HttpAnswer;

/* Called at the loop's top level, no transaction open; the answer lives during the call. */
typedef void (*HttpDone)(const HttpAnswer *answer, void *arg);

/* Once per worker, before any request.  ERROR if curl or the descriptor can't be had. */
extern void http_init(void);

/*
 * Starts a request (everything in call is copied) or queues it when strike.http_max_concurrency
 * are under way; done(answer, arg) is called exactly once, from http_collect(), unless the
 * process exits first.  A call that can't be sent as it stands (bad URL, control characters in
 * a header) is HTTP_NOT_SENT like any other.  ERROR only when out of memory: then done isn't
 * called.
 */
extern void http_start(const HttpCall *call, HttpDone done, void *arg);

/* Requests started or queued and not yet done. */
extern int http_pending(void);

/*
 * The descriptor to wait on beside the latch (readable = call http_collect), and how long to wait
 * at most (ms, 0 = collect at once, -1 = no limit).
 */
extern int http_wait_fd(void);
extern long http_wait_ms(void);

/*
 * Drives curl after a wait, and calls done for what has finished.  Returns how many.  done may
 * call http_start, and may raise an ERROR: the next call goes on with the answers left.
 */
extern int http_collect(void);

/* Appends key=value as application/x-www-form-urlencoded, with '&' before it if out has text. */
extern void http_encode_form(StringInfo out, const char *key, const char *value);

/* text percent-encoded for a query or path segment (RFC 3986: all but unreserved); palloc'd. */
extern char *http_url_encode(const char *text);

#endif
