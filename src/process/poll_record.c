/*
 * poll_record.c
 *		From a list of tasks to events.
 *
 *		known rows, found tasks ─► fingerprints ─► domain/task_watch: what happened, what follows
 *		─► events and status in one append ─► rows of render_tasks ─► the next look's time
 *
 * Fingerprints are rows, so a restart publishes nothing again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/md5.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "domain/task_watch.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/eco_commands.h"
#include "process/poll_record.h"

#define ACTOR "strike:render"
#define FIRST_BACKOFF_US INT64CONST(2000000)

static SqlStatement lock_sql = {
	.sql = "SELECT project_task_id, next_poll_at, poll_failures FROM strike.render_process_state"
		   " WHERE eco_id = $1 FOR UPDATE",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement known_sql = {
	.sql = "SELECT project_task_id, status, display_status, assignee, cloned_from, fingerprint,"
		   " fields, vanished_at IS NOT NULL FROM strike.render_tasks WHERE eco_id = $1"
		   " ORDER BY first_seen_at, project_task_id",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement status_sql = {
	.sql = "SELECT status, grace_until, state ? 'reopened' FROM strike.eco_views WHERE eco_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement write_task_sql = {
	.sql = "INSERT INTO strike.render_tasks AS t (eco_id, project_task_id, status, display_status,"
		   " assignee, cloned_from, fingerprint, fields, first_seen_at, changed_at)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
		   " ON CONFLICT (eco_id, project_task_id) DO UPDATE SET status = excluded.status,"
		   " display_status = excluded.display_status, assignee = excluded.assignee,"
		   " cloned_from = excluded.cloned_from, fingerprint = excluded.fingerprint,"
		   " fields = excluded.fields, changed_at = excluded.changed_at, vanished_at = NULL",
	.nargs = 9,
	.argtypes = {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID,
				 TIMESTAMPTZOID},
};

static SqlStatement vanish_sql = {
	.sql = "UPDATE strike.render_tasks SET vanished_at = $3, changed_at = $3"
		   " WHERE eco_id = $1 AND project_task_id = $2",
	.nargs = 3,
	.argtypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID},
};

static SqlStatement person_sql = {
	.sql =
		"INSERT INTO strike.contact_refs (contact_ref, name, salt)"
		" VALUES (gen_random_uuid(), $1, uuid_send(gen_random_uuid())) RETURNING contact_ref::text",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

static SqlStatement next_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = $2, poll_failures = $3,"
		   " last_error = $4 WHERE eco_id = $1",
	.nargs = 4,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, INT4OID, TEXTOID},
};

/* A task of the comparison: as known, as found, what is made of it. */
typedef struct WatchItem
{
	WatchedTask watched;
	char *id;
	char *status; /* the work system's word, as found; as known if it is missing */
	char *known_status;
	char *assignee;
	char *known_assignee;
	char *assignee_ref;
	char *known_ref;
	char *crew;
	char *known_crew;
	char *cloned_from;
	char *description;
	char *known_description;
	bool was_allocated;
	char fingerprint[33];
	Display display;
} WatchItem;

typedef struct WatchItems
{
	int n;
	int known;
	WatchItem *item;
} WatchItems;

static void
add_field(StringInfo out, const char *text)
{
	appendStringInfo(out, "%zu:", text ? strlen(text) : 0);
	appendStringInfoString(out, text ? text : "");
}

static void
fingerprint(WatchItem *item)
{
	StringInfoData canonical;
	const char *error = NULL;

	initStringInfo(&canonical);
	add_field(&canonical, item->status);
	add_field(&canonical, item->assignee);
	add_field(&canonical, item->crew);
	add_field(&canonical, item->cloned_from);
	add_field(&canonical, item->description);
	if (!pg_md5_hash(canonical.data, canonical.len, item->fingerprint, &error))
		elog(ERROR, "could not compute MD5: %s", error ? error : "unknown error");
}

static WatchItems
read_known(const pg_uuid_t *eco_id, int room)
{
	Datum argument = UUIDPGetDatum(eco_id);
	uint64 rows = query_run(&known_sql, &argument, NULL, 0);
	WatchItems items = {.n = (int) rows, .known = (int) rows};

	items.item = palloc0(sizeof(WatchItem) * (rows + room + 1));
	for (uint64 row = 0; row < rows; row++)
	{
		WatchItem *item = &items.item[row];
		bool isnull;
		Jsonb *fields = DatumGetJsonbP(query_datum(row, 7, &isnull));

		item->id = query_text(row, 1);
		item->status = item->known_status = query_text(row, 2);
		item->display = display_by_name(query_text(row, 3));
		item->assignee = item->known_assignee = query_text(row, 4);
		item->cloned_from = query_text(row, 5);
		strlcpy(item->fingerprint, query_text(row, 6), sizeof(item->fingerprint));
		item->assignee_ref = item->known_ref = json_get_text(fields, "assignee_ref");
		item->crew = item->known_crew = json_get_text(fields, "crew");
		item->description = item->known_description = json_get_text(fields, "description");
		item->was_allocated = json_get_text(fields, "was_allocated") != NULL;
		item->watched.known = true;
		item->watched.was_vanished = query_bool(row, 8, false);
		item->watched.before = item->watched.now = task_status(item->known_status);
	}
	SPI_freetuptable(SPI_tuptable);
	return items;
}

