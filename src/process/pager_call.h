/*
 * pager_call.h
 *		One attempt's business with the provider, over one or more requests: what pager_place.c and
 *		pager_ask.c share.  It lives in the worker's memory while requests are under way; whatever
 *		must survive is written by call_record() and call_schedule().
 */
#ifndef STRIKE_PAGER_CALL_H
#define STRIKE_PAGER_CALL_H

#include "lib/ilist.h"

#include "process/pager_record.h"
#include "remote/twilio_api.h"

#define AGAIN_US INT64CONST(1000000) /* after "not now" */

typedef struct Call
{
	dlist_node node; /* among those under way */
	MemoryContext context;
	pg_uuid_t attempt_id;
	pg_uuid_t run_id;
	pg_uuid_t account_id;
	TwilioAccount account;
	char *to;
	char *sid; /* NULL = not known yet */
	AttemptState state;
	bool shares; /* the call is another attempt's */
	bool deadline_asked;
	bool rang;
	bool end_refused; /* the provider wouldn't end it just now */
	bool in_trouble;  /* the account: its last request had no answer */
	TimestampTz created_at;
	bool placing;
	TwilioPage pages[TWILIO_PAGES_MAX]; /* this order's, then those that share the call */
	int npages;
	bool loaded;

	/* what was heard so far */
	TwilioState heard;
	char **candidates;
	int ncandidates;
	int candidate;
	int page;
	char *next_page; /* URL, NULL = the last one was read */

	/* for the units */
	AttemptNews news;
	NewsResult result;
	Attempt after;
	const char *action;
	TimestampTz action_at;
	char *holder;		   /* attempt whose execution is in the way */
	const char *cant_page; /* ends the run, with these words */
	int answered;		   /* 1: the provider answered, -1: it didn't, 0: nothing is known */
	bool known;
} Call;

/*
 * NULL when one is under way for the attempt, or it can't be read now, or nobody can be asked.
 * placing: with what is said in the call.
 */
extern Call *call_begin(const pg_uuid_t *attempt_id, bool placing);
extern void call_finish(Call *call);

/*
 * Records news; false when the database couldn't take it, even tried again.  Else state and
 * deadline_asked are as they stand then.
 */
extern bool call_record(Call *call, AttemptInput input, const char *reason);

/*
 * Puts the next action into the row; NULL = none.  If the attempt isn't as this call knows it any
 * more, what stands there is done instead, at once.
 */
extern void call_schedule(Call *call, const char *action, int64 in_us);

/* How long to wait after an answer that couldn't be used: the older the call, the longer. */
extern int64 call_patience(const Call *call);

/* The provider has no such call any more. */
extern void call_settle(Call *call);

extern char *call_attempt_text(const Call *call);

#endif
