/*
 * peer.h
 *		The other side of http_test.c: server.js, a name server that can be dead, and requests to
 *		them, each waited for as a worker waits.
 */
#ifndef PEER_H
#define PEER_H

#include "remote/http.h"

#define PATIENCE 30000 /* ms, for requests that are to be answered */
#define BRIEF 300	   /* ms, for requests that are to time out */

extern int plain_port, tls_port, odd_port, mute_port, closed_port;
extern const char *certificate; /* server.js's own, a file */
extern bool trust_certificate;	/* for requests from now on */

/* Reads what server.js wrote. */
extern void read_ports(const char *path);

/* The name server: a look-up of dead.invalid waits until it's alive; names in .invalid aren't. */
extern void resolver_set(bool alive);
extern int resolver_busy(void);		/* look-ups that wait */
extern bool resolver_takes_signals; /* a look-up ran with a worker's signal let through */

typedef struct Result
{
	int answers; /* times that done was called */
	HttpOutcome outcome;
	int status;
	int retry_after_s;
	int body_length;
	char body[2048];
	char error[512];
	char label[32];
} Result;

extern int collects; /* calls of http_collect while waiting */

/* An HttpDone that notes the answer in a Result. */
extern void note(const HttpAnswer *answer, void *arg);

/* Waits until at most `left` requests are pending. */
extern void wait_for(int left);

/* Waits for one request, whatever else is pending. */
extern void wait_one(const Result *result);

/* http://127.0.0.1:port/path; good for the next seven calls. */
extern const char *url_at(int port, const char *path);

/* Starts one request; a body goes as JSON. */
extern void
start(Result *result, const char *method, const char *url, const char *body, int timeout_ms);

/* One request, alone, to its end: to a path of the proper server, to a URL, or as described (its
 * /echo unless there is a URL). */
extern Result ask(const char *method, const char *path, int timeout_ms);
extern Result ask_url(const char *url, int timeout_ms);
extern Result ask_call(HttpCall call);

/* The number that the proper server answers; -1 = none.  The second while others are pending. */
extern int number_at(const char *path);
extern int number_beside(const char *path);

/* Whether the body contains text; shows it if not. */
extern bool has(const Result *result, const char *text);

#endif
