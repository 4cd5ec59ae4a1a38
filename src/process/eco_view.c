/*
 * eco_view.c
 *		Folding an ECO's stream and its pages' streams.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "domain/pager_attempt.h"
#include "ground/json.h"
#include "ground/query.h"
#include "process/eco_view.h"

static SqlStatement status_sql = {
	.sql = "SELECT (SELECT s.payload->>'to' FROM strike.events s WHERE s.stream_id = $1"
		   " AND s.event_type = 'StatusUpdatedEvent' ORDER BY s.version DESC LIMIT 1)"
		   " FROM strike.events c WHERE c.stream_id = $1 AND c.version = 1"
		   " AND c.event_type = 'ECOCreatedEvent'",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static bool
read_uuid(const char *text, pg_uuid_t *out)
{
	if (text == NULL || strlen(text) != 36)
		return false;
	*out = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return true;
}

static TimestampTz
read_time(const Jsonb *payload, const char *key)
{
	char *text = json_get_text(payload, key);

	if (text == NULL)
		return 0;
	return DatumGetTimestampTz(DirectFunctionCall3(
		timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* The order's own stream. */

static void
on_created(EcoView *view, const StoredEvent *event)
{
	view->job_id = json_get_text(event->payload, "job_id");
	view->noc_tenant = json_get_text(event->payload, "noc_tenant");
	view->osp_tenant = json_get_text(event->payload, "osp_tenant");
	view->job_type = json_get_text(event->payload, "job_type");
	view->description = json_get_text(event->payload, "description");
	view->location = json_get(event->payload, "location");
	view->status = ECO_OPEN;
	view->render = RENDER_PENDING;
	view->created_at = event->occurred_at;
}

static void
on_status(EcoView *view, const StoredEvent *event)
{
	char *to = json_get_text(event->payload, "to");
	int status = to ? machine_state(&eco_status_machine, to) : -1;

	if (status < 0)
		return;
	view->acknowledged = false;
	view->reopened = status == ECO_IN_PROGRESS &&
					 (view->status == ECO_HARD_COMPLETE || view->status == ECO_CANCELED);
	view->new_work = status == ECO_IN_PROGRESS && view->status == ECO_COMPLETED;
	view->reason = json_get_text(event->payload, "reason");
	view->status = status;
	view->completed_at = status == ECO_COMPLETED	   ? event->occurred_at
						 : status == ECO_HARD_COMPLETE ? view->completed_at
													   : 0;
	view->grace_until =
		status == ECO_COMPLETED ? read_time(event->payload, "grace_until") : view->grace_until;
	if (status == ECO_IN_PROGRESS)
		view->grace_until = 0;
	view->hard_completed_at = status == ECO_HARD_COMPLETE ? event->occurred_at : 0;
}

static void
on_render_status(EcoView *view, const StoredEvent *event)
{
	char *to = json_get_text(event->payload, "to");
	int status = to ? machine_state(&render_status_machine, to) : -1;
	char *task = json_get_text(event->payload, "project_task_id");

	if (status < 0)
		return;
	view->acknowledged = false;
	view->render = status;
	if (task != NULL)
		view->render_task_id = task;
	if (read_uuid(json_get_text(event->payload, "render_instance"), &view->render_instance))
		view->has_instance = true;
	if (status == RENDER_DISPATCHED && view->dispatched_at == 0)
		view->dispatched_at = event->occurred_at;
}

/* Tasks: what a look at the work system found. */

static void
recount(EcoView *view)
{
	int count[DISPLAYS] = {0};

	view->completed_count = 0;
	for (int i = 0; i < view->task_count; i++)
	{
		const ViewTask *task = &view->tasks[i];

		/* what is missing isn't complete, whatever it was when it was last seen */
		count[task->vanished && task->display == DISPLAY_COMPLETE ? DISPLAY_PENDING
																  : task->display]++;
		if (task->completed && !task->vanished)
			view->completed_count++;
	}
	view->display = eco_display(count);
}

