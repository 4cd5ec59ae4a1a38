/*
 * pager_attempt.h
 *		One telephone call to one contact about one ECO: its states, and what happens to it.
 */
#ifndef STRIKE_PAGER_ATTEMPT_H
#define STRIKE_PAGER_ATTEMPT_H

#include "domain/machine.h"

typedef enum AttemptState
{
	AT_NONE,
	AT_INTENT,	/* committed: the request is about to be, or has been, sent */
	AT_UNKNOWN, /* sent, perhaps; the provider is asked before anything is repeated */
	AT_CALLING, /* the telephone rings */
	AT_ANSWERED,
	AT_ACCEPTED, /* key 1, and nobody was before: the only yes there is */
	AT_DECLINED, /* key 2 */
	AT_NO_ANSWER,
	AT_BUSY,
	AT_VOICEMAIL,
	AT_FAILED,	   /* no call, or a call without a key press; the reason says which */
	AT_TIMEOUT,	   /* our deadline */
	AT_CANCELED,   /* ended by us: accepted elsewhere, taken over, order canceled */
	AT_STOOD_DOWN, /* key 1, but somebody was before, or nobody is needed any more */
	ATTEMPT_STATES
} AttemptState;

typedef enum AttemptInput
{
	AI_INTEND,
	AI_PLACED,	   /* the provider has the call */
	AI_LOST,	   /* no answer to our request: effect not known */
	AI_OWNER_DIED, /* the row carries a dead worker's claim */
	AI_RESEND,	   /* asked after, not there: sent again */
	AI_CALLING,
	AI_ANSWERED,
	AI_ACCEPT_FIRST, /* key 1 while it counts */
	AI_ACCEPT_LATE,	 /* key 1 when it doesn't count any more */
	AI_DECLINE,
	AI_NO_ANSWER,
	AI_BUSY,
	AI_VOICEMAIL,
	AI_FAILED,	 /* the provider refuses or the call ends without a key press */
	AI_DEADLINE, /* our time for this contact is over */
	AI_CANCEL,
	AI_DELAYED, /* not now: the provider asks to wait, or keeps the call in its queue */
	ATTEMPT_INPUTS
} AttemptInput;

extern const Machine pager_attempt_machine;

/* Is the call over as far as we know (a late key press may still come)? */
extern bool attempt_ended(AttemptState state);

/* Did a key end it: the call itself may go on a little? */
extern bool attempt_by_key(AttemptState state);

/*
 * What a Studio report means.  event: CALLING, ACCEPTED, DECLINED, FAILED; digits, answered_by,
 * reason: as received, may be NULL.  'counts': would a key press 1 count now?  Returns -1 when
 * the event isn't known.  An ACCEPTED without digit 1 is a failure: "no key press".
 * *words gets the reason to record, or NULL.
 */
extern int attempt_studio_report(const char *event, const char *digits, const char *answered_by,
								 const char *reason, bool counts, const char **words);

/*
 * What a call's status means, as a status callback or the call's resource says it; -1 = nothing new
 * (queued, initiated, unknown).  answered_by may be NULL.  The end of a call whose key press we
 * haven't heard of is a failure, "no key press".
 */
extern int attempt_call_status(const char *status, const char *answered_by, const char **words);

/* A machine, or a fax: nobody listens. */
extern bool attempt_is_machine(const char *answered_by);

/*
 * Several orders in one call: what happens to the first one's attempt means for the others, which
 * have no call of their own.  at_provider: the call is known to be there.  -1 = nothing; what isn't
 * clear is asked of the provider.
 */
#define RIDE_ASK ATTEMPT_INPUTS
extern int attempt_for_rider(AttemptInput first, bool at_provider);

#endif
