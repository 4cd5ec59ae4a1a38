/*
 * poll_grace.c
 *		The observation's length: domain/grace over the rows of late_work.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "domain/grace.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/poll_grace.h"

PG_FUNCTION_INFO_V1(strike_grace_reckoning);

#define DELAYS "SELECT extract(epoch FROM found_at - completed_at)::float8 AS delay"
#define HISTORY(which)                                                                             \
	"SELECT count(*), coalesce(percentile_disc($3) WITHIN GROUP (ORDER BY delay), 0)::float8"      \
	" FROM (" DELAYS " FROM strike.late_work WHERE osp_tenant = $1 AND " which                     \
	" ORDER BY found_at DESC LIMIT $4) latest"

static SqlStatement of_type_sql = {
	.sql = HISTORY("job_type = $2"),
	.nargs = 4,
	.argtypes = {TEXTOID, TEXTOID, FLOAT8OID, INT4OID},
};

static SqlStatement of_tenant_sql = {
	.sql = HISTORY("$2 <> ''"),
	.nargs = 4,
	.argtypes = {TEXTOID, TEXTOID, FLOAT8OID, INT4OID},
};

static SqlStatement learn_sql = {
	.sql = "INSERT INTO strike.late_work (eco_id, version, osp_tenant, job_type, completed_at,"
		   " found_at) SELECT $1, $2, c.payload->>'osp_tenant', c.payload->>'job_type',"
		   " d.occurred_at, $3 FROM strike.events c, LATERAL (SELECT e.occurred_at"
		   " FROM strike.events e WHERE e.stream_id = $1 AND e.version < $2"
		   " AND e.event_type = 'StatusUpdatedEvent' AND e.payload->>'to' = 'COMPLETED'"
		   " ORDER BY e.version DESC LIMIT 1) d WHERE c.stream_id = $1 AND c.version = 1"
		   " ON CONFLICT DO NOTHING",
	.nargs = 3,
	.argtypes = {UUIDOID, INT4OID, TIMESTAMPTZOID},
};

static GraceHistory
history(SqlStatement *sql, const char *osp_tenant, const char *job_type)
{
	Datum values[] = {CStringGetTextDatum(osp_tenant), CStringGetTextDatum(job_type),
					  Float8GetDatum(GRACE_QUANTILE), Int32GetDatum(GRACE_WINDOW)};
	GraceHistory known = {0};
	bool isnull;

	(void) query_run(sql, values, NULL, 1);
	known.n = query_int8(0, 1, 0);
	known.quantile_s = DatumGetFloat8(query_datum(0, 2, &isnull));
	return known;
}

static GracePlan
reckon(const char *osp_tenant, const char *job_type)
{
	GraceSettings settings = {strike_grace_adaptive, strike_grace_period, strike_grace_floor,
							  strike_grace_ceiling};
	GraceHistory of_type = {0};
	GraceHistory of_tenant = {0};

	if (settings.adaptive)
	{
		of_type = history(&of_type_sql, osp_tenant, job_type);
		of_tenant = history(&of_tenant_sql, osp_tenant, job_type);
	}
	return grace_plan(&settings, &of_type, &of_tenant);
}

PollGrace
poll_grace(const char *osp_tenant, const char *job_type)
{
	GracePlan plan = reckon(osp_tenant, job_type);
	char words[300];

	grace_words(&plan, osp_tenant, job_type, words, sizeof(words));
	return (PollGrace){plan.grace_s, pstrdup(words)};
}

void
poll_grace_learn(const StoredEvent *event)
{
	Datum values[] = {UUIDPGetDatum(&event->stream_id), Int32GetDatum(event->version),
					  TimestampTzGetDatum(event->occurred_at)};

	(void) query_run(&learn_sql, values, NULL, 0);
}

/*
 * strike_grace_reckoning(osp_tenant, job_type) → (basis, late_work_known, quantile_s, bound, grace_s,
 * reason): the worker's own reckoning.
 */
Datum
strike_grace_reckoning(PG_FUNCTION_ARGS)
{
	char *osp_tenant = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *job_type = text_to_cstring(PG_GETARG_TEXT_PP(1));
	GracePlan plan;
	TupleDesc desc;
	char words[300];
	Datum values[6];
	bool isnull[6] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	SPI_connect();
	plan = reckon(osp_tenant, job_type);
	SPI_finish();
	grace_words(&plan, osp_tenant, job_type, words, sizeof(words));
	values[0] = CStringGetTextDatum(grace_basis_name(plan.basis));
	values[1] = Int64GetDatum(plan.n);
	values[2] = Float8GetDatum(plan.quantile_s);
	isnull[2] = plan.basis != GRACE_OF_TYPE && plan.basis != GRACE_OF_TENANT;
	isnull[3] = plan.bound == NULL;
	values[3] = plan.bound ? CStringGetTextDatum(plan.bound) : (Datum) 0;
	values[4] = Int64GetDatum(plan.grace_s);
	values[5] = CStringGetTextDatum(words);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, isnull)));
}
