/*
 * create_eco.c
 *		strike_create_eco: from a request to ECOCreatedEvent, in the caller's transaction.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "common/hashfn.h"

#include "api/create_eco.h"
#include "api/eco_row.h"
#include "api/location.h"
#include "domain/eco_create.h"
#include "ground/caller.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/query.h"
#include "ground/activation.h"
#include "process/eco_view.h"
#include "store/append.h"

PG_FUNCTION_INFO_V1(strike_create_eco);

#define OPEN_CREATIONS_MAX 10000 /* numbers held by open transactions at once */

/* A lock space that SQL's advisory locks (which use 1 and 2) can't reach. */
#define JOB_NUMBER_LOCK 17

static SqlStatement tenant_sql = {
	.sql = "SELECT kind, job_prefix FROM strike.tenants WHERE code = $1",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

static SqlStatement covering_sql = {
	.sql = "SELECT DISTINCT osp_tenant FROM strike.pager_regions"
		   " WHERE public.ST_Intersects(area,"
		   " strike.short_way(public.ST_SetSRID(public.ST_GeomFromGeoJSON($1), 4326)))"
		   " ORDER BY 1",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

static SqlStatement request_sql = {
	.sql = "INSERT INTO strike.eco_requests (noc_tenant, request_id, eco_id, content)"
		   " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
	.nargs = 4,
	.argtypes = {TEXTOID, UUIDOID, UUIDOID, JSONBOID},
};

static SqlStatement first_sql = {
	.sql = "SELECT eco_id, content = $3 FROM strike.eco_requests"
		   " WHERE noc_tenant = $1 AND request_id = $2",
	.nargs = 3,
	.argtypes = {TEXTOID, UUIDOID, JSONBOID},
};

static SqlStatement last_number_sql = {
	.sql = "SELECT number FROM strike.job_numbers WHERE prefix = $1 AND year = $2"
		   " ORDER BY number DESC LIMIT 1",
	.nargs = 2,
	.argtypes = {TEXTOID, INT4OID},
};

static SqlStatement number_sql = {
	.sql = "INSERT INTO strike.job_numbers (prefix, year, number, eco_id)"
		   " VALUES ($1, $2, $3, $4) ON CONFLICT (prefix, year, number) DO NOTHING",
	.nargs = 4,
	.argtypes = {TEXTOID, INT4OID, INT8OID, UUIDOID},
};

/*
 * The token's tenant must be the NOC; without a token only administrators may.  The refusal is
 * the same whether the other tenant exists or not.
 */
static void
authorize(const char *noc_tenant)
{
	Caller caller = caller_identify();

	if (caller.unrestricted || (caller.tenant != NULL && strcmp(caller.tenant, noc_tenant) == 0))
		return;
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("no right to create orders for this tenant"),
					errhint("Use the NOC tenant of your token.")));
}

char *
tenant_require(const char *code, const char *kind)
{
	Datum values[] = {CStringGetTextDatum(code)};

	if (query_run(&tenant_sql, values, NULL, 1) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown tenant \"%s\"", code),
				 errhint("Tenants are rows of strike.tenants.")));
	if (strcmp(query_text(0, 1), kind) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("tenant \"%s\" is not of kind %s", code, kind),
						errhint("A NOC owns an order, an OSP works it.")));
	return query_text(0, 2);
}

/* The one OSP whose region covers the place. */
static char *
resolve_osp(Jsonb *location)
{
	char *text = JsonbToCString(NULL, &location->root, VARSIZE_ANY_EXHDR(location));
	Datum values[] = {CStringGetTextDatum(text)};
	uint64 rows = query_run(&covering_sql, values, NULL, 0);
	StringInfoData names;

	if (rows == 1)
		return query_text(0, 1);
	if (rows == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("no contractor's region covers this location"),
						errhint("Name the contractor in osp_tenant.")));
	initStringInfo(&names);
	for (uint64 row = 0; row < rows; row++)
		appendStringInfo(&names, "%s%s", row ? ", " : "", query_text(row, 1));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("several contractors' regions cover this location: %s", names.data),
					errhint("Name one of them in osp_tenant.")));
}

/*
 * The next number: the highest committed one, and on past those that open transactions hold.
 * Holding is a lock that nobody waits for, so no creation is held up by another.
 */
