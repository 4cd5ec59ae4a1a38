/*
 * pager_decide.h
 *		What a run does next: whom it calls, whom it waits for, whether it is over.
 */
#ifndef STRIKE_PAGER_DECIDE_H
#define STRIKE_PAGER_DECIDE_H

#include "process/pager_rows.h"

/* What is to be done about an attempt once the decision is committed. */
typedef enum Decided
{
	DECIDED_NOTHING,
	DECIDED_SEND, /* its intent was written, with the claim on it: to be requested */
	DECIDED_ASK	  /* its time is over: the provider is to be asked, before it is called over */
} Decided;

/*
 * Decides for a run whose deadline_at has come; does nothing if it hasn't, or the run is over.
 * What is to be done is to be done about *attempt_id, by the worker that has the claim.  claim 0:
 * the worker finds it due.  Needs a transaction at READ COMMITTED, SPI connected.
 */
extern Decided pager_decide(const pg_uuid_t *run_id, int64 claim, pg_uuid_t *attempt_id);

/* Ends a run that can't page: outcome FAILED, with words for the NOC.  Nothing if it is over. */
extern void pager_fail_run(const pg_uuid_t *run_id, const char *words);

#endif