/* The person's reference: one that a task of the order has already, or a new one. */
static char *
reference(const WatchItems *items, const char *name)
{
	Datum argument = CStringGetTextDatum(name);

	for (int i = 0; i < items->n; i++)
	{
		const WatchItem *item = &items->item[i];

		if (item->known_ref != NULL && item->known_assignee != NULL &&
			strcmp(item->known_assignee, name) == 0)
			return item->known_ref;
		if (item->assignee_ref != NULL && item->assignee != NULL &&
			strcmp(item->assignee, name) == 0)
			return item->assignee_ref;
	}
	(void) query_run(&person_sql, &argument, NULL, 0);
	return query_text(0, 1);
}

/* Lays what was found over what is known. */
static void
lay_over(WatchItems *items, const RemoteTask *tasks, int n, const pg_uuid_t *eco_id,
		 const char *our_id)
{
	char *eco = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(eco_id)));

	for (int t = 0; t < n; t++)
	{
		const RemoteTask *task = &tasks[t];
		WatchItem *item = NULL;
		char before[33] = "";

		for (int i = 0; i < items->known && item == NULL; i++)
			if (strcmp(items->item[i].id, task->id) == 0)
				item = &items->item[i];
		if (item == NULL)
		{
			item = &items->item[items->n++];
			item->id = task->id;
			item->watched.ours = (our_id != NULL && strcmp(our_id, task->id) == 0) ||
								 (task->external_id != NULL && strcmp(task->external_id, eco) == 0);
		}
		strlcpy(before, item->fingerprint, sizeof(before));
		item->watched.found = true;
		item->watched.now = task_status(task->status);
		item->status = task->status ? task->status : "";
		item->assignee = task->assignee;
		item->crew = task->crew;
		item->cloned_from = task->cloned_from;
		item->description = task->description;
		item->was_allocated = item->was_allocated || item->watched.now == TASK_ALLOCATED ||
							  item->watched.now == TASK_RELEASABLE;
		item->display =
			task_display(item->watched.now, item->assignee != NULL, item->was_allocated);
		fingerprint(item);
		item->watched.changed = item->watched.known && strcmp(before, item->fingerprint) != 0;
	}
}

static void
add_change(JsonBuild *b, const char *field, const char *from, const char *to)
{
	JsonBuild change;

	if ((from == NULL && to == NULL) || (from != NULL && to != NULL && strcmp(from, to) == 0))
		return;
	json_begin(&change);
	json_text(&change, "from", from);
	json_text(&change, "to", to);
	json_jsonb(b, field, json_end(&change));
}

static Jsonb *
changed_payload(const WatchItem *item)
{
	JsonBuild changed;
	JsonBuild b;

	json_begin(&changed);
	add_change(&changed, "status", item->known_status, item->status);
	add_change(&changed, "assignee", item->known_ref, item->assignee_ref);
	add_change(&changed, "crew", item->known_crew, item->crew);
	add_change(&changed, "description", item->known_description, item->description);
	if (item->watched.was_vanished)
		add_change(&changed, "vanished", "true", "false");
	json_begin(&b);
	json_text(&b, "project_task_id", item->id);
	json_text(&b, "from", item->known_status);
	json_text(&b, "to", item->status);
	json_jsonb(&b, "changed", json_end(&changed));
	json_text(&b, "fingerprint", item->fingerprint);
	json_text(&b, "display", display_name(item->display));
	return json_end(&b);
}

static Jsonb *
task_payload(const WatchItem *item, int task_count)
{
	JsonBuild b;

	json_begin(&b);
	json_text(&b, "project_task_id", item->id);
	json_text(&b, "cloned_from", item->cloned_from);
	json_int(&b, "task_count", task_count);
	json_text(&b, "status", item->status);
	json_text(&b, "display", display_name(item->display));
	return json_end(&b);
}

static Jsonb *
observed_payload(const WatchItems *items)
{
	JsonBuild b;

	json_begin(&b);
	json_begin_array(&b, "tasks");
	for (int i = 0; i < items->n; i++)
		if (task_news(&items->item[i].watched) == TASK_FIRST)
		{
			json_begin_element(&b);
			json_text(&b, "project_task_id", items->item[i].id);
			json_text(&b, "status", items->item[i].status);
			json_text(&b, "display", display_name(items->item[i].display));
			json_end_element(&b);
		}
	json_end_array(&b);
	return json_end(&b);
}

