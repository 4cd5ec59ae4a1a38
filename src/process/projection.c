/*
 * projection.c
 *		eco_views: the read model.
 *
 * A batch is folded order by order: the rows are read at once, the events folded in memory, the
 * rows written at once (an INSERT for new orders, an UPDATE for the others).  An event's cost
 * doesn't depend on how many came before it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

#include "ground/query.h"
#include "process/eco_view.h"
#include "process/subscribers.h"
#include "store/parked.h"

static SqlStatement load_sql = {
	.sql = "SELECT eco_id, job_id, noc_tenant, osp_tenant, status, display_status, render_status,"
		   " render_task_id, pager_status, task_count, completed_count, created_at, dispatched_at,"
		   " completed_at, grace_until, hard_completed_at, version, updated_at, state"
		   " FROM strike.eco_views WHERE eco_id = ANY ($1)",
	.nargs = 1,
	.argtypes = {UUIDARRAYOID},
};

static SqlStatement tenants_sql = {
	.sql = "SELECT code, name FROM strike.tenants WHERE code = ANY ($1)",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID},
};

static SqlStatement people_sql = {
	.sql = "SELECT contact_ref::text, name FROM strike.contact_refs WHERE contact_ref = ANY ($1)",
	.nargs = 1,
	.argtypes = {UUIDARRAYOID},
};

static SqlStatement parked_sql = {
	.sql = "SELECT DISTINCT stream_id FROM strike.delivery_failure WHERE stream_id = ANY ($1)",
	.nargs = 1,
	.argtypes = {UUIDARRAYOID},
};

static SqlStatement run_eco_sql = {
	.sql = "SELECT eco_id FROM strike.pager_process_state WHERE run_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* What folding changes; $1 is the key, the rest in the order of enum Changing. */
#define CHANGING                                                                                   \
	"status, display_status, render_status, render_task_id, pager_status, accepted_by,"            \
	" needs_attention, attention_reason, phase, task_count, completed_count, dispatched_at,"       \
	" completed_at, grace_until, hard_completed_at, version, updated_at, state"

static SqlStatement update_sql = {
	.sql = "UPDATE strike.eco_views v SET (" CHANGING ") = (u.status, u.display_status,"
		   " u.render_status, u.render_task_id, u.pager_status, u.accepted_by, u.needs_attention,"
		   " u.attention_reason, u.phase, u.task_count, u.completed_count, u.dispatched_at,"
		   " u.completed_at, u.grace_until, u.hard_completed_at, u.version, u.updated_at, u.state)"
		   " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
		   " $17, $18, $19) AS u (eco_id, " CHANGING ") WHERE v.eco_id = u.eco_id",
	.nargs = 19,
	.argtypes = {UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
				 TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
				 TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID,
				 INT4ARRAYOID, TIMESTAMPTZARRAYOID, JSONBARRAYOID},
};

#define INSERT_INTO(table)                                                                         \
	"INSERT INTO " table " (eco_id, " CHANGING ", job_id, noc_tenant, osp_tenant,"                 \
	" job_type, description, location, created_at)"                                                \
	" SELECT u.eco_id, u.status, u.display_status, u.render_status, u.render_task_id,"             \
	" u.pager_status, u.accepted_by, u.needs_attention, u.attention_reason, u.phase,"              \
	" u.task_count, u.completed_count, u.dispatched_at, u.completed_at, u.grace_until,"            \
	" u.hard_completed_at, u.version, u.updated_at, u.state, u.job_id, u.noc_tenant,"              \
	" u.osp_tenant, u.job_type, u.description,"                                                    \
	" public.ST_Force2D(public.ST_SetSRID(public.ST_GeomFromGeoJSON(u.location), 4326)), "         \
	"u.created_at"                                                                                 \
	" FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"          \
	" $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) AS u (eco_id, " CHANGING                   \
	", job_id, noc_tenant, osp_tenant, job_type, description, location, created_at)"

#define INSERT_TYPES                                                                               \
	{                                                                                              \
		UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,        \
			TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID,    \
			TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID,    \
			INT4ARRAYOID, TIMESTAMPTZARRAYOID, JSONBARRAYOID, TEXTARRAYOID, TEXTARRAYOID,          \
			TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID            \
	}

static SqlStatement insert_sql = {
	.sql = INSERT_INTO("strike.eco_views"), .nargs = 26, .argtypes = INSERT_TYPES};

