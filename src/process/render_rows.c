/*
 * render_rows.c
 *		A step of the Render process: the row and the order's event, in one transaction.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/eco_commands.h"
#include "process/render_rows.h"

#define ACTOR "strike:render"
#define MISSING_AGAIN_US INT64CONST(30000000)

static SqlStatement lock_sql = {
	.sql = "SELECT status, attempt, next_attempt_at, give_up_at, sent_at, settle_at, claim,"
		   " last_error, project_task_id FROM strike.render_process_state WHERE eco_id = $1"
		   " FOR UPDATE",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* updated_at never goes back here: render_clock.c knows by it what was written in the future. */
static SqlStatement write_sql = {
	.sql = "UPDATE strike.render_process_state SET status = $2, attempt = $3, next_attempt_at = $4,"
		   " give_up_at = $5, sent_at = $6, settle_at = $7, claim = $8, last_error = $9,"
		   " project_task_id = $10, updated_at = GREATEST(updated_at, $11), version = version + 1"
		   " WHERE eco_id = $1",
	.nargs = 11,
	.argtypes = {UUIDOID, TEXTOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
				 TIMESTAMPTZOID, INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID},
};

bool
render_row_lock(const pg_uuid_t *eco_id, RenderRow *row)
{
	Datum argument = UUIDPGetDatum(eco_id);

	memset(row, 0, sizeof(*row));
	if (query_run(&lock_sql, &argument, NULL, 1) == 0)
		return false;
	row->eco_id = *eco_id;
	row->status = machine_state(&render_process_machine, query_text(0, 1));
	row->attempt = query_int4(0, 2, 0);
	row->next_attempt_at = query_time(0, 3);
	row->give_up_at = query_time(0, 4);
	row->sent_at = query_time(0, 5);
	row->settle_at = query_time(0, 6);
	row->claim = query_int8(0, 7, 0);
	row->last_error = query_text(0, 8);
	row->project_task_id = query_text(0, 9);
	return true;
}

void
render_row_write(const RenderRow *row, TimestampTz now)
{
	bool isnull[11] = {false};
	Datum values[] = {UUIDPGetDatum(&row->eco_id),
					  CStringGetTextDatum(render_process_machine.states[row->status]),
					  Int32GetDatum(row->attempt),
					  TimestampTzGetDatum(row->next_attempt_at),
					  TimestampTzGetDatum(row->give_up_at),
					  TimestampTzGetDatum(row->sent_at),
					  TimestampTzGetDatum(row->settle_at),
					  Int64GetDatum(row->claim),
					  (Datum) 0,
					  (Datum) 0,
					  TimestampTzGetDatum(now)};

	isnull[3] = row->next_attempt_at == 0;
	isnull[4] = row->give_up_at == 0;
	isnull[5] = row->sent_at == 0;
	isnull[6] = row->settle_at == 0;
	isnull[7] = row->claim == 0;
	isnull[8] = row->last_error == NULL;
	isnull[9] = row->project_task_id == NULL;
	if (row->last_error)
		values[8] = CStringGetTextDatum(row->last_error);
	if (row->project_task_id)
		values[9] = CStringGetTextDatum(row->project_task_id);
	(void) query_run(&write_sql, values, isnull, 0);
}

/* When the row is looked at next, in its new state. */
static TimestampTz
next_time(const RenderRow *row, int retry_after_s, TimestampTz now)
{
	TimestampTz at = now + render_backoff_ms(row->attempt) * INT64CONST(1000);

	if (retry_after_s > 0)
		at = Max(at, now + retry_after_s * INT64CONST(1000000));
	switch (row->status)
	{
		case RP_UNKNOWN:
			/* asked after less and less often, the longer ago it was sent */
			at = Max(at, now + Min(now - row->sent_at, MISSING_AGAIN_US));
			/* and just when "not there" begins to mean "not made" */
			if (row->settle_at > now)
				at = Min(at, row->settle_at);
			return Min(at, row->give_up_at);
		case RP_DUE:
			return Min(at, row->give_up_at);
		case RP_SENT:
		case RP_ASKING:
			return row->give_up_at;
		case RP_MISSING:
			return now + MISSING_AGAIN_US;
		default:
			return 0;
	}
}

const Step *
render_row_step(RenderRow *row, RenderEvent event, const char *task_id, const char *words,
				int retry_after_s, const pg_uuid_t *instance)
{
	TimestampTz now = clock_now();
	RenderChange change = {.actor = ACTOR, .render_instance = instance};
	const Step *step;

	/* "not in the list" says nothing while the request may still be on the wire */
	if (event == RP_NOT_FOUND && now < row->settle_at)
		event = RP_ASK_FAILED;
	step = machine_step(&render_process_machine, row->status, event);
	if (step->to == REFUSED)
		return step;
	row->status = step->to;
	if (event == RP_INTEND || event == RP_LOST || event == RP_OWNER_DIED)
		row->settle_at = row->sent_at + strike_render_timeout * INT64CONST(1000) + RENDER_MARGIN_US;
	if (event == RP_TROUBLE)
		row->settle_at = now; /* it has answered: nothing is on the wire any more */
	/* the time when nobody ran doesn't count: what was sent is asked after before the NOC is told */
	if (event == RP_OWNER_DIED)
		row->give_up_at = Max(row->give_up_at, now + strike_render_timeout * INT64CONST(1000) +
												   2 * RENDER_MARGIN_US);
	if (row->status != RP_SENT && row->status != RP_ASKING)
		row->claim = 0;
	if (words != NULL)
		row->last_error = pstrdup(words);
	if (row->status == RP_TASKED)
	{
		row->last_error = NULL;
		if (task_id != NULL)
			row->project_task_id = pstrdup(task_id);
	}
	row->next_attempt_at = next_time(row, retry_after_s, now);
	render_row_write(row, now);
	if (step->emits != NULL && row->status == RP_TASKED)
	{
		change.input = RENDER_TASK_MADE;
		change.project_task_id = row->project_task_id;
		(void) eco_change_render(&row->eco_id, &change, NULL);
	}
	else if (step->emits != NULL && (row->status == RP_FAILED || row->status == RP_MISSING))
	{
		change.input = RENDER_GIVEN_UP;
		change.error = row->last_error ? row->last_error : "the work system did not answer";
		(void) eco_change_render(&row->eco_id, &change, NULL);
	}
	return step;
}
