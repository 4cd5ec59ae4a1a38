/*
 * pager_decide.h
 *		What a run does next: whom it calls, whom it waits for, whether it is over.
 */
#ifndef STRIKE_PAGER_DECIDE_H
#define STRIKE_PAGER_DECIDE_H

#include "process/pager_rows.h"

/*
 * Decides for a run whose deadline_at has come; does nothing if it hasn't, or the run is over.
 * True when an attempt's intent was written, with 'claim' on it: *attempt_id is to be requested
 * once the transaction has committed.  claim 0: the worker finds it due and requests it.  Needs a transaction at READ COMMITTED, SPI connected.
 */
extern bool pager_decide(const pg_uuid_t *run_id, int64 claim, pg_uuid_t *attempt_id);

/* Ends a run that can't page: outcome FAILED, with words for the NOC.  Nothing if it is over. */
extern void pager_fail_run(const pg_uuid_t *run_id, const char *words);

#endif
