/*
 * eco_row.c
 *		Orders as commands find and return them: folded from the events just written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "api/eco_row.h"
#include "ground/caller.h"
#include "ground/query.h"

#define ECO_COLUMNS 23
#define REASON_MAX 2000 /* characters */

static SqlStatement osp_sql = {
	.sql = "SELECT name FROM strike.tenants WHERE code = $1",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

static SqlStatement person_sql = {
	.sql = "SELECT name FROM strike.contact_refs WHERE contact_ref = $1::uuid",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

void
eco_require(const pg_uuid_t *eco_id, EcoView *view)
{
	Caller caller = caller_identify();
	bool found;

	found = eco_view_load(eco_id, DT_NOEND, view);
	if (!found || !caller_sees(&caller, view->noc_tenant, view->osp_tenant))
		ereport(ERROR, (errcode(ERRCODE_STRIKE_UNKNOWN), errmsg("unknown order"),
						errhint("Give the eco_id of an order of yours.")));
}

static char *
name_by(SqlStatement *sql, const char *key)
{
	Datum argument;

	if (key == NULL)
		return NULL;
	argument = CStringGetTextDatum(key);
	return query_run(sql, &argument, NULL, 1) == 1 ? query_text(0, 1) : NULL;
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static Datum
time_or_null(TimestampTz time, bool *isnull)
{
	*isnull = time == 0;
	return TimestampTzGetDatum(time);
}

Datum
eco_row(FunctionCallInfo fcinfo, MemoryContext context, const EcoView *v)
{
	char *osp = name_by(&osp_sql, v->osp_tenant);
	char *accepted = name_by(&person_sql, v->accepted_ref);
	char *calling = name_by(&person_sql, v->calling_ref);
	EcoFacts facts = eco_view_facts(v, osp, calling, accepted);
	MemoryContext outside;
	char phase[PHASE_SIZE];
	char reason[PHASE_SIZE];
	bool attention = eco_needs_attention(&facts, reason, sizeof(reason));
	TupleDesc desc;
	Datum values[ECO_COLUMNS];
	bool nulls[ECO_COLUMNS] = {false};
	Datum row;
	int n = 0;

	eco_phase(&facts, phase, sizeof(phase));
	outside = MemoryContextSwitchTo(context);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != ECO_COLUMNS)
		elog(ERROR,
			 "the extension's type eco is of another version: ALTER EXTENSION strike UPDATE");
	values[n++] = UUIDPGetDatum(&v->eco_id);
	values[n++] = CStringGetTextDatum(v->job_id);
	values[n++] = CStringGetTextDatum(v->noc_tenant);
	values[n++] = CStringGetTextDatum(v->osp_tenant);
	values[n++] = CStringGetTextDatum(v->job_type);
	values[n++] = CStringGetTextDatum(v->description);
	values[n++] = JsonbPGetDatum(v->location);
	values[n++] = CStringGetTextDatum(eco_status_machine.states[v->status]);
	values[n++] = CStringGetTextDatum(display_name(v->display));
	values[n++] = CStringGetTextDatum(pager_status_name(v->pager));
	values[n] = text_or_null(accepted, &nulls[n]), n++;
	values[n++] = BoolGetDatum(attention);
	values[n] = text_or_null(attention ? reason : NULL, &nulls[n]), n++;
	values[n++] = CStringGetTextDatum(phase);
	values[n++] = Int32GetDatum(v->task_count);
	values[n++] = Int32GetDatum(v->completed_count);
	values[n++] = TimestampTzGetDatum(v->created_at);
	values[n] = time_or_null(v->dispatched_at, &nulls[n]), n++;
	values[n] = time_or_null(v->completed_at, &nulls[n]), n++;
	values[n] = time_or_null(v->grace_until, &nulls[n]), n++;
	values[n] = time_or_null(v->hard_completed_at, &nulls[n]), n++;
	values[n++] = Int32GetDatum(v->version);
	values[n++] = TimestampTzGetDatum(v->updated_at);
	row = HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
	MemoryContextSwitchTo(outside);
	return row;
}

char *
text_argument(FunctionCallInfo fcinfo, int i, const char *name, bool filled)
{
	char *value;

	if (PG_ARGISNULL(i))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is null", name),
						errhint("Give a value for %s.", name)));
	value = text_to_cstring(PG_GETARG_TEXT_PP(i));
	if (filled && value[strspn(value, " \t\r\n")] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is empty", name),
						errhint("Say in a few words why: it is kept with the order.")));
	if (filled && pg_mbstrlen(value) > REASON_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is too long", name),
						errhint("Use at most %d characters.", REASON_MAX)));
	return value;
}
