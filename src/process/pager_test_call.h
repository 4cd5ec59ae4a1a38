/*
 * pager_test_call.h
 *		A contractor's test call: a run with one contact and no order.  It never keeps a page waiting.
 */
#ifndef STRIKE_PAGER_TEST_CALL_H
#define STRIKE_PAGER_TEST_CALL_H

#include "process/pager_rows.h"

/* All need a transaction at READ COMMITTED, SPI connected. */

/* Has it waited so long that nobody expects it any more?  (Effects were paused, the server down.) */
extern bool test_call_too_late(const Run *run, TimestampTz now);

/* Is there a page that waits for this number (E.164)? */
extern bool test_call_in_the_way(const Run *run, const char *phone);

/* A page waits for this attempt's line: a test call ends, and is hung up at the provider. */
extern void test_call_yield(const pg_uuid_t *attempt_id);

/* A page waits for a line, or its turn, of this account: its test calls end. */
extern void test_calls_yield(const pg_uuid_t *account_id);

#endif
