/*
 * render_driver.c
 *		The Render worker: orders whose task is due to be made, or to be asked after, and those whose
 *		field work is due to be looked at.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "ground/activation.h"
#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "ground/unit.h"
#include "process/driver.h"
#include "process/poll_schedule.h"
#include "process/render_calls.h"
#include "process/render_clock.h"
#include "process/render_rows.h"
#include "remote/http.h"

#define BATCH 100

static SqlStatement due_sql = {
	.sql = "SELECT eco_id FROM strike.render_process_state WHERE next_attempt_at <= $1"
		   " ORDER BY next_attempt_at LIMIT $2",
	.nargs = 2,
	.argtypes = {TIMESTAMPTZOID, INT4OID},
};

static SqlStatement claimed_sql = {
	.sql = "SELECT eco_id, claim FROM strike.render_process_state WHERE claim IS NOT NULL"
		   " LIMIT $1",
	.nargs = 1,
	.argtypes = {INT4OID},
};

static SqlStatement next_sql = {
	.sql = "SELECT min(next_attempt_at) FROM strike.render_process_state"
		   " WHERE next_attempt_at IS NOT NULL",
};

#define CLAIMED_MAX 1000
#define PAUSE_US INT64CONST(5000)

typedef struct Ids
{
	int n;
	pg_uuid_t id[CLAIMED_MAX];
	bool ours[CLAIMED_MAX];
	pg_uuid_t one;
	bool one_is_ours;
} Ids;

static int64 generation;
static int64 swept_at;	/* clock_ticks(); 0 = not yet */
static int64 looked_at; /* for tasks to be made; the same */
static char noted[WORKER_NOTE_SIZE];

static void
attach(int64 my_generation)
{
	generation = my_generation;
	swept_at = looked_at = 0;
	noted[0] = '\0';
	render_calls_attach(my_generation);
	render_clock_attach();
}

static void
note(const char *text)
{
	if (strcmp(noted, text) != 0)
	{
		strlcpy(noted, text, sizeof(noted));
		shared_note(WORKER_RENDER, noted);
		ereport(LOG, (errmsg("strike render: %s", noted)));
	}
}

static void
due_unit(void *arg)
{
	Ids *ids = arg;
	Datum values[] = {TimestampTzGetDatum(clock_now()), Int32GetDatum(BATCH)};
	const char *why;
	bool allowed = effects_allowed(&why);

	ids->n = 0;
	note(allowed ? "making tasks" : why);
	if (!allowed)
		return;
	ids->n = (int) query_run(&due_sql, values, NULL, 0);
	for (int i = 0; i < ids->n; i++)
		(void) query_uuid(i, 1, &ids->id[i]);
}

static void
claimed_unit(void *arg)
{
	Ids *ids = arg;
	Datum most = Int32GetDatum(CLAIMED_MAX);

	ids->n = (int) query_run(&claimed_sql, &most, NULL, 0);
	for (int i = 0; i < ids->n; i++)
	{
		(void) query_uuid(i, 1, &ids->id[i]);
		ids->ours[i] = query_int8(i, 2, 0) == generation;
	}
}

static void
orphan_unit(void *arg)
{
	Ids *ids = arg;
	RenderRow row;

	if (!render_row_lock(&ids->one, &row) || row.claim == 0)
		return;
	(void) render_row_step(&row, RP_OWNER_DIED, NULL,
						   ids->one_is_ours ? "the answer could not be recorded"
											: "the worker was interrupted",
						   -1, NULL);
}

/* Requests that nobody waits for any more: by a dead worker, or lost by this one. */
static void
sweep(Ids *ids)
{
	if (swept_at != 0 && clock_ticks() - swept_at <= strike_pager_interval * INT64CONST(1000))
		return;
	if (unit_run("looking for interrupted requests", claimed_unit, ids, NULL) != UNIT_DONE)
		return;
	for (int i = 0; i < ids->n; i++)
	{
		ids->one = ids->id[i];
		ids->one_is_ours = ids->ours[i];
		if (ids->one_is_ours && render_calls_under_way(&ids->one))
			continue;
		(void) unit_run("settling an interrupted request", orphan_unit, ids, NULL);
	}
	swept_at = clock_ticks();
}

static void
next_unit(void *arg)
{
	bool isnull;
	Datum due;

	(void) query_run(&next_sql, NULL, NULL, 1);
	due = query_datum(0, 1, &isnull);
	*(TimestampTz *) arg = isnull ? DT_NOEND : DatumGetTimestampTz(due);
}

/* Makes the tasks that are due; returns when there is something to be made next. */
static TimestampTz
make_tasks(Ids *ids)
{
	TimestampTz due = DT_NOEND;

	for (int i = 0; i < ids->n; i++)
	{
		render_calls_begin(&ids->id[i]);
		CHECK_FOR_INTERRUPTS();
	}
	if (ids->n == BATCH)
		return 0;
	if (unit_run("looking for the next task", next_unit, &due, NULL) != UNIT_DONE)
		return clock_now() + 100000;
	/* what couldn't be done just now isn't tried without a pause */
	return Max(due, clock_now() + PAUSE_US);
}

static TimestampTz
run(bool woken)
{
	static TimestampTz tasks_due;
	int64 ticks = clock_ticks();
	Ids *ids;

	render_clock_mind();
	poll_schedule_record();
	/* each answer to a look wakes us: not each asks for tasks to be made, too */
	if (http_pending() > 0 && looked_at != 0 && ticks - looked_at < PAUSE_US)
	{
		if (strcmp(noted, "making tasks") != 0)
			return clock_now() + PAUSE_US;
		return Min(Min(tasks_due, clock_now() + PAUSE_US), poll_schedule_begin());
	}
	looked_at = ticks;
	ids = palloc(sizeof(Ids));
	sweep(ids);
	if (unit_run("looking for tasks to be made", due_unit, ids, NULL) != UNIT_DONE)
		return clock_now() + 100000;
	if (strcmp(noted, "making tasks") != 0)
		return DT_NOEND; /* effects are paused */
	tasks_due = make_tasks(ids);
	return Min(tasks_due, poll_schedule_begin());
}

const WorkerDriver render_driver = {attach, run};
