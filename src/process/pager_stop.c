/*
 * pager_stop.c
 *		Ending calls and pages.  All runs of the order are locked first, in one order, so that a key
 *		press and a command can't meet crosswise.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "process/pager_record.h"
#include "process/pager_share.h"
#include "process/pager_stop.h"

static SqlStatement lock_sql = {
	.sql = "SELECT run_id, run_no, epoch, status, outcome, accepted_by IS NOT NULL"
		   " FROM strike.pager_process_state WHERE eco_id = $1 ORDER BY run_no FOR UPDATE",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement live_sql = {
	.sql = "SELECT attempt_id FROM strike.pager_attempts WHERE eco_id = $1"
		   " AND ($2 IS NULL OR attempt_id <> $2)"
		   " AND state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED') ORDER BY created_at",
	.nargs = 2,
	.argtypes = {UUIDOID, UUIDOID},
};

Pages
pager_lock(const pg_uuid_t *eco_id)
{
	Datum argument = UUIDPGetDatum(eco_id);
	uint64 rows = query_run(&lock_sql, &argument, NULL, 0);
	Pages pages = {.epoch = 1};

	for (uint64 row = 0; row < rows; row++)
	{
		char *outcome = query_text(row, 5);

		if (query_int4(row, 3, 1) > pages.epoch)
		{
			pages.epoch = query_int4(row, 3, 1);
			pages.accepted = false;
		}
		pages.last_run_no = query_int4(row, 2, 0);
		pages.accepted = pages.accepted || query_bool(row, 6, false);
		pages.taken_over = outcome != NULL && strcmp(outcome, "TAKEN_OVER") == 0;
		if (strcmp(query_text(row, 4), "COMPLETED") != 0)
		{
			pages.open = true;
			(void) query_uuid(row, 1, &pages.open_run);
		}
	}
	return pages;
}

void
pager_end_calls(const pg_uuid_t *eco_id, const pg_uuid_t *except, const pg_uuid_t *written,
				const char *reason, const char *actor)
{
	TimestampTz now = clock_now();
	Datum values[] = {UUIDPGetDatum(eco_id), UUIDPGetDatum(except)};
	bool isnull[] = {false, except == NULL};
	uint64 rows = query_run(&live_sql, values, isnull, 0);
	SPITupleTable *table = SPI_tuptable;

	for (uint64 row = 0; row < rows; row++)
	{
		bool null;
		Attempt attempt;
		Run run;

		SPI_tuptable = table;
		if (!attempt_read_with_run(DatumGetUUIDP(query_datum(row, 1, &null)), &attempt, &run))
			continue;
		attempt.state = AT_CANCELED;
		attempt.reason = pstrdup(reason);
		attempt_note_end(&attempt, AI_CANCEL, now);
		if ((written == NULL || memcmp(&run.run_id, written, UUID_LEN) != 0) &&
			!run_write(&run, now))
			elog(ERROR, "a locked run has changed");
		attempt_write(&attempt, now);
		run_append_attempt(&run, &attempt, NULL, actor);
		if (!attempt.shares && attempt.line == NULL && attempt.provider_sid == NULL)
		{
			AttemptNews news = {.reason = "the call it shared was canceled"};

			share_news(&attempt, &news, AI_CANCEL);
		}
	}
}

void
pager_stop(const pg_uuid_t *eco_id, const Pages *pages, const char *outcome, const char *reason,
		   const char *actor)
{
	TimestampTz now = clock_now();
	Run run;

	pager_end_calls(eco_id, NULL, NULL, reason, actor);
	if (!pages->open || !run_read(&pages->open_run, &run))
		return;
	run_complete(&run, outcome, now);
	if (!run_write(&run, now))
		elog(ERROR, "a locked run has changed");
	run_append_completed(&run, reason, actor);
}
