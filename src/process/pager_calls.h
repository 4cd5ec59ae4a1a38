/*
 * pager_calls.h
 *		The pager worker's requests to Twilio: placed, asked after, ended; and what is recorded of
 *		the answers.  No transaction is open while one is under way.
 */
#ifndef STRIKE_PAGER_CALLS_H
#define STRIKE_PAGER_CALLS_H

#include "utils/uuid.h"

/* Once after connecting. */
extern void pager_calls_attach(int64 generation);

/* Is a request about this attempt under way in this process? */
extern bool pager_calls_under_way(const pg_uuid_t *attempt_id);

/* Places the call whose intent is committed, with this worker's claim on it. */
extern void pager_calls_send(const pg_uuid_t *attempt_id);

/* Claims the attempt for another request, in a unit of its own, and places it. */
extern void pager_calls_send_again(const pg_uuid_t *attempt_id);

/* Asks what became of the call. */
extern void pager_calls_ask(const pg_uuid_t *attempt_id);

/* Ends the call at the provider. */
extern void pager_calls_end(const pg_uuid_t *attempt_id);

#endif
