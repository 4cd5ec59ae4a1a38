/*
 * pager_test_call.c
 *		A contractor's test call.
 *
 *		strike_test_call() ─► a run with one contact, test_of says whose ─► the pager worker calls him
 *		as in a page ─► key 1: DISPATCHED, else EXHAUSTED
 *
 * A page comes first: a test call that finds the telephone needed isn't made, and one that is under
 * way is hung up when a page needs its line.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "ground/query.h"
#include "ground/settings.h"
#include "process/pager_stop.h"
#include "process/pager_test_call.h"

#define ACTOR "strike:pager"
#define LATE_DEADLINES 10 /* times strike.pager_deadline */

static SqlStatement waiting_sql = {
	.sql = "SELECT FROM strike.pager_process_state WHERE waiting_line = $1"
		   " AND status <> 'COMPLETED' AND test_of IS NULL AND run_id <> $2",
	.nargs = 2,
	.argtypes = {TEXTOID, UUIDOID},
};

static SqlStatement of_attempt_sql = {
	.sql = "SELECT p.run_id FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id"
		   " WHERE a.attempt_id = $1 AND p.test_of IS NOT NULL AND p.status <> 'COMPLETED'",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement of_account_sql = {
	.sql = "SELECT p.run_id FROM strike.pager_process_state p"
		   " JOIN strike.pager_attempts a ON a.attempt_id = p.attempt_id"
		   " WHERE p.test_of IS NOT NULL AND p.status <> 'COMPLETED' AND a.account_id = $1"
		   " ORDER BY p.run_id",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

bool
test_call_too_late(const Run *run, TimestampTz now)
{
	return !run->has_attempt &&
		   now - run->created_at > LATE_DEADLINES * strike_pager_deadline * INT64CONST(1000);
}

bool
test_call_in_the_way(const Run *run, const char *phone)
{
	Datum values[] = {CStringGetTextDatum(phone), UUIDPGetDatum(&run->run_id)};

	return query_run(&waiting_sql, values, NULL, 1) > 0;
}

static void
yield(SqlStatement *sql, const pg_uuid_t *of)
{
	Datum argument = UUIDPGetDatum(of);
	uint64 rows = query_run(sql, &argument, NULL, 0);
	SPITupleTable *table = SPI_tuptable;

	for (uint64 row = 0; row < rows; row++)
	{
		pg_uuid_t test;
		Pages pages;

		SPI_tuptable = table;
		(void) query_uuid(row, 1, &test);
		pages = pager_lock(&test);
		if (pages.open) /* still, now that it is locked */
			pager_stop(&test, &pages, "CANCELED", "a page needs this telephone", ACTOR);
	}
}

void
test_call_yield(const pg_uuid_t *attempt_id)
{
	yield(&of_attempt_sql, attempt_id);
}

void
test_calls_yield(const pg_uuid_t *account_id)
{
	yield(&of_account_sql, account_id);
}
