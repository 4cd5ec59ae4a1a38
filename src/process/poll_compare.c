/*
 * poll_compare.c
 *		Rows of render_tasks against a list of tasks.
 *
 *		known rows + found tasks ─► fingerprints ─► per task: known, found, changed
 *
 * Fingerprints are rows, so a restart publishes nothing again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "ground/json.h"
#include "ground/query.h"
#include "process/poll_compare.h"

static SqlStatement known_sql = {
	.sql = "SELECT project_task_id, status, display_status, assignee, cloned_from, fingerprint,"
		   " fields, vanished_at IS NOT NULL, settled_at IS NOT NULL FROM strike.render_tasks"
		   " WHERE eco_id = $1 ORDER BY first_seen_at, project_task_id",
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
		   " fields = excluded.fields, changed_at = excluded.changed_at, vanished_at = NULL,"
		   " settled_at = NULL",
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

/* Status, assignee, crew, clonedFrom and description, each with its length before it. */
static void
fingerprint_of(const RemoteTask *task, char hex[FINGERPRINT_SIZE])
{
	Fingerprint f;

	fingerprint_begin(&f);
	fingerprint_text(&f, task->status);
	fingerprint_text(&f, task->assignee);
	fingerprint_text(&f, task->crew);
	fingerprint_text(&f, task->cloned_from);
	fingerprint_text(&f, task->description);
	fingerprint_end(&f, hex);
}

static int
by_id(const void *a, const void *b)
{
	return strcmp((*(const RemoteTask *const *) a)->id, (*(const RemoteTask *const *) b)->id);
}

void
watch_digest(const RemoteTask *tasks, int n, char digest[FINGERPRINT_SIZE])
{
	const RemoteTask **sorted = palloc(sizeof(RemoteTask *) * (n + 1));
	char of_task[FINGERPRINT_SIZE];
	Fingerprint all;

	for (int i = 0; i < n; i++)
		sorted[i] = &tasks[i];
	qsort(sorted, n, sizeof(RemoteTask *), by_id);
	fingerprint_begin(&all);
	for (int i = 0; i < n; i++)
	{
		fingerprint_of(sorted[i], of_task);
		fingerprint_text(&all, sorted[i]->id);
		fingerprint_text(&all, of_task);
	}
	fingerprint_end(&all, digest);
	pfree(sorted);
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
		item->cloned_from = item->known_cloned_from = query_text(row, 5);
		strlcpy(item->fingerprint, query_text(row, 6), sizeof(item->fingerprint));
		item->assignee_ref = item->known_ref = json_get_text(fields, "assignee_ref");
		item->crew = item->known_crew = json_get_text(fields, "crew");
		item->description = item->known_description = json_get_text(fields, "description");
		item->was_allocated = json_get_text(fields, "was_allocated") != NULL;
		item->watched.known = true;
		item->watched.was_vanished = query_bool(row, 8, false);
		item->watched.settled = query_bool(row, 9, false);
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

static void
lay_over(WatchItems *items, const RemoteTask *task, const char *eco, const char *our_id)
{
	WatchItem *item = NULL;
	char before[FINGERPRINT_SIZE];

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
	/* whoever worked it before isn't who works it now */
	if (item->assignee == NULL || item->known_assignee == NULL ||
		strcmp(item->known_assignee, item->assignee) != 0)
		item->assignee_ref = NULL;
	item->crew = task->crew;
	item->cloned_from = task->cloned_from;
	item->description = task->description;
	item->was_allocated = item->was_allocated || item->watched.now == TASK_ALLOCATED ||
						  item->watched.now == TASK_RELEASABLE;
	item->display = task_display(item->watched.now, item->assignee != NULL, item->was_allocated);
	fingerprint_of(task, item->fingerprint);
	item->watched.changed = item->watched.known && strcmp(before, item->fingerprint) != 0;
}

WatchItems
watch_items(const pg_uuid_t *eco_id, const char *our_id, const RemoteTask *tasks, int n)
{
	char *eco = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(eco_id)));
	WatchItems items = read_known(eco_id, n);

	for (int t = 0; t < n; t++)
		lay_over(&items, &tasks[t], eco, our_id);
	for (int i = 0; i < items.n; i++)
	{
		WatchItem *item = &items.item[i];

		if (item->watched.found && item->assignee != NULL && item->assignee_ref == NULL)
			item->assignee_ref = reference(&items, item->assignee);
	}
	return items;
}

void
watch_write(const pg_uuid_t *eco_id, const WatchItems *items, TimestampTz now)
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