/* The task of that id; a new one if there is none. */
static ViewTask *
task_of(EcoView *view, const char *id)
{
	ViewTask *tasks;

	for (int i = 0; i < view->task_count; i++)
		if (strcmp(view->tasks[i].id, id) == 0)
			return &view->tasks[i];
	tasks = palloc0(sizeof(ViewTask) * (view->task_count + 1));
	if (view->task_count > 0)
		memcpy(tasks, view->tasks, sizeof(ViewTask) * view->task_count);
	view->tasks = tasks;
	tasks[view->task_count].id = pstrdup(id);
	return &tasks[view->task_count++];
}

static void
set_task(EcoView *view, const Jsonb *object, const char *status_key)
{
	char *id = json_get_text(object, "project_task_id");
	ViewTask *task;

	if (id == NULL)
		return;
	task = task_of(view, id);
	task->vanished = false;
	task->completed = task_status(json_get_text(object, status_key)) == TASK_COMPLETED;
	task->display = display_by_name(json_get_text(object, "display"));
}

static void
on_tasks_observed(EcoView *view, const StoredEvent *event)
{
	Jsonb *tasks = json_get(event->payload, "tasks");

	for (int i = 0; tasks != NULL && JB_ROOT_IS_ARRAY(tasks) && i < JB_ROOT_COUNT(tasks); i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&tasks->root, i);

		if (v != NULL && v->type == jbvBinary)
			set_task(view, JsonbValueToJsonb(v), "status");
	}
	recount(view);
}

static void
on_task_changed(EcoView *view, const StoredEvent *event)
{
	view->tasks_missing = false;
	view->reopened = false;
	set_task(view, event->payload, "to");
	recount(view);
}

static void
on_late_clone(EcoView *view, const StoredEvent *event)
{
	view->tasks_missing = false;
	view->reopened = false;
	set_task(view, event->payload, "status");
	recount(view);
}

static void
on_task_vanished(EcoView *view, const StoredEvent *event)
{
	char *id = json_get_text(event->payload, "project_task_id");

	view->tasks_missing = false;
	view->reopened = false;
	if (id != NULL)
		task_of(view, id)->vanished = true;
	recount(view);
}

/* Missing, and an operator has said that it is no matter. */
static void
on_task_settled(EcoView *view, const StoredEvent *event)
{
	char *id = json_get_text(event->payload, "project_task_id");
	ViewTask *task;

	view->tasks_missing = false;
	view->reopened = false;
	if (id == NULL)
		return;
	task = task_of(view, id);
	task->vanished = false;
	task->completed = true;
	task->display = DISPLAY_COMPLETE;
	recount(view);
}

static void
on_watch_lost(EcoView *view, const StoredEvent *event)
{
	view->acknowledged = false;
	view->watch_lost = true;
}

static void
on_watch_resumed(EcoView *view, const StoredEvent *event)
{
	view->watch_lost = false;
}

static void
on_tasks_missing(EcoView *view, const StoredEvent *event)
{
	view->acknowledged = false;
	view->tasks_missing = true;
}

static void
on_acknowledged(EcoView *view, const StoredEvent *event)
{
	view->acknowledged = true;
}

/* The pages' streams. */

static void
on_run_started(EcoView *view, const StoredEvent *event)
{
	Jsonb *contacts = json_get(event->payload, "contacts");
	int run_no = (int) json_get_int(event->payload, "run_no", view->run_no + 1);

	if (run_no <= view->run_no)
		return; /* an earlier page, delivered again */
	view->run_no = run_no;
	view->run_id = event->stream_id;
	view->run_version = 0;
	view->acknowledged = false;
	view->page_delayed = false;
	view->page_running = true;
	view->pager = PAGER_QUEUED;
	view->contact_no = 0;
	view->contact_count =
		contacts != NULL && JB_ROOT_IS_ARRAY(contacts) ? JB_ROOT_COUNT(contacts) : 0;
	view->calling_ref = NULL;
	view->pager_reason = NULL;
	view->handled_by = NULL;
}

