/*
 * pager_record.h
 *		Recording what happens to an attempt: a webhook, the provider's answer, the deadline.  All
 *		go this one way, so that of two at once one wins and the other decides again.
 */
#ifndef STRIKE_PAGER_RECORD_H
#define STRIKE_PAGER_RECORD_H

#include "process/pager_rows.h"

typedef struct AttemptNews
{
	AttemptInput input; /* AI_ACCEPT_FIRST for any key press 1: whether it counts is found here */
	const char *reason; /* words, or NULL */
	const char *provider_sid;  /* if it became known */
	const char *reporting_sid; /* the call that reports: it is the attempt's if no other is known */
	bool not_rung;			   /* AI_DEADLINE: it was still in the provider's queue */
	bool reported;			   /* by the call itself: it is there, known by a sid or not */
	const char *call_sid;
	const char *at_provider; /* the provider's time as text, if it said one */
	int64 claim;			 /* AI_RESEND: the worker that requests it again */
	const char *actor;		 /* NULL: contact:REF for a key press, else strike:pager */
	bool ask;				 /* the provider is to be asked now */
	bool ends_it;			 /* who records this ends the call at the provider himself */
	TimestampTz until;		 /* AI_DELAYED: when to go on */
	bool stretch;			 /* AI_DELAYED: the wait isn't the contact's time */
	bool has_sequence;		 /* a status report's number: earlier ones that come late say nothing */
	int32 sequence;
} AttemptNews;

typedef enum NewsResult
{
	NEWS_UNKNOWN, /* no such attempt */
	NEWS_NOTHING, /* known already, overtaken, or refused by the table */
	NEWS_RECORDED
} NewsResult;

/*
 * Needs a transaction at READ COMMITTED, SPI connected.  *attempt gets the row as it stands then.
 * Waits for another transaction that is changing the same run, and decides after it.  Wakes the
 * pager worker at commit when there is something for it to do.
 */
extern NewsResult
pager_record(const pg_uuid_t *attempt_id, const AttemptNews *news, Attempt *attempt);

/* Completes a run in memory: status, outcome, times; then run_write and run_append_completed. */
extern void run_complete(Run *run, const char *outcome, TimestampTz now);

/* The attempt's row when the call is over for us: what isn't over at the provider is ended there. */
extern void attempt_note_end(Attempt *attempt, AttemptInput input, TimestampTz now);

/* The call is known to be over at the provider: its line is free, nothing is left to do. */
extern void pager_settle(const pg_uuid_t *attempt_id);

/* Lets runs that wait for this attempt's line look again at once. */
extern void pager_free_line(Attempt *attempt, TimestampTz now);

#endif
