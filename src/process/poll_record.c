/*
 * poll_record.c
 *		From a list of tasks to events.
 *
 *		row locked ─► poll_compare: known and found ─► domain/task_watch: what follows
 *		─► events and status in one append ─► rows of render_tasks ─► the next look's time
 *
 * The row keeps the digest of what was found: the same found again means nothing until
 * quiet_until, and then only its time is written (poll_rows.c).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "domain/poll_pace.h"
#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/json.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/eco_commands.h"
#include "process/poll_events.h"
#include "process/poll_grace.h"
#include "process/poll_record.h"

PG_FUNCTION_INFO_V1(strike_record_look);

#define ACTOR "strike:render"

static SqlStatement lock_sql = {
	.sql = "SELECT project_task_id, next_poll_at IS NOT NULL, watch_lost, found_at, missing_since"
		   " FROM strike.render_process_state WHERE eco_id = $1 FOR UPDATE",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement seen_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = $2, seen_at = $3, found_at = $4,"
		   " quiet_until = $5, look_digest = $6, poll_failures = 0, last_error = NULL,"
		   " watch_lost = false, missing_since = $7 WHERE eco_id = $1",
	.nargs = 7,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID,
				 TIMESTAMPTZOID},
};

static SqlStatement lost_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = $2, poll_failures = $3,"
		   " last_error = $4, watch_lost = true WHERE eco_id = $1",
	.nargs = 4,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, INT4OID, TEXTOID},
};

static SqlStatement end_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = NULL WHERE eco_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* Closed by a look: it has been seen, and nothing is left of the observation. */
static SqlStatement closed_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = NULL, seen_at = $2,"
		   " quiet_until = NULL, poll_failures = 0, last_error = NULL, watch_lost = false,"
		   " missing_since = NULL WHERE eco_id = $1",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static SqlStatement job_sql = {
	.sql = "SELECT job_id FROM strike.render_process_state WHERE eco_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static bool
is_watched(EcoStatus status)
{
	return status == ECO_OPEN || status == ECO_IN_PROGRESS || status == ECO_COMPLETED;
}

static void
end_watch(const pg_uuid_t *eco_id)
{
	Datum argument = UUIDPGetDatum(eco_id);

	(void) query_run(&end_sql, &argument, NULL, 0);
}

/* The order's own events; an order that can't be read is an error. */
static void
load(const pg_uuid_t *eco_id, EcoView *view)
{
	if (!eco_view_load(eco_id, DT_NOEND, view))
		elog(ERROR, "the order can't be read");
}

static NewEvent
resumed_event(void)
{
	JsonBuild b;

	json_begin(&b);
	json_text(&b, "reason", "the work system can be read again");
	return (NewEvent){"WatchResumedEvent", json_end(&b)};
}

static NewEvent
missing_event(const WatchItems *items, TimestampTz since)
{
	JsonBuild b;

	json_begin(&b);
	json_begin_array(&b, "tasks");
	for (int i = 0; i < items->n; i++)
		if (!items->item[i].watched.found && !items->item[i].watched.settled)
		{
			json_begin_element(&b);
			json_text(&b, "project_task_id", items->item[i].id);
			json_end_element(&b);
		}
	json_end_array(&b);
	json_time(&b, "since", since);
	return (NewEvent){"TasksMissingEvent", json_end(&b)};
}

bool
poll_missing_too_long(TimestampTz since, TimestampTz now)
{
	return since != 0 && now - since >= POLL_PATIENCE * strike_poll_interval * INT64CONST(1000);
}

/*
 * Decides on the order's events and appends what follows, again if somebody was faster.  view: as
 * decided on; *status and *grace_until: as they are then; *missing_since: as the row has it, then as
 * it shall have it.  Returns how many events there were, -1
 * when the order isn't watched any more.
 */
static int
decide(const pg_uuid_t *eco_id, const WatchItems *items, const Look *look, bool was_lost,
	   TimestampTz asked_at, TimestampTz now, EcoStatus *status, TimestampTz *grace_until,
	   TimestampTz *missing_since)
{
	TimestampTz since = *missing_since;

	NewEvent *events = palloc0(sizeof(NewEvent) * POLL_EVENTS_MAX(items->n));

	for (;;)
	{
		EcoView view;
		EcoInput inputs[LOOK_STEPS];
		PollGrace grace = {0};
		int ninputs;
		int n;

		load(eco_id, &view);
		*status = view.status;
		*grace_until = view.grace_until;
		if (!is_watched(*status))
			return -1;
		ninputs = task_look_inputs(look, *status, view.reopened,
								   *grace_until != 0 && asked_at >= *grace_until, inputs);
		if (poll_completes(inputs, ninputs))
			grace = poll_grace(view.osp_tenant, view.job_type);
		n = poll_task_events(items, events);
		if (was_lost)
			events[n++] = resumed_event();
		n = poll_status_events(inputs, ninputs, status, &grace, now, grace_until, events, n);
		*missing_since = !look->only_missing ? 0 : since == 0 && !view.tasks_missing ? now : since;
		if (poll_missing_too_long(*missing_since, now) && !view.tasks_missing)
		{
			events[n++] = missing_event(items, *missing_since);
			*missing_since = 0;
		}
		if (n == 0 || eco_append(&view, events, n, ACTOR))
			return n;
	}
}

TimestampTz
poll_record(const pg_uuid_t *eco_id, const RemoteTask *tasks, int n, TimestampTz asked_at)
{
	Datum values[7] = {UUIDPGetDatum(eco_id)};
	bool isnull[7] = {false};
	int64 interval = strike_poll_interval * INT64CONST(1000);
	TimestampTz now = clock_now();
	TimestampTz grace_until;
	TimestampTz found_at;
	TimestampTz missing_since;
	TimestampTz next;
	char digest[FINGERPRINT_SIZE];
	WatchedTask *watched;
	WatchItems items;
	EcoStatus status;
	bool was_lost;
	char *our_id;
	Look look;
	int nevents;

	if (query_run(&lock_sql, values, NULL, 1) == 0 || !query_bool(0, 2, false))
		return 0; /* closed meanwhile: nobody looks any more */
	our_id = query_text(0, 1);
	was_lost = query_bool(0, 3, false);
	found_at = query_time(0, 4);
	missing_since = query_time(0, 5);
	items = watch_items(eco_id, our_id, tasks, n);
	watched = palloc(sizeof(WatchedTask) * (items.n + 1));
	for (int i = 0; i < items.n; i++)
		watched[i] = items.item[i].watched;
	look = task_look(watched, items.n);

	nevents = decide(eco_id, &items, &look, was_lost, asked_at, now, &status, &grace_until,
					 &missing_since);
	FAULT_POINT("poll_record");
	if (nevents < 0)
	{
		end_watch(eco_id);
		return 0;
	}
	watch_write(eco_id, &items, now);
	if (status == ECO_HARD_COMPLETE)
	{
		values[1] = TimestampTzGetDatum(asked_at);
		(void) query_run(&closed_sql, values, NULL, 0);
		return 0;
	}
	if (nevents > (was_lost ? 1 : 0))
		found_at = now;
	next = pace_next(now, interval, found_at, pace_seed(eco_id->data, UUID_LEN));
	/* at the end of the observation exactly */
	if (status == ECO_COMPLETED && grace_until >= now + pace_floor(interval))
		next = Min(next, grace_until);
	watch_digest(tasks, n, digest);
	values[1] = TimestampTzGetDatum(next);
	values[2] = TimestampTzGetDatum(asked_at);
	values[3] = TimestampTzGetDatum(found_at);
	isnull[3] = found_at == 0;
	values[4] = TimestampTzGetDatum(grace_until);
	isnull[4] = status != ECO_COMPLETED || grace_until == 0;
	values[5] = CStringGetTextDatum(digest);
	values[6] = TimestampTzGetDatum(missing_since);
	isnull[6] = missing_since == 0;
	(void) query_run(&seen_sql, values, isnull, 0);
	return next;
}

bool
poll_record_lost(const pg_uuid_t *eco_id, TimestampTz next, int failures, const char *words)
{
	Datum values[] = {UUIDPGetDatum(eco_id), TimestampTzGetDatum(next), Int32GetDatum(failures),
					  CStringGetTextDatum(words)};
	NewEvent event = {"WatchLostEvent", NULL};
	EcoView view;
	JsonBuild b;

	if (query_run(&lock_sql, values, NULL, 1) == 0 || !query_bool(0, 2, false))
		return false;
	if (!query_bool(0, 3, false))
	{
		json_begin(&b);
		json_text(&b, "reason", words);
		event.payload = json_end(&b);
		do
		{
			load(eco_id, &view);
			if (!is_watched(view.status))
			{
				end_watch(eco_id);
				return false;
			}
		} while (!eco_append(&view, &event, 1, ACTOR));
	}
	(void) query_run(&lost_sql, values, NULL, 0);
	return true;
}

/*
 * strike_record_look(eco_id uuid, answer jsonb, asked_at timestamptz): what the worker does with an
 * answer, as a function for tests and for whoever wants to see it.  Returns the next look's time.
 */
Datum
strike_record_look(PG_FUNCTION_ARGS)
{
	HttpAnswer page = {.outcome = HTTP_ANSWERED, .status = 200};
	RemoteTasks tasks = {0};
	int next_page = 0;
	TimestampTz asked_at;
	TimestampTz next;
	pg_uuid_t *eco_id;
	Jsonb *answer;
	Datum argument;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	eco_id = PG_GETARG_UUID_P(0);
	answer = PG_GETARG_JSONB_P(1);
	asked_at = PG_ARGISNULL(2) ? clock_now() : PG_GETARG_TIMESTAMPTZ(2);
	page.body = JsonbToCString(NULL, &answer->root, VARSIZE_ANY_EXHDR(answer));
	page.body_length = (int) strlen(page.body);
	argument = UUIDPGetDatum(eco_id);
	SPI_connect();
	if (query_run(&job_sql, &argument, NULL, 1) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown order")));
	if (render_read_tasks(&page, psprintf("ECO-%s", query_text(0, 1)), 1, &tasks, &next_page) !=
			RENDER_LIST_READ ||
		next_page != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the list makes no sense")));
	next = poll_record(eco_id, tasks.task, tasks.n, asked_at);
	SPI_finish();
	if (next == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(next);
}