static void
on_attempt(EcoView *view, const StoredEvent *event)
{
	char *name = json_get_text(event->payload, "state");
	int state = name ? machine_state(&pager_attempt_machine, name) : -1;

	if (!view->page_running || state < 0)
		return;
	view->contact_no = (int) json_get_int(event->payload, "contact_no", view->contact_no);
	view->page_delayed = false;
	if (state == AT_CALLING || state == AT_ANSWERED)
	{
		view->pager = PAGER_CALLING;
		view->calling_ref = json_get_text(event->payload, "contact_ref");
	}
	else if (state == AT_INTENT || state == AT_UNKNOWN || attempt_ended(state))
	{
		view->pager = PAGER_QUEUED;
		view->calling_ref = NULL;
	}
}

static void
on_run_delayed(EcoView *view, const StoredEvent *event)
{
	view->acknowledged = false;
	view->page_delayed = view->page_running;
}

static void
on_run_completed(EcoView *view, const StoredEvent *event)
{
	static const struct
	{
		const char *outcome;
		PagerStatus pager;
	} outcomes[] = {
		{"DISPATCHED", PAGER_ACCEPTED},	  {"EXHAUSTED", PAGER_EXHAUSTED}, {"FAILED", PAGER_FAILED},
		{"TAKEN_OVER", PAGER_TAKEN_OVER}, {"CANCELED", PAGER_NONE},
	};
	char *outcome = json_get_text(event->payload, "outcome");

	view->acknowledged = false;
	view->page_running = false;
	view->calling_ref = NULL;
	for (int i = 0; i < lengthof(outcomes); i++)
		if (outcome != NULL && strcmp(outcome, outcomes[i].outcome) == 0)
			view->pager = outcomes[i].pager;
	view->pager_reason = json_get_text(event->payload, "reason");
	if (view->pager == PAGER_ACCEPTED)
	{
		view->accepted_ref = json_get_text(event->payload, "accepted_by");
		view->accepted_at = event->occurred_at;
	}
	else if (view->pager == PAGER_TAKEN_OVER)
		view->handled_by = json_get_text(event->metadata, "actor");
}

static const struct
{
	const char *event_type;
	bool of_run;
	void (*fold)(EcoView *, const StoredEvent *);
} folds[] = {
	{"ECOCreatedEvent", false, on_created},
	{"StatusUpdatedEvent", false, on_status},
	{"RenderIntegrationStatusUpdatedEvent", false, on_render_status},
	{"AcknowledgedEvent", false, on_acknowledged},
	{"TasksObservedEvent", false, on_tasks_observed},
	{"TaskChangedEvent", false, on_task_changed},
	{"LateCloneDetectedEvent", false, on_late_clone},
	{"TaskVanishedEvent", false, on_task_vanished},
	{"TaskSettledEvent", false, on_task_settled},
	{"TasksMissingEvent", false, on_tasks_missing},
	{"WatchLostEvent", false, on_watch_lost},
	{"WatchResumedEvent", false, on_watch_resumed},
	{"PagerRunStartedEvent", true, on_run_started},
	{"PagerAttemptUpdatedEvent", true, on_attempt},
	{"PagerRunDelayedEvent", true, on_run_delayed},
	{"PagerRunCompletedEvent", true, on_run_completed},
};

static bool
known(const EcoView *view, const StoredEvent *event, bool of_run)
{
	if (!of_run)
		return event->version <= view->version;
	/* an earlier page's events change nothing once a later page has begun, but a yes does */
	return view->run_no > 0 && memcmp(&view->run_id, &event->stream_id, UUID_LEN) == 0 &&
		   event->version <= view->run_version;
}

void
eco_view_fold(EcoView *view, const StoredEvent *event)
{
	bool of_run = strcmp(event->stream_type, "PagerRun") == 0;
	bool latest;

	if (known(view, event, of_run))
		return;
	latest = !of_run || memcmp(&view->run_id, &event->stream_id, UUID_LEN) == 0;
	for (int i = 0; i < lengthof(folds); i++)
		if (strcmp(folds[i].event_type, event->event_type) == 0 && folds[i].of_run == of_run)
		{
			if (latest || folds[i].fold == on_run_started)
				folds[i].fold(view, event);
			else if (folds[i].fold == on_run_completed &&
					 json_get_text(event->payload, "accepted_by"))
				folds[i].fold(view, event);
		}
	if (!of_run)
		view->version = event->version;
	else if (memcmp(&view->run_id, &event->stream_id, UUID_LEN) == 0)
		view->run_version = event->version;
	view->updated_at = Max(view->updated_at, event->occurred_at);
}

