/*
 * retry_render.c
 *		strike_retry_render: the work system is tried again, by an operator's decision.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/uuid.h"

#include "api/eco_row.h"
#include "ground/activation.h"
#include "process/eco_commands.h"

PG_FUNCTION_INFO_V1(strike_retry_render);

/* strike_retry_render(eco_id uuid, reason text) */
Datum
strike_retry_render(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	RenderChange change = {.input = RENDER_RETRY};
	pg_uuid_t *eco_id;
	const Step *step;
	EcoView view;
	Datum row;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("eco_id is null"),
						errhint("Give the eco_id of an order of yours.")));
	eco_id = PG_GETARG_UUID_P(0);
	change.reason = text_argument(fcinfo, 1, "reason", true);
	SPI_connect();
	activation_warn_without_worker();
	eco_require(eco_id, &view);
	if (view.status != ECO_OPEN && view.status != ECO_IN_PROGRESS)
		ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED),
						errmsg("the order is %s", eco_status_words(view.status)),
						errhint("Only an open order is sent to a contractor.")));
	step = eco_change_render(eco_id, &change, &view);
	if (step->to == REFUSED)
		ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED), errmsg("%s", step->why),
						errhint("A retry is for an order that could not be sent.")));
	row = eco_row(fcinfo, caller, &view);
	SPI_finish();
	PG_RETURN_DATUM(row);
}