/* The events of the tasks themselves; returns how many. */
static int
task_events(const WatchItems *items, NewEvent *events)
{
	int n = 0;
	bool first = false;

	for (int i = 0; i < items->n; i++)
		first = first || task_news(&items->item[i].watched) == TASK_FIRST;
	if (first)
		events[n++] = (NewEvent){"TasksObservedEvent", observed_payload(items)};
	for (int i = 0; i < items->n; i++)
	{
		const WatchItem *item = &items->item[i];
		bool word_is_new = !item->watched.known || strcmp(item->known_status, item->status) != 0;

		switch (task_news(&item->watched))
		{
			case TASK_NEW:
				events[n++] = (NewEvent){"LateCloneDetectedEvent", task_payload(item, items->n)};
				break;
			case TASK_CHANGED:
			case TASK_REOPENED:
			case TASK_BACK:
				events[n++] = (NewEvent){"TaskChangedEvent", changed_payload(item)};
				break;
			case TASK_VANISHED:
				events[n++] = (NewEvent){"TaskVanishedEvent", task_payload(item, items->n)};
				break;
			default:
				break;
		}
		/* shown as Pending, and said once */
		if (item->watched.found && item->watched.now == TASK_UNKNOWN && word_is_new)
			events[n++] = (NewEvent){"UnknownTaskStatusEvent", task_payload(item, items->n)};
	}
	return n;
}

/* The steps of the order's status as events, behind the others; returns how many in all. */
static int
status_events(const EcoInput *inputs, int ninputs, EcoStatus *status, NewEvent *events, int n,
			  TimestampTz now, TimestampTz *grace_until)
{
	static const char *const reasons[ECO_INPUTS] = {
		[ECO_FIELD_WORK] = "work in the field has begun",
		[ECO_ALL_COMPLETED] = "all tasks are completed",
		[ECO_NEW_WORK] = "new work was found",
		[ECO_GRACE_OVER] = "nothing new came up in the grace period",
	};

	for (int i = 0; i < ninputs; i++)
	{
		const Step *step = machine_step(&eco_status_machine, *status, inputs[i]);
		bool twice = *status == ECO_OPEN && step->to == ECO_COMPLETED;

		if (step->to == REFUSED || step->emits == NULL)
			continue;
		/* an open order that is found all completed was in progress in between */
		for (int part = twice ? 0 : 1; part < 2; part++)
		{
			EcoStatus to = part == 0 ? ECO_IN_PROGRESS : step->to;
			JsonBuild b;

			json_begin(&b);
			json_text(&b, "from", eco_status_machine.states[*status]);
			json_text(&b, "to", eco_status_machine.states[to]);
			json_text(&b, "reason", reasons[part == 0 ? ECO_FIELD_WORK : inputs[i]]);
			if (to == ECO_COMPLETED)
			{
				*grace_until = now + strike_grace_period * INT64CONST(1000000);
				json_time(&b, "grace_until", *grace_until);
			}
			events[n++] = (NewEvent){"StatusUpdatedEvent", json_end(&b)};
			*status = to;
		}
	}
	return n;
}

static void
write_tasks(const pg_uuid_t *eco_id, const WatchItems *items, TimestampTz now)
{
	for (int i = 0; i < items->n; i++)
	{
		const WatchItem *item = &items->item[i];
		TaskNews news = task_news(&item->watched);
		Datum values[9] = {UUIDPGetDatum(eco_id), CStringGetTextDatum(item->id)};
		bool isnull[9] = {false};
		JsonBuild b;

		if (news == TASK_NOTHING)
			continue;
		if (news == TASK_VANISHED)
		{
			values[2] = TimestampTzGetDatum(now);
			(void) query_run(&vanish_sql, values, NULL, 0);
			continue;
		}
		json_begin(&b);
		json_text(&b, "crew", item->crew);
		json_text(&b, "description", item->description);
		json_text(&b, "assignee_ref", item->assignee_ref);
		if (item->was_allocated)
			json_bool(&b, "was_allocated", true);
		values[2] = CStringGetTextDatum(item->status);
		values[3] = CStringGetTextDatum(display_name(item->display));
		isnull[4] = item->assignee == NULL;
		if (item->assignee)
			values[4] = CStringGetTextDatum(item->assignee);
		isnull[5] = item->cloned_from == NULL;
		if (item->cloned_from)
			values[5] = CStringGetTextDatum(item->cloned_from);
		values[6] = CStringGetTextDatum(item->fingerprint);
		values[7] = JsonbPGetDatum(json_end(&b));
		values[8] = TimestampTzGetDatum(now);
		(void) query_run(&write_task_sql, values, isnull, 0);
	}
}