bool
eco_view_of_event(const StoredEvent *event, pg_uuid_t *eco_id)
{
	if (strcmp(event->stream_type, "ECO") == 0)
	{
		*eco_id = event->stream_id;
		return true;
	}
	return strcmp(event->stream_type, "PagerRun") == 0 &&
		   read_uuid(json_get_text(event->payload, "eco_id"), eco_id);
}

pg_uuid_t
pager_run_id(const pg_uuid_t *eco_id, int32 run_no)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	uint32 number = pg_hton32((uint32) run_no);
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	pg_uuid_t id;

	if (ctx == NULL || pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, eco_id->data, UUID_LEN) < 0 ||
		pg_cryptohash_update(ctx, (uint8 *) &number, sizeof(number)) < 0 ||
		pg_cryptohash_final(ctx, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute SHA-256");
	pg_cryptohash_free(ctx);
	memcpy(id.data, digest, UUID_LEN);
	return id;
}

static void
fold(void *state, const StoredEvent *event)
{
	eco_view_fold(state, event);
}

bool
eco_view_load(const pg_uuid_t *eco_id, TimestampTz as_of, EcoView *view)
{
	int size = 8;
	int n = 0;
	pg_uuid_t *streams = palloc(size * sizeof(pg_uuid_t));

	memset(view, 0, sizeof(*view));
	view->eco_id = *eco_id;
	query_push_snapshot();
	/* the order's own stream, then its pages', as far as there are any */
	for (pg_uuid_t id = *eco_id; stream_begun(&id, as_of); id = pager_run_id(eco_id, n))
	{
		if (n == size)
			streams = repalloc(streams, (size *= 2) * sizeof(pg_uuid_t));
		streams[n++] = id;
	}
	if (n > 0)
		streams_replay(streams, n, as_of, fold, view);
	PopActiveSnapshot();
	return view->version > 0 && view->job_id != NULL;
}

bool
eco_is_open(const pg_uuid_t *eco_id)
{
	Datum argument = UUIDPGetDatum(eco_id);
	char *last;
	int status;

	if (query_run(&status_sql, &argument, NULL, 1) == 0)
		return false; /* no such order */
	last = query_text(0, 1);
	status = last ? machine_state(&eco_status_machine, last) : ECO_OPEN;
	return status == ECO_OPEN || status == ECO_IN_PROGRESS;
}

Jsonb *
eco_view_rest(const EcoView *view)
{
	JsonBuild b;

	json_begin(&b);
	if (view->reason)
		json_text(&b, "reason", view->reason);
	if (view->new_work)
		json_bool(&b, "new_work", true);
	if (view->acknowledged)
		json_bool(&b, "acknowledged", true);
	if (view->reopened)
		json_bool(&b, "reopened", true);
	if (view->watch_lost)
		json_bool(&b, "watch_lost", true);
	if (view->tasks_missing)
		json_bool(&b, "tasks_missing", true);
	if (view->task_count > 0)
	{
		json_begin_array(&b, "tasks");
		for (int i = 0; i < view->task_count; i++)
		{
			json_begin_element(&b);
			json_text(&b, "id", view->tasks[i].id);
			json_int(&b, "display", view->tasks[i].display);
			if (view->tasks[i].completed)
				json_bool(&b, "completed", true);
			if (view->tasks[i].vanished)
				json_bool(&b, "vanished", true);
			json_end_element(&b);
		}
		json_end_array(&b);
	}
	if (view->run_no > 0)
	{
		json_int(&b, "run_no", view->run_no);
		json_uuid(&b, "run_id", &view->run_id);
		json_int(&b, "run_version", view->run_version);
		json_bool(&b, "page_running", view->page_running);
		if (view->page_delayed)
			json_bool(&b, "page_delayed", true);
		json_int(&b, "contact_no", view->contact_no);
		json_int(&b, "contact_count", view->contact_count);
		if (view->calling_ref)
			json_text(&b, "calling_ref", view->calling_ref);
		if (view->pager_reason)
			json_text(&b, "pager_reason", view->pager_reason);
		if (view->handled_by)
			json_text(&b, "handled_by", view->handled_by);
	}
	if (view->accepted_ref)
	{
		json_text(&b, "accepted_ref", view->accepted_ref);
		json_time(&b, "accepted_at", view->accepted_at);
	}
	return json_end(&b);
}