static int64
take_number(const char *prefix, int year, const pg_uuid_t *eco_id)
{
	Datum values[] = {CStringGetTextDatum(prefix), Int32GetDatum(year), (Datum) 0,
					  UUIDPGetDatum(eco_id)};
	int64 number = query_run(&last_number_sql, values, NULL, 1) ? query_int8(0, 1, 0) : 0;

	for (int tries = 0; tries < OPEN_CREATIONS_MAX; tries++)
	{
		LOCKTAG tag;

		number++;
		SET_LOCKTAG_ADVISORY(tag, MyDatabaseId,
							 hash_bytes((const unsigned char *) prefix, strlen(prefix)) ^
								 (uint32) year,
							 (uint32) number, JOB_NUMBER_LOCK);
		if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
			continue;
		values[2] = Int64GetDatum(number);
		if (query_run(&number_sql, values, NULL, 0) == 1)
			return number;
	}
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many orders are being created at once"),
					errhint("Commit or roll back the open transactions that create orders.")));
}

void
order_create(const pg_uuid_t *eco_id, const char *prefix, const NewOrder *order)
{
	NewEvent created = {"ECOCreatedEvent", NULL};
	char job_id[JOB_ID_SIZE];
	struct pg_tm tm;
	fsec_t fsec;
	JsonBuild b;

	if (timestamp2tm(clock_now(), NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "the clock is out of range");
	job_id_format(job_id, prefix, take_number(prefix, tm.tm_year, eco_id), tm.tm_year);
	json_begin(&b);
	json_text(&b, "job_id", job_id);
	json_text(&b, "noc_tenant", order->noc_tenant);
	json_text(&b, "osp_tenant", order->osp_tenant);
	json_text(&b, "job_type", order->job_type);
	json_text(&b, "description", order->description);
	json_jsonb(&b, "location", order->location);
	json_uuid(&b, "request_id", order->request_id);
	if (order->reassigned_from != NULL)
		json_uuid(&b, "reassigned_from", order->reassigned_from);
	created.payload = json_end(&b);
	if (append_events(eco_id, "ECO", 0, &created, 1, NULL, NULL) == APPEND_CONFLICT)
		append_raise_conflict(eco_id, 0);
}

/* strike_create_eco(noc_tenant, osp_tenant, job_type, description, location, request_id) */
Datum
strike_create_eco(PG_FUNCTION_ARGS)
{
	MemoryContext caller_context = CurrentMemoryContext;
	char *noc_tenant = text_argument(fcinfo, 0, "noc_tenant", false);
	char *osp_tenant = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	char *job_type = text_argument(fcinfo, 2, "job_type", false);
	char *description = text_argument(fcinfo, 3, "description", false);
	Jsonb *location = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	pg_uuid_t *request_id = PG_ARGISNULL(5) ? NULL : PG_GETARG_UUID_P(5);
	pg_uuid_t eco_id = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
	char *prefix;
	JsonBuild b;
	EcoView view;
	Datum result;

	authorize(noc_tenant);
	activation_warn_without_worker();
	if (location == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("location is null"),
						errhint("Give a GeoJSON Point or LineString.")));
	SPI_connect();
	prefix = tenant_require(noc_tenant, "NOC");
	refuse_input(check_job_type(job_type));
	refuse_input(check_description(description));
	location_check(location);
	location = location_plain(location);

	if (request_id != NULL)
	{
		Datum values[] = {CStringGetTextDatum(noc_tenant), UUIDPGetDatum(request_id),
						  UUIDPGetDatum(&eco_id), (Datum) 0};
		Jsonb *content;

		json_begin(&b);
		json_text(&b, "osp_tenant", osp_tenant); /* as asked for: null stays null */
		json_text(&b, "job_type", job_type);
		json_text(&b, "description", description);
		json_jsonb(&b, "location", location);
		content = json_end(&b);
		values[3] = JsonbPGetDatum(content);
		/* a racing session with the same request_id is waited for: its outcome decides */
		if (query_run(&request_sql, values, NULL, 0) == 0)
		{
			Datum key[] = {values[0], values[1], values[3]};
			bool isnull;

			if (query_run(&first_sql, key, NULL, 1) == 0 || !query_bool(0, 2, false))
				ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED),
								errmsg("request_id was used for another order"),
								errhint("Use a new request_id for a new order.")));
			eco_id = *DatumGetUUIDP(query_datum(0, 1, &isnull));
		}
		else
			request_id = NULL; /* ours: go on */
	}
	if (request_id == NULL)
	{
		NewOrder order = {noc_tenant,  osp_tenant, job_type,
						  description, location,   PG_ARGISNULL(5) ? NULL : PG_GETARG_UUID_P(5)};

		if (osp_tenant == NULL)
			order.osp_tenant = resolve_osp(location);
		else
			(void) tenant_require(osp_tenant, "OSP");
		order_create(&eco_id, prefix, &order);
	}
	if (!eco_view_load(&eco_id, DT_NOEND, &view))
		elog(ERROR, "the order's events can't be read");
	result = eco_row(fcinfo, caller_context, &view);
	SPI_finish();
	PG_RETURN_DATUM(result);
}
