/*
 * poll_trouble.h
 *		What can be wrong with an answer to "which tasks has this order?", whose trouble it is, and
 *		the words for it.
 */
#ifndef STRIKE_POLL_TROUBLE_H
#define STRIKE_POLL_TROUBLE_H

#include <stdbool.h>

typedef enum PollTrouble
{
	POLL_FINE,
	POLL_UNREACHABLE, /* nothing reached the peer */
	POLL_LOST,		  /* no whole answer in time */
	POLL_REFUSED,	  /* 401, 403, or no token */
	POLL_SLOW_DOWN,	  /* 429, or 503 with Retry-After */
	POLL_BROKEN,	  /* other 5xx, and statuses that make no sense here */
	POLL_NOT_THERE,	  /* 404 */
	POLL_BAD_REQUEST, /* other 4xx */
	POLL_NONSENSE,	  /* 200, and not the list that was asked for */
	POLL_TOO_LARGE,	  /* an answer, or a list, beyond the bounds */
	POLL_ENDLESS,	  /* pages that don't come to an end */
	POLL_NO_INSTANCE, /* nothing is configured for the contractor */
	POLL_OWN_ERROR,	  /* the answer could not be recorded */
	POLL_TROUBLES
} PollTrouble;

/* The trouble that an HTTP status is; POLL_FINE for 200.  has_retry_after: the peer named a time. */
extern PollTrouble poll_trouble_of_status(int http_status, bool has_retry_after);

/* Is it the instance's trouble, likely to hurt every order of it?  Else it is this order's alone. */
extern bool poll_trouble_of_instance(PollTrouble trouble);

/* For administrators: last_error. */
extern const char *poll_trouble_words(PollTrouble trouble);

#endif