void
eco_view_set_rest(EcoView *view, const Jsonb *rest)
{
	char *flag = json_get_text(rest, "page_running");
	Jsonb *tasks = json_get(rest, "tasks");

	view->reopened = json_get_text(rest, "reopened") != NULL;
	view->watch_lost = json_get_text(rest, "watch_lost") != NULL;
	view->tasks_missing = json_get_text(rest, "tasks_missing") != NULL;
	view->task_count = 0;
	for (int i = 0; tasks != NULL && i < JB_ROOT_COUNT(tasks); i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&tasks->root, i);
		Jsonb *object = JsonbValueToJsonb(v);
		ViewTask *task = task_of(view, json_get_text(object, "id"));

		task->display = (Display) json_get_int(object, "display", DISPLAY_PENDING);
		task->completed = json_get_text(object, "completed") != NULL;
		task->vanished = json_get_text(object, "vanished") != NULL;
	}

	view->reason = json_get_text(rest, "reason");
	view->new_work = json_get_text(rest, "new_work") != NULL;
	view->acknowledged = json_get_text(rest, "acknowledged") != NULL;
	view->run_no = (int) json_get_int(rest, "run_no", 0);
	(void) read_uuid(json_get_text(rest, "run_id"), &view->run_id);
	view->run_version = (int32) json_get_int(rest, "run_version", 0);
	view->page_delayed = json_get_text(rest, "page_delayed") != NULL;
	view->page_running = flag != NULL && strcmp(flag, "true") == 0;
	view->contact_no = (int) json_get_int(rest, "contact_no", 0);
	view->contact_count = (int) json_get_int(rest, "contact_count", 0);
	view->calling_ref = json_get_text(rest, "calling_ref");
	view->pager_reason = json_get_text(rest, "pager_reason");
	view->handled_by = json_get_text(rest, "handled_by");
	view->accepted_ref = json_get_text(rest, "accepted_ref");
	view->accepted_at = read_time(rest, "accepted_at");
}

/* A moment as people read it: everybody's minute, whatever the session's time zone. */
static char *
minute_of(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		return NULL;
	return psprintf("%04d-%02d-%02d %02d:%02d UTC", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour,
					tm.tm_min);
}

EcoFacts
eco_view_facts(const EcoView *view, const char *osp_name, const char *calling_name,
			   const char *accepted_name)
{
	EcoFacts facts = {
		.status = view->status,
		.render = view->render,
		.pager = view->pager,
		.display = view->display,
		.task_count = view->task_count,
		.completed_count = view->completed_count,
		.new_work = view->new_work,
		.page_running = view->page_running,
		.page_delayed = view->page_delayed,
		.acknowledged = view->acknowledged,
		.watch_lost = view->watch_lost,
		.tasks_missing = view->tasks_missing,
		.osp_name = osp_name,
		.calling_name = calling_name,
		.contact_no = view->contact_no,
		.contact_count = view->contact_count,
		.accepted_name = accepted_name,
		.accepted_after_s =
			view->accepted_at ? (view->accepted_at - view->created_at) / 1000000 : 0,
		.pager_reason = view->pager_reason,
		.handled_by = view->handled_by,
		.cancel_reason = view->reason,
	};

	if (view->grace_until != 0)
		facts.grace_until = minute_of(view->grace_until);
	return facts;
}
