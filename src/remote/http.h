/*
 * http.h
 *		Outgoing HTTP over curl multi, driven by the worker's one wait.  http and https only, no
 *		redirects, TLS verified, size and time bounded.  Nothing here is called with a
 *		transaction open; no callback of curl's touches PostgreSQL.
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
	const char *method;		  /* "GET", "POST" */
	const char *url;		  /* absolute */
	const char *content_type; /* of body; NULL without one */
	const char *body;		  /* copied; NULL = none */
	const char *user;		  /* Basic auth, or NULL */
	const char *password;
	const char *bearer; /* Bearer token, or NULL */
	int timeout_ms;		/* the whole request */
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
	int elapsed_ms;
} HttpAnswer;

/* Called at the loop's top level, no transaction open; the answer lives during the call. */
typedef void (*HttpDone)(const HttpAnswer *answer, void *arg);

/* Once per worker, before any request. */
extern void http_init(void);

/*
 * Starts a request (everything in call is copied) or queues it when strike.http_max_concurrency
 * are under way; done(answer, arg) is called exactly once, from http_collect(), unless the
 * process exits first.
 */
extern void http_start(const HttpCall *call, HttpDone done, void *arg);

/* Requests started or queued and not yet done. */
extern int http_pending(void);

/* The descriptor to wait on beside the latch, and curl's own timeout (ms, -1 = none). */
extern int http_wait_fd(void);
extern long http_wait_ms(void);

/* Drives curl after a wait, and calls done for what has finished.  Returns how many. */
extern int http_collect(void);

#endif
