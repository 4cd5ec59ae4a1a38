/*
 * transitions.c
 *		strike_transitions(): the state machines' tables as rows.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "domain/machine.h"

PG_FUNCTION_INFO_V1(strike_transitions);

/* (machine, from_state, input, to_state, emits); a refusal has no to_state, and its words. */
Datum
strike_transitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (const Machine *const *m = machines(); *m != NULL; m++)
		for (int i = 0; i < (*m)->nsteps; i++)
		{
			const Step *step = &(*m)->steps[i];
			bool refused = step->to == REFUSED;
			bool nulls[5] = {false, false, false, refused, !refused && step->emits == NULL};
			Datum values[5] = {0};

			values[0] = CStringGetTextDatum((*m)->name);
			values[1] = CStringGetTextDatum((*m)->states[step->from]);
			values[2] = CStringGetTextDatum((*m)->inputs[step->input]);
			if (!refused)
				values[3] = CStringGetTextDatum((*m)->states[step->to]);
			if (refused)
				values[4] = CStringGetTextDatum(psprintf("refused: %s", step->why));
			else if (step->emits != NULL)
				values[4] = CStringGetTextDatum(step->emits);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	return (Datum) 0;
}