/* The table that a rebuild makes beside the live one. */
static SqlStatement beside_sql = {
	.sql = INSERT_INTO("pg_temp.eco_views_beside"), .nargs = 26, .argtypes = INSERT_TYPES};

#define UPDATE_COLUMNS 19
#define INSERT_COLUMNS 26

/* An order of the batch. */
typedef struct Entry
{
	pg_uuid_t eco_id; /* hash key */
	bool stored;	  /* has a row */
	bool parked;
	EcoView view;
} Entry;

/* Names by code or contact_ref. */
typedef struct Label
{
	char key[80]; /* hash key */
	char *name;
} Label;

static Datum
uuid_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

static HTAB *
entries_of(const StoredEvent *events, int n)
{
	HASHCTL ctl = {
		.keysize = sizeof(pg_uuid_t), .entrysize = sizeof(Entry), .hcxt = CurrentMemoryContext};
	HTAB *entries =
		hash_create("strike projection", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < n; i++)
	{
		pg_uuid_t eco_id;
		Entry *entry;
		bool found;

		if (!eco_view_of_event(&events[i], &eco_id))
			continue;
		entry = hash_search(entries, &eco_id, HASH_ENTER, &found);
		if (!found)
		{
			memset(&entry->view, 0, sizeof(EcoView));
			entry->view.eco_id = eco_id;
			entry->stored = entry->parked = false;
		}
	}
	return entries;
}

