/*
 * fetch.h
 *		Outgoing HTTP: callbacks and TwiML.  http only; a URL's #fragment isn't sent.
 */
#ifndef MOCK_FETCH_H
#define MOCK_FETCH_H

#include "form.h"

#include <stddef.h>

typedef enum FetchOutcome
{
	FETCH_ANSWERED,		 /* with a status */
	FETCH_NO_CONNECTION, /* nothing was sent */
	FETCH_NO_ANSWER,	 /* sent, and timed out or closed without one */
	FETCH_BAD_URL,
	FETCH_BELIEVED /* a fault of callback.c: not sent (yet), and the sender doesn't know */
} FetchOutcome;

typedef struct FetchAnswer
{
	FetchOutcome outcome;
	int status;		  /* 0 unless answered */
	const char *body; /* NUL-terminated, "" when none; lives during the call */
	size_t length;
	const char *content_type; /* "" when none */
} FetchAnswer;

typedef void (*FetchDone)(const FetchAnswer *answer, void *arg);
typedef struct Fetch Fetch;

#define FETCH_BODY_MAX (256 * 1024) /* bytes of an answer */

/*
 * POSTs the form (GET without one, when form is NULL) with those extra headers; done is called
 * once, never from inside fetch_start, unless the fetch is cancelled first.  timeout_s is real.
 */
extern Fetch *fetch_start(const char *url, const Form *form, const Form *headers, double timeout_s,
						  FetchDone done, void *arg);
extern void fetch_cancel(Fetch **fetch); /* NULL is fine */

#endif
