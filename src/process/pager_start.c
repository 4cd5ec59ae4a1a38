/*
 * pager_start.c
 *		The pager process manager's half in the outbox worker: a task made starts the page.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "domain/pager_process.h"
#include "ground/clock.h"
#include "ground/errcodes.h"
#include "ground/json.h"
#include "ground/query.h"
#include "ground/shared.h"
#include "process/pager_start.h"
#include "process/pager_stop.h"
#include "process/subscribers.h"
#include "store/append.h"

#define ACTOR "strike:outbox"

static SqlStatement region_sql = {
	.sql = "SELECT r.region_id, r.name FROM strike.pager_regions r WHERE r.region_id ="
		   " strike.pager_region($1, public.ST_SetSRID(public.ST_GeomFromGeoJSON($2), 4326))",
	.nargs = 2,
	.argtypes = {TEXTOID, TEXTOID},
};

/* The people as they are now: what events refer to, whatever happens to the list later. */
static SqlStatement snapshot_sql = {
	.sql =
		"INSERT INTO strike.contact_refs (contact_ref, contact_id, name, phone, salt)"
		" SELECT gen_random_uuid(), c.contact_id, c.name, c.phone, uuid_send(gen_random_uuid())"
		" FROM strike.pager_contacts c WHERE c.region_id = $1 AND c.active"
		" RETURNING contact_ref, contact_id, sha256(salt || int4send(octet_length(name)) ||"
		" convert_to(name, 'UTF8') || int4send(octet_length(phone)) || convert_to(phone, 'UTF8'))",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement list_sql = {
	.sql = "SELECT contact_id, position, obstacle <> 'not active' FROM strike.pager_list($1, $2)",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static SqlStatement run_sql = {
	.sql = "INSERT INTO strike.pager_process_state (run_id, eco_id, run_no, status, outcome,"
		   " deadline_at, contact_count, last_error, osp_tenant, region, job_id, message, epoch,"
		   " created_at, completed_at, updated_at)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14)"
		   " ON CONFLICT DO NOTHING",
	.nargs = 15,
	.argtypes = {UUIDOID, UUIDOID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT4OID, TEXTOID,
				 TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static SqlStatement run_contact_sql = {
	.sql = "INSERT INTO strike.pager_run_contacts (run_id, contact_no, place, contact_ref)"
		   " VALUES ($1, $2, $2, $3)",
	.nargs = 3,
	.argtypes = {UUIDOID, INT4OID, UUIDOID},
};

static SqlStatement any_run_sql = {
	.sql = "SELECT FROM strike.pager_process_state WHERE eco_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* The list: those to be called in order, those left out with why. */
typedef struct PageList
{
	int n;
	pg_uuid_t contact_ref[PAGER_CONTACTS_MAX];
	char *digest[PAGER_CONTACTS_MAX]; /* hex */
	int32 position[PAGER_CONTACTS_MAX];
	int nskipped;
	int32 skipped[PAGER_CONTACTS_MAX];
} PageList;

/* Snapshots the list's active people, in order. */
static void
take_list(const pg_uuid_t *region, PageList *list)
{
	Datum values[] = {UUIDPGetDatum(region), TimestampTzGetDatum(clock_now())};
	uint64 people = query_run(&snapshot_sql, values, NULL, 0);
	SPITupleTable *snapshot = SPI_tuptable;
	uint64 rows = query_run(&list_sql, values, NULL, 0);
	SPITupleTable *order = SPI_tuptable;

	for (uint64 row = 0; row < rows; row++)
	{
		pg_uuid_t *id;
		int32 position;
		bool active;
		bool isnull;

		SPI_tuptable = order;
		id = DatumGetUUIDP(query_datum(row, 1, &isnull));
		position = query_int4(row, 2, 0);
		active = query_bool(row, 3, false);
		if (!active && list->nskipped < PAGER_CONTACTS_MAX)
			list->skipped[list->nskipped++] = position;
		SPI_tuptable = snapshot;
		for (uint64 p = 0; active && p < people && list->n < PAGER_CONTACTS_MAX; p++)
		{
			bytea *digest;

			if (memcmp(DatumGetUUIDP(query_datum(p, 2, &isnull)), id, UUID_LEN) != 0)
				continue;
			digest = DatumGetByteaPP(query_datum(p, 3, &isnull));
			(void) query_uuid(p, 1, &list->contact_ref[list->n]);
			list->digest[list->n] = palloc(VARSIZE_ANY_EXHDR(digest) * 2 + 1);
			hex_encode(VARDATA_ANY(digest), VARSIZE_ANY_EXHDR(digest), list->digest[list->n]);
			list->digest[list->n][VARSIZE_ANY_EXHDR(digest) * 2] = '\0';
			list->position[list->n++] = position;
		}
	}
}

static Jsonb *
started_payload(const EcoView *eco, int32 run_no, const char *region, const PageList *list,
				const char *message, const char *reason)
{
	JsonBuild b;

	json_begin(&b);
	json_uuid(&b, "eco_id", &eco->eco_id);
	json_int(&b, "run_no", run_no);
	json_text(&b, "region", region);
	json_begin_array(&b, "contacts");
	for (int i = 0; i < list->n; i++)
	{
		json_begin_element(&b);
		json_uuid(&b, "contact_ref", &list->contact_ref[i]);
		json_text(&b, "contact_digest", list->digest[i]);
		json_int(&b, "position", list->position[i]);
		json_end_element(&b);
	}
	json_end_array(&b);
	json_text(&b, "message", message);
	if (list->nskipped > 0)
	{
		json_begin_array(&b, "skipped");
		for (int i = 0; i < list->nskipped; i++)
		{
			json_begin_element(&b);
			json_int(&b, "position", list->skipped[i]);
			json_text(&b, "reason", "not active");
			json_end_element(&b);
		}
		json_end_array(&b);
	}
	if (reason != NULL)
		json_text(&b, "reason", reason);
	return json_end(&b);
}

static Jsonb *
ended_payload(const EcoView *eco, const pg_uuid_t *run_id, const char *outcome, const char *words)
{
	JsonBuild b;

	json_begin(&b);
	json_uuid(&b, "eco_id", &eco->eco_id);
	json_uuid(&b, "run_id", run_id);
	json_text(&b, "outcome", outcome);
	json_uuid(&b, "accepted_by", NULL);
	json_text(&b, "reason", words);
	return json_end(&b);
}

/*
 * The row, its contacts and its events.  outcome NULL: the run is due at once; else it is over from
 * the start, and words say why.  False when that run exists, or another one is open.
 */
static bool
write_run(const EcoView *eco, int32 run_no, int32 epoch, const char *region, const PageList *list,
		  const char *outcome, const char *words, const char *actor, const char *reason)
{
	pg_uuid_t run_id = pager_run_id(&eco->eco_id, run_no);
	TimestampTz now = clock_now();
	char message[PAGER_MESSAGE_MAX];
	NewEvent events[2] = {{"PagerRunStartedEvent", NULL}, {"PagerRunCompletedEvent", NULL}};
	Datum values[15];
	bool isnull[15] = {false};

	pager_message(eco->job_id, eco->description, message, sizeof(message));
	values[0] = UUIDPGetDatum(&run_id);
	values[1] = UUIDPGetDatum(&eco->eco_id);
	values[2] = Int32GetDatum(run_no);
	values[3] = CStringGetTextDatum(outcome ? "COMPLETED" : "PENDING");
	values[4] = CStringGetTextDatum(outcome ? outcome : "");
	isnull[4] = outcome == NULL;
	values[5] = TimestampTzGetDatum(now); /* due at once */
	isnull[5] = outcome != NULL;
	values[6] = Int32GetDatum(list->n);
	values[7] = CStringGetTextDatum(words ? words : "");
	isnull[7] = words == NULL;
	values[8] = CStringGetTextDatum(eco->osp_tenant);
	values[9] = CStringGetTextDatum(region ? region : "");
	isnull[9] = region == NULL;
	values[10] = CStringGetTextDatum(eco->job_id);
	values[11] = CStringGetTextDatum(message);
	values[12] = Int32GetDatum(epoch);
	values[13] = TimestampTzGetDatum(now);
	values[14] = TimestampTzGetDatum(now);
	isnull[14] = outcome == NULL;
	if (query_run(&run_sql, values, isnull, 0) == 0)
		return false;
	for (int i = 0; i < list->n; i++)
	{
		Datum contact[] = {UUIDPGetDatum(&run_id), Int32GetDatum(i + 1),
						   UUIDPGetDatum(&list->contact_ref[i])};

		(void) query_run(&run_contact_sql, contact, NULL, 0);
	}
	events[0].payload = started_payload(eco, run_no, region, list, message, reason);
	if (outcome != NULL)
		events[1].payload = ended_payload(eco, &run_id, outcome, words);
	if (append_events(&run_id, "PagerRun", 0, events, outcome ? 2 : 1, actor, NULL) ==
		APPEND_CONFLICT)
		append_raise_conflict(&run_id, 0);
	shared_wake_at_commit(WORKER_PAGER);
	return true;
}

bool
pager_start_run(const EcoView *eco, int32 run_no, int32 epoch, const char *actor,
				const char *reason)
{
	char *place = JsonbToCString(NULL, &eco->location->root, VARSIZE_ANY_EXHDR(eco->location));
	Datum where[] = {CStringGetTextDatum(eco->osp_tenant), CStringGetTextDatum(place)};
	PageList *list = palloc0(sizeof(PageList));
	const char *cant_page = NULL;
	char *region = NULL;

	if (query_run(&region_sql, where, NULL, 1) == 0)
		cant_page = "no pager region covers this location";
	else
	{
		bool null;
		pg_uuid_t region_id = *DatumGetUUIDP(query_datum(0, 1, &null));

		region = query_text(0, 2);
		take_list(&region_id, list);
		if (list->n == 0)
			cant_page = list->nskipped == 0 ? "nobody is on the pager list of this region"
											: "nobody on the pager list of this region is active";
	}
	return write_run(eco, run_no, epoch, region, list, cant_page ? "FAILED" : NULL, cant_page,
					 actor, reason);
}

bool
pager_record_take_over(const EcoView *eco, int32 run_no, int32 epoch, const char *reason)
{
	PageList *nobody = palloc0(sizeof(PageList));

	return write_run(eco, run_no, epoch, NULL, nobody, "TAKEN_OVER", reason, NULL, reason);
}

/* The order as it stands now; does it still need somebody? */
static bool
is_open(const pg_uuid_t *eco_id, EcoView *eco)
{
	if (!eco_view_load(eco_id, DT_NOEND, eco))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("the order can't be read")));
	return eco->status == ECO_OPEN || eco->status == ECO_IN_PROGRESS;
}

/* The first page starts by itself, once, when the task is there. */
static void
on_task(const pg_uuid_t *eco_id)
{
	Datum argument = UUIDPGetDatum(eco_id);
	EcoView eco;

	if (query_run(&any_run_sql, &argument, NULL, 1) > 0)
		return;				   /* delivered twice, or an operator was faster */
	if (is_open(eco_id, &eco)) /* else canceled meanwhile: nobody is needed */
		(void) pager_start_run(&eco, 1, 1, ACTOR, NULL);
}

/* All work is done while somebody is still called for it: that call ends. */
static void
on_done(const pg_uuid_t *eco_id)
{
	Pages pages = pager_lock(eco_id);
	EcoView eco;

	if (pages.open && !is_open(eco_id, &eco))
		pager_stop(eco_id, &pages, "CANCELED", "the work is done", ACTOR);
}

static void
deliver(const StoredEvent *events, int n)
{
	for (int i = 0; i < n; i++)
	{
		const StoredEvent *event = &events[i];

		if (strcmp(event->event_type, "RenderIntegrationStatusUpdatedEvent") == 0 &&
			json_says(event->payload, "to", "TASKED"))
			on_task(&event->stream_id);
		else if (strcmp(event->event_type, "StatusUpdatedEvent") == 0 &&
				 json_says(event->payload, "to", "COMPLETED"))
			on_done(&event->stream_id);
	}
}

const Subscriber pager_subscriber = {"pager", deliver, true};