/* Reads the rows that exist into the entries. */
static void
load(HTAB *entries)
{
	long n = hash_get_num_entries(entries);
	Datum *ids = palloc(n * sizeof(Datum));
	HASH_SEQ_STATUS scan;
	Entry *entry;
	int i = 0;
	Datum argument;
	uint64 rows;

	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		ids[i++] = UUIDPGetDatum(&entry->eco_id);
	argument = uuid_array(ids, n);
	rows = query_run(&load_sql, &argument, NULL, 0);
	for (uint64 row = 0; row < rows; row++)
	{
		bool isnull;
		EcoView *view;

		entry = hash_search(entries, DatumGetUUIDP(query_datum(row, 1, &isnull)), HASH_FIND, NULL);
		entry->stored = true;
		view = &entry->view;
		view->job_id = query_text(row, 2);
		view->noc_tenant = query_text(row, 3);
		view->osp_tenant = query_text(row, 4);
		view->status = machine_state(&eco_status_machine, query_text(row, 5));
		view->display = display_by_name(query_text(row, 6));
		view->render = machine_state(&render_status_machine, query_text(row, 7));
		view->render_task_id = query_text(row, 8);
		view->pager = pager_status_by_name(query_text(row, 9));
		view->completed_count = query_int4(row, 11, 0);
		view->created_at = query_time(row, 12);
		view->dispatched_at = query_time(row, 13);
		view->completed_at = query_time(row, 14);
		view->grace_until = query_time(row, 15);
		view->hard_completed_at = query_time(row, 16);
		view->version = query_int4(row, 17, 0);
		view->updated_at = query_time(row, 18);
		eco_view_set_rest(view, DatumGetJsonbP(query_datum(row, 19, &isnull)));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* Whose events wait somewhere? */
static void
mark_parked(HTAB *entries)
{
	Datum *ids = palloc(2 * hash_get_num_entries(entries) * sizeof(Datum));
	HASH_SEQ_STATUS scan;
	Entry *entry;
	int n = 0;
	Datum argument;
	uint64 rows;

	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		ids[n++] = UUIDPGetDatum(&entry->eco_id);
		if (entry->view.run_no > 0)
			ids[n++] = UUIDPGetDatum(&entry->view.run_id);
	}
	argument = uuid_array(ids, n);
	rows = query_run(&parked_sql, &argument, NULL, 0);
	for (uint64 row = 0; row < rows; row++)
	{
		bool isnull;
		pg_uuid_t *id = DatumGetUUIDP(query_datum(row, 1, &isnull));

		hash_seq_init(&scan, entries);
		while ((entry = hash_seq_search(&scan)) != NULL)
			if (memcmp(&entry->eco_id, id, UUID_LEN) == 0 ||
				(entry->view.run_no > 0 && memcmp(&entry->view.run_id, id, UUID_LEN) == 0))
				entry->parked = true;
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
add_names(HTAB *names, SqlStatement *sql, Datum argument)
{
	uint64 rows = query_run(sql, &argument, NULL, 0);

	for (uint64 row = 0; row < rows; row++)
	{
		char key[80] = {0};
		Label *entry;

		strlcpy(key, query_text(row, 1), sizeof(key));
		entry = hash_search(names, key, HASH_ENTER, NULL);
		entry->name = query_text(row, 2);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* The names that the orders' phases need. */
static HTAB *
names_for(HTAB *entries)
{
	HASHCTL ctl = {.keysize = 80, .entrysize = sizeof(Label), .hcxt = CurrentMemoryContext};
	HTAB *names = hash_create("strike names", 64, &ctl, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	long n = hash_get_num_entries(entries);
	Datum *codes = palloc(n * sizeof(Datum));
	Datum *people = palloc(2 * n * sizeof(Datum));
	HASH_SEQ_STATUS scan;
	Entry *entry;
	int ncodes = 0;
	int npeople = 0;

	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		char key[80] = {0};
		bool found;
		Label *name;

		if (entry->view.osp_tenant == NULL)
			continue;
		strlcpy(key, entry->view.osp_tenant, sizeof(key));
		name = hash_search(names, key, HASH_ENTER, &found);
		if (!found)
		{
			name->name = NULL;
			codes[ncodes++] = CStringGetTextDatum(key);
		}
		if (entry->view.calling_ref)
			people[npeople++] =
				DirectFunctionCall1(uuid_in, CStringGetDatum(entry->view.calling_ref));
		if (entry->view.accepted_ref)
			people[npeople++] =
				DirectFunctionCall1(uuid_in, CStringGetDatum(entry->view.accepted_ref));
	}
	if (ncodes > 0)
		add_names(
			names, &tenants_sql,
			PointerGetDatum(construct_array(codes, ncodes, TEXTOID, -1, false, TYPALIGN_INT)));
	if (npeople > 0)
		add_names(names, &people_sql, uuid_array(people, npeople));
	return names;
}

static const char *
name_of(HTAB *names, const char *key)
{
	Label *entry = key ? hash_search(names, key, HASH_FIND, NULL) : NULL;

	return entry ? entry->name : NULL;
}

/* Columns of the rows to be written. */
typedef struct Columns
{
	int n;
	Datum *value[INSERT_COLUMNS];
	bool *isnull[INSERT_COLUMNS];
} Columns;

static Columns *
columns_create(long rows)
{
	Columns *c = palloc0(sizeof(Columns));

	for (int i = 0; i < INSERT_COLUMNS; i++)
	{
		c->value[i] = palloc0(rows * sizeof(Datum));
		c->isnull[i] = palloc0(rows * sizeof(bool));
	}
	return c;
}

static void
put(Columns *c, int col, Datum value)
{
	c->value[col][c->n] = value;
}

static void
put_text(Columns *c, int col, const char *text)
{
	if (text == NULL)
		c->isnull[col][c->n] = true;
	else
		c->value[col][c->n] = CStringGetTextDatum(text);
}

static void
put_time(Columns *c, int col, TimestampTz time)
{
	c->value[col][c->n] = TimestampTzGetDatum(time);
	c->isnull[col][c->n] = time == 0;
}

/* One order as a row: the columns of update_sql, then those of insert_sql. */
static void
put_row(Columns *c, Entry *entry, HTAB *names)
{
	EcoView *v = &entry->view;
	const char *accepted = name_of(names, v->accepted_ref);
	EcoFacts facts =
		eco_view_facts(v, name_of(names, v->osp_tenant), name_of(names, v->calling_ref), accepted);
	char phase[PHASE_SIZE];
	char reason[PHASE_SIZE];
	bool attention = eco_needs_attention(&facts, reason, sizeof(reason));

	eco_phase(&facts, phase, sizeof(phase));
	if (entry->parked && !attention)
	{
		attention = true;
		strlcpy(reason, "Strike is stuck with this order: tell its administrator", sizeof(reason));
	}
	put(c, 0, UUIDPGetDatum(&entry->eco_id));
	put_text(c, 1, eco_status_machine.states[v->status]);
	put_text(c, 2, display_name(v->display));
	put_text(c, 3, render_status_machine.states[v->render]);
	put_text(c, 4, v->render_task_id);
	put_text(c, 5, pager_status_name(v->pager));
	put_text(c, 6, accepted);
	put(c, 7, BoolGetDatum(attention));
	put_text(c, 8, attention ? reason : NULL);
	put_text(c, 9, phase);
	put(c, 10, Int32GetDatum(v->task_count));
	put(c, 11, Int32GetDatum(v->completed_count));
	put_time(c, 12, v->dispatched_at);
	put_time(c, 13, v->completed_at);
	put_time(c, 14, v->grace_until);
	put_time(c, 15, v->hard_completed_at);
	put(c, 16, Int32GetDatum(v->version));
	put_time(c, 17, v->updated_at);
	put(c, 18, JsonbPGetDatum(eco_view_rest(v)));
	if (!entry->stored)
	{
		put_text(c, 19, v->job_id);
		put_text(c, 20, v->noc_tenant);
		put_text(c, 21, v->osp_tenant);
		put_text(c, 22, v->job_type);
		put_text(c, 23, v->description);
		put_text(c, 24, JsonbToCString(NULL, &v->location->root, VARSIZE_ANY_EXHDR(v->location)));
		put_time(c, 25, v->created_at);
	}
	c->n++;
}

static void
write_rows(SqlStatement *sql, Columns *c, int ncolumns)
{
	Datum values[INSERT_COLUMNS];
	int lower = 1;

	if (c->n == 0)
		return;
	for (int i = 0; i < ncolumns; i++)
	{
		Oid element = get_element_type(sql->argtypes[i]);
		int16 length;
		bool byval;
		char align;

		get_typlenbyvalalign(element, &length, &byval, &align);
		values[i] = PointerGetDatum(construct_md_array(c->value[i], c->isnull[i], 1, &c->n, &lower,
													   element, length, byval, align));
	}
	(void) query_run(sql, values, NULL, 0);
}

static void
write_entries(HTAB *entries)
{
	long n = hash_get_num_entries(entries);
	Columns *updates = columns_create(n);
	Columns *inserts = columns_create(n);
	HTAB *names;
	HASH_SEQ_STATUS scan;
	Entry *entry;

	if (parked_any()) /* usually not, and then nothing is asked */
		mark_parked(entries);
	names = names_for(entries);
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		/* a page of an order that isn't here yet waits for it; an event of no order is none */
		if (!entry->stored && entry->view.job_id == NULL)
			ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
							errmsg("the order's first event has not been projected")));
		put_row(entry->stored ? updates : inserts, entry, names);
	}
	write_rows(&update_sql, updates, UPDATE_COLUMNS);
	write_rows(&insert_sql, inserts, INSERT_COLUMNS);
}

static void
fold(HTAB *entries, const StoredEvent *events, int n)
{
	for (int i = 0; i < n; i++)
	{
		pg_uuid_t eco_id;

		if (eco_view_of_event(&events[i], &eco_id))
		{
			Entry *entry = hash_search(entries, &eco_id, HASH_FIND, NULL);

			eco_view_fold(&entry->view, &events[i]);
		}
	}
}

static void
deliver(const StoredEvent *events, int n)
{
	HTAB *entries = entries_of(events, n);

	if (hash_get_num_entries(entries) == 0)
		return;
	load(entries);
	fold(entries, events, n);
	write_entries(entries);
}

int
projection_write_beside(const StoredEvent *events, int n)
{
	HTAB *entries = entries_of(events, n);
	Columns *inserts = columns_create(hash_get_num_entries(entries));
	HTAB *names;
	HASH_SEQ_STATUS scan;
	Entry *entry;

	if (hash_get_num_entries(entries) == 0)
		return 0;
	fold(entries, events, n);
	mark_parked(entries);
	names = names_for(entries);
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (entry->view.job_id != NULL)
			put_row(inserts, entry, names);
	write_rows(&beside_sql, inserts, INSERT_COLUMNS);
	return inserts->n;
}

/* Parked or freed: the order's row is made anew from what is stored. */
void
projection_parked(const pg_uuid_t *stream_id, bool parked)
{
	StoredEvent of_stream = {.stream_id = *stream_id, .stream_type = "ECO"};
	Datum argument = UUIDPGetDatum(stream_id);
	HASH_SEQ_STATUS scan;
	HTAB *entries;
	Entry *entry;
	bool stored = false;

	if (query_run(&run_eco_sql, &argument, NULL, 1) == 1)
		(void) query_uuid(0, 1, &of_stream.stream_id);
	entries = entries_of(&of_stream, 1);
	load(entries);
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		stored = stored || entry->stored;
	if (stored)
		write_entries(entries);
}

const Subscriber projection_subscriber = {"eco_projection", deliver, false};