static void
next_look(const pg_uuid_t *eco_id, TimestampTz at, int failures, const char *words)
{
	Datum values[] = {UUIDPGetDatum(eco_id), TimestampTzGetDatum(at), Int32GetDatum(failures),
					  words ? CStringGetTextDatum(words) : (Datum) 0};
	bool isnull[] = {false, false, false, words == NULL};

	(void) query_run(&next_sql, values, isnull, 0);
}

void
poll_record(const pg_uuid_t *eco_id, const RemoteTask *tasks, int n)
{
	Datum argument = UUIDPGetDatum(eco_id);
	TimestampTz now = clock_now();
	TimestampTz grace_until = 0;
	EcoStatus status = ECO_NONE;
	EcoInput inputs[LOOK_STEPS];
	WatchedTask *watched;
	NewEvent *events;
	int nevents = 0;
	char *our_id;
	WatchItems items;
	Look look;
	bool reopened = false;
	bool isnull;
	Datum value;

	if (query_run(&lock_sql, &argument, NULL, 1) == 0)
		return;
	our_id = query_text(0, 1);
	(void) query_datum(0, 2, &isnull);
	if (isnull)
		return; /* closed meanwhile: nobody looks any more */
	items = read_known(eco_id, n);
	lay_over(&items, tasks, n, eco_id, our_id);
	for (int i = 0; i < items.n; i++)
	{
		WatchItem *item = &items.item[i];

		if (item->watched.found && item->assignee != NULL &&
			(item->known_assignee == NULL || strcmp(item->known_assignee, item->assignee) != 0))
			item->assignee_ref = reference(&items, item->assignee);
		else if (item->watched.found && item->assignee == NULL)
			item->assignee_ref = NULL;
	}
	watched = palloc(sizeof(WatchedTask) * (items.n + 1));
	for (int i = 0; i < items.n; i++)
		watched[i] = items.item[i].watched;
	look = task_look(watched, items.n);

	if (query_run(&status_sql, &argument, NULL, 1) == 1)
	{
		status = machine_state(&eco_status_machine, query_text(0, 1));
		value = query_datum(0, 2, &isnull);
		grace_until = isnull ? 0 : DatumGetTimestampTz(value);
		reopened = query_bool(0, 3, false);
	}
	events = palloc0(sizeof(NewEvent) * (2 * items.n + 8));
	if (task_events(&items, events) > 0 ||
		task_look_inputs(&look, status, reopened, grace_until != 0 && now >= grace_until, inputs) >
			0)
	{
		/* something is to be said: decided on the events themselves, again if somebody is faster */
		for (;;)
		{
			EcoView view;
			bool found;
			int ninputs;

			found = eco_view_load(eco_id, DT_NOEND, &view);
			if (!found)
				elog(ERROR, "the order can't be read");
			status = view.status;
			grace_until = view.grace_until;
			if (status != ECO_OPEN && status != ECO_IN_PROGRESS && status != ECO_COMPLETED)
				return;
			ninputs = task_look_inputs(&look, status, view.reopened,
									   grace_until != 0 && now >= grace_until, inputs);
			nevents = task_events(&items, events);
			nevents = status_events(inputs, ninputs, &status, events, nevents, now, &grace_until);
			if (nevents == 0 || eco_append(&view, events, nevents, ACTOR))
				break;
		}
		write_tasks(eco_id, &items, now);
	}
	/* sooner after something has happened, and at the end of the grace period exactly */
	if (status != ECO_HARD_COMPLETE)
	{
		TimestampTz next = now + strike_poll_interval * INT64CONST(1000) / (nevents > 0 ? 2 : 1);

		if (status == ECO_COMPLETED && grace_until > now)
			next = Min(next, grace_until);
		next_look(eco_id, next, 0, NULL);
	}
}

void
poll_record_failure(const pg_uuid_t *eco_id, const char *words, int retry_after_s)
{
	Datum argument = UUIDPGetDatum(eco_id);
	int64 most = strike_poll_interval * INT64CONST(1000);
	int64 wait = FIRST_BACKOFF_US;
	int failures;
	bool isnull;

	if (query_run(&lock_sql, &argument, NULL, 1) == 0)
		return;
	(void) query_datum(0, 2, &isnull);
	if (isnull)
		return;
	failures = query_int4(0, 3, 0) + 1;
	for (int i = 1; i < failures && wait < most; i++)
		wait *= 2;
	if (retry_after_s > 0)
		wait = Max(wait, retry_after_s * INT64CONST(1000000));
	next_look(eco_id, clock_now() + Min(wait, most), failures, words);
}
