/*
 * eco_state.c
 *		An order at any moment, folded from its events alone.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "api/eco_row.h"
#include "ground/json.h"
#include "ground/query.h"

PG_FUNCTION_INFO_V1(strike_eco_at);
PG_FUNCTION_INFO_V1(strike_eco_internals_at);

/* False when the order, which the caller may see, did not exist yet. */
static bool
load(FunctionCallInfo fcinfo, EcoView *view)
{
	TimestampTz as_of = PG_ARGISNULL(1) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(1);
	pg_uuid_t eco_id;
	bool found;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("eco_id is null"),
						errhint("Give the eco_id of an order of yours.")));
	eco_id = *PG_GETARG_UUID_P(0);
	eco_require(&eco_id, view);
	found = eco_view_load(&eco_id, as_of, view);
	return found;
}

/* eco_at(eco_id uuid, as_of timestamptz): type eco, or null before its creation. */
Datum
strike_eco_at(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	EcoView view;
	Datum row = (Datum) 0;
	bool found;

	SPI_connect();
	found = load(fcinfo, &view);
	if (found)
		row = eco_row(fcinfo, caller, &view);
	SPI_finish();
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(row);
}

/* eco_internals_at(eco_id uuid, as_of timestamptz): what only administrators see. */
Datum
strike_eco_internals_at(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext inside;
	EcoView view;
	JsonBuild b;
	Jsonb *result;

	SPI_connect();
	if (!load(fcinfo, &view))
	{
		SPI_finish();
		PG_RETURN_NULL();
	}
	inside = MemoryContextSwitchTo(caller);
	json_begin(&b);
	json_text(&b, "render_status", render_status_machine.states[view.render]);
	json_text(&b, "render_task_id", view.render_task_id);
	result = json_end(&b);
	MemoryContextSwitchTo(inside);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}
