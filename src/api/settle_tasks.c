/*
 * settle_tasks.c
 *		An operator settles tasks that have vanished from the work system: they are no matter any
 *		more, and the order can be completed without them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "api/eco_row.h"
#include "ground/activation.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/query.h"
#include "ground/shared.h"
#include "process/eco_commands.h"

PG_FUNCTION_INFO_V1(strike_settle_tasks);

/* The lock that a look at the order takes, too. */
static SqlStatement lock_sql = {
	.sql = "SELECT FROM strike.render_process_state WHERE eco_id = $1 FOR UPDATE",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement missing_sql = {
	.sql = "SELECT project_task_id FROM strike.render_tasks WHERE eco_id = $1"
		   " AND vanished_at IS NOT NULL AND settled_at IS NULL"
		   " ORDER BY first_seen_at, project_task_id",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement settle_sql = {
	.sql = "UPDATE strike.render_tasks SET settled_at = $2 WHERE eco_id = $1"
		   " AND vanished_at IS NOT NULL AND settled_at IS NULL",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static SqlStatement look_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = $2, look_digest = NULL"
		   " WHERE eco_id = $1 AND next_poll_at IS NOT NULL",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static void
require_watched(const EcoView *view)
{
	if (view->status != ECO_OPEN && view->status != ECO_IN_PROGRESS &&
		view->status != ECO_COMPLETED)
		ereport(ERROR,
				(errcode(ERRCODE_STRIKE_REFUSED),
				 errmsg("the order is %s", eco_status_words(view->status)),
				 errhint("Its tasks are not looked at any more: there is nothing to settle.")));
}

/* strike_settle_tasks(eco_id, reason): those that are missing count as completed. */
Datum
strike_settle_tasks(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char *reason = text_argument(fcinfo, 1, "reason", true);
	Datum values[2];
	NewEvent *events;
	pg_uuid_t eco_id;
	EcoView view;
	Datum row;
	int n;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("eco_id is null"),
						errhint("Give the eco_id of an order of yours.")));
	eco_id = *PG_GETARG_UUID_P(0);
	values[0] = UUIDPGetDatum(&eco_id);
	values[1] = TimestampTzGetDatum(clock_now());
	SPI_connect();
	eco_require(&eco_id, &view); /* nobody waits for an order that isn't his */
	(void) query_run(&lock_sql, values, NULL, 0);
	n = (int) query_run(&missing_sql, values, NULL, 0);
	events = palloc0(sizeof(NewEvent) * (n + 1));
	for (int i = 0; i < n; i++)
	{
		JsonBuild b;

		json_begin(&b);
		json_text(&b, "project_task_id", query_text(i, 1));
		json_text(&b, "reason", reason);
		events[i] = (NewEvent){"TaskSettledEvent", json_end(&b)};
	}
	do
	{
		eco_require(&eco_id, &view);
		require_watched(&view);
		if (n == 0)
			ereport(ERROR,
					(errcode(ERRCODE_STRIKE_REFUSED), errmsg("no task of the order is missing"),
					 errhint("Only tasks that have vanished from the work system are settled.")));
	} while (!eco_append(&view, events, n, NULL));
	(void) query_run(&settle_sql, values, NULL, 0);
	(void) query_run(&look_sql, values, NULL, 0);
	shared_wake_at_commit(WORKER_RENDER);
	activation_warn_without_worker();
	eco_require(&eco_id, &view);
	row = eco_row(fcinfo, caller, &view);
	SPI_finish();
	PG_RETURN_DATUM(row);
}
