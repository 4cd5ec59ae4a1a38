/*
 * render_start.c
 *		The Render integration's half in the outbox worker: a row an order that says what is due.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "domain/poll_pace.h"
#include "domain/render_process.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "process/eco_view.h"
#include "process/poll_grace.h"
#include "process/subscribers.h"

static SqlStatement start_sql = {
	.sql = "INSERT INTO strike.render_process_state"
		   " (eco_id, status, next_attempt_at, give_up_at, created_at, updated_at, osp_tenant,"
		   " job_id) SELECT u.eco_id, 'DUE', $2, $3, $2, $2, u.osp_tenant, u.job_id"
		   " FROM unnest($1, $4, $5) AS u (eco_id, osp_tenant, job_id) ON CONFLICT DO NOTHING",
	.nargs = 5,
	.argtypes = {UUIDARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID},
};

/*
 * The watch begins when a contractor was dispatched, or a page ended without a yes; or anew, when the
 * order is reopened: what was left of an observation is none any more.
 */
static SqlStatement watch_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = $2, seen_at = $3,"
		   " quiet_until = NULL, missing_since = NULL, poll_failures = 0, look_digest = NULL, "
		   "updated_at = $3"
		   " WHERE eco_id = $1 AND next_poll_at IS NULL AND status = 'TASKED'",
	.nargs = 3,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static SqlStatement end_watch_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = NULL, updated_at = $2"
		   " WHERE eco_id = $1 AND next_poll_at IS NOT NULL",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

/* Has a page of the order ended without a yes, or a human taken it over? */
static SqlStatement ended_sql = {
	.sql = "SELECT FROM strike.pager_process_state WHERE eco_id = $1 AND status = 'COMPLETED'"
		   " AND outcome IN ('EXHAUSTED', 'FAILED', 'TAKEN_OVER')",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement status_sql = {
	.sql = "SELECT status FROM strike.render_process_state WHERE eco_id = $1 FOR UPDATE",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement again_sql = {
	.sql = "UPDATE strike.render_process_state SET status = $2, attempt = 0, next_attempt_at = $3,"
		   " give_up_at = $4, last_error = NULL, claim = NULL, version = version + 1,"
		   " updated_at = $3 WHERE eco_id = $1",
	.nargs = 4,
	.argtypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static TimestampTz
give_up_at(TimestampTz now)
{
	return now + strike_render_give_up * INT64CONST(1000);
}

/* An operator's retry: the row goes by its own table. */
static void
again(const StoredEvent *event, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(&event->stream_id), (Datum) 0, TimestampTzGetDatum(now),
					  TimestampTzGetDatum(give_up_at(now))};
	const Step *step;

	if (query_run(&status_sql, values, NULL, 1) == 0)
		return;
	step = machine_step(&render_process_machine,
						machine_state(&render_process_machine, query_text(0, 1)), RP_RETRY);
	if (step->to == REFUSED)
		return; /* handled before */
	values[1] = CStringGetTextDatum(render_process_machine.states[step->to]);
	(void) query_run(&again_sql, values, NULL, 0);
}

static void
watch(const pg_uuid_t *eco_id, TimestampTz from, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(eco_id), TimestampTzGetDatum(from), TimestampTzGetDatum(now)};

	(void) query_run(&watch_sql, values, NULL, 0);
	shared_wake_at_commit(WORKER_RENDER);
}

/* Begins and ends the watch over the field work. */
static void
follow(const StoredEvent *event, TimestampTz now)
{
	/* not at once: what was just made shows little; and each order at its own place */
	int64 interval = strike_poll_interval * INT64CONST(1000);
	Datum end[] = {UUIDPGetDatum(&event->stream_id), TimestampTzGetDatum(now)};
	TimestampTz soon;
	pg_uuid_t eco_id;

	if (!eco_view_of_event(event, &eco_id))
		return;
	soon = pace_next(now, interval, 0, pace_seed(eco_id.data, UUID_LEN));
	if (strcmp(event->event_type, "RenderIntegrationStatusUpdatedEvent") == 0 &&
		json_says(event->payload, "to", "DISPATCHED"))
		watch(&event->stream_id, soon, now);
	else if (strcmp(event->event_type, "RenderIntegrationStatusUpdatedEvent") == 0 &&
			 json_says(event->payload, "to", "TASKED"))
	{
		/* made late, when the page was over already */
		if (query_run(&ended_sql, end, NULL, 1) > 0)
			watch(&event->stream_id, soon, now);
	}
	else if (strcmp(event->event_type, "PagerRunCompletedEvent") == 0 &&
			 !json_says(event->payload, "outcome", "DISPATCHED") &&
			 !json_says(event->payload, "outcome", "CANCELED"))
		watch(&eco_id, soon, now);
	else if (strcmp(event->event_type, "StatusUpdatedEvent") == 0)
	{
		if (json_says(event->payload, "to", "HARD_COMPLETE") ||
			json_says(event->payload, "to", "CANCELED"))
			(void) query_run(&end_watch_sql, end, NULL, 0);
		else if (json_says(event->payload, "from", "HARD_COMPLETE") ||
				 json_says(event->payload, "from", "CANCELED"))
			watch(&event->stream_id, now, now);
		if (json_says(event->payload, "to", "IN_PROGRESS") &&
			(json_says(event->payload, "from", "COMPLETED") ||
			 json_says(event->payload, "from", "HARD_COMPLETE")))
			poll_grace_learn(event);
	}
}

static Datum
text_array(Datum *values, bool *isnull, int n)
{
	int lower = 1;

	return PointerGetDatum(
		construct_md_array(values, isnull, 1, &n, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
deliver(const StoredEvent *events, int n)
{
	TimestampTz now = clock_now();
	Datum *created = palloc(n * sizeof(Datum));
	Datum *osps = palloc(n * sizeof(Datum));
	Datum *jobs = palloc(n * sizeof(Datum));
	bool *no_osp = palloc0(n * sizeof(bool));
	bool *no_job = palloc0(n * sizeof(bool));
	int ncreated = 0;
	bool due = false;

	for (int i = 0; i < n; i++)
	{
		const StoredEvent *event = &events[i];

		follow(event, now);
		if (strcmp(event->event_type, "ECOCreatedEvent") == 0)
		{
			char *osp = json_get_text(event->payload, "osp_tenant");
			char *job = json_get_text(event->payload, "job_id");

			no_osp[ncreated] = osp == NULL;
			no_job[ncreated] = job == NULL;
			osps[ncreated] = osp ? CStringGetTextDatum(osp) : (Datum) 0;
			jobs[ncreated] = job ? CStringGetTextDatum(job) : (Datum) 0;
			created[ncreated++] = UUIDPGetDatum(&event->stream_id);
		}
		else if (strcmp(event->event_type, "RenderIntegrationStatusUpdatedEvent") == 0)
		{
			if (json_says(event->payload, "to", "PENDING"))
			{
				again(event, now);
				due = true;
			}
		}
	}
	if (ncreated > 0)
	{
		Datum values[] = {PointerGetDatum(construct_array(created, ncreated, UUIDOID, UUID_LEN,
														  false, TYPALIGN_CHAR)),
						  TimestampTzGetDatum(now), TimestampTzGetDatum(give_up_at(now)),
						  text_array(osps, no_osp, ncreated), text_array(jobs, no_job, ncreated)};

		(void) query_run(&start_sql, values, NULL, 0);
		due = true;
	}
	if (due)
		shared_wake_at_commit(WORKER_RENDER);
}

const Subscriber render_subscriber = {"render_integration", deliver, true};
