/*
 * server.h
 *		The HTTP shell: takes requests, journals them, hands them to the route's handler, and sends
 *		what the handler decided, late, cut or not at all where a fault says so.
 */
#ifndef MOCK_SERVER_H
#define MOCK_SERVER_H

#include "eco.h"
#include "faults.h"
#include "form.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SERVER_BODY_MAX (1024 * 1024) /* bytes; more is 413 */
#define SERVER_ARGS_MAX 4			  /* wildcards in a route */

struct evhttp_request;

/*
 * One request while it's handled.  A handler decides at once: it does its work and sets the
 * answer through one of the functions below before it returns; only the sending may come later.
 */
typedef struct Request
{
	struct evhttp_request *http;
	const char *method;
	char *path; /* without query, as received */
	Form query;
	char *body; /* NUL-terminated */
	size_t body_length;
	Provider provider;
	Eco *eco;					 /* once known: server_about() */
	long journal_n;				 /* 0 = not journaled */
	char *args[SERVER_ARGS_MAX]; /* what the route's wildcards matched, decoded */
	/* the answer */
	int status;
	char *answer;
	size_t answer_length;
	double delay_s; /* mock seconds until it's sent */
} Request;

typedef void (*Handler)(Request *request);

typedef struct Route
{
	const char *method;
	const char *pattern; /* "*" stands for one whole segment */
	Handler handler;
	Provider provider;
} Route;

/* NULL, or why it can't listen (caller frees).  port 0 = any; *port tells which. */
extern char *server_start(const char *address, int *port);
extern void server_end(void);

/* Says which ECO and attempt a request is about: for faults and the journal.  NULL: unknown. */
extern void server_about(Request *request, Eco *eco, const char *attempt_id);

/* A request header, or NULL. */
extern const char *request_header(const Request *request, const char *name);

/* The answer; the last call counts.  answer_json takes the reference. */
extern void answer_header(Request *request, const char *name, const char *value);
extern void answer_json(Request *request, int status, json_t *body);
extern void
answer_text(Request *request, int status, const char *type, const char *text, size_t length);

/* routes.c: the table of everything served, ended by a row without a method. */
extern const Route routes[];

/* The provider's own error body for a status that a fault or the shell decided. */
extern void answer_refusal(Request *request, int status);

#endif
