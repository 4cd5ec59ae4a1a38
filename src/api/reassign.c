/*
 * reassign.c
 *		strike_reassign_eco: another contractor gets the order.  The old one is canceled and a new
 *		one made in one transaction; the events of each name the other:
 *
 *		old stream	StatusUpdatedEvent to CANCELED, ReassignedEvent {reassigned_to, osp_tenant}
 *		new stream	ECOCreatedEvent {…, reassigned_from}
 *
 * Pressed twice, also at the same moment, it is one new order: who comes second finds the first
 * one's ReassignedEvent.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "api/create_eco.h"
#include "api/eco_row.h"
#include "api/location.h"
#include "domain/eco_status.h"
#include "ground/activation.h"
#include "ground/json.h"
#include "ground/query.h"
#include "process/eco_commands.h"
#include "process/pager_stop.h"

PG_FUNCTION_INFO_V1(strike_reassign_eco);

/* Its last change of status was a reassignment: to whom, and the order that replaced it. */
static SqlStatement successor_sql = {
	.sql = "SELECT l.payload->>'osp_tenant', (l.payload->>'reassigned_to')::uuid FROM ("
		   " SELECT e.event_type, e.payload FROM strike.events e WHERE e.stream_id = $1"
		   " AND e.event_type IN ('StatusUpdatedEvent', 'ReassignedEvent')"
		   " ORDER BY e.version DESC LIMIT 1) l WHERE l.event_type = 'ReassignedEvent'",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* Was it given to this contractor already?  PT409 if to another one. */
static bool
reassigned_already(const EcoView *old, const char *osp_tenant, pg_uuid_t *new_id)
{
	Datum argument = UUIDPGetDatum(&old->eco_id);

	if (old->status != ECO_CANCELED || query_run(&successor_sql, &argument, NULL, 1) == 0)
		return false;
	if (strcmp(query_text(0, 1), osp_tenant) != 0)
		ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED),
						errmsg("the order has been reassigned to \"%s\"", query_text(0, 1)),
						errhint("Reassign the order that replaced it.")));
	return query_uuid(0, 2, new_id);
}

/* The old stream's half; false when somebody was faster. */
static bool
append_cancellation(const EcoView *old, const char *osp_tenant, const char *reason,
					const pg_uuid_t *new_id)
{
	const Step *step = machine_step(&eco_status_machine, old->status, ECO_CANCEL);
	NewEvent events[2] = {{"StatusUpdatedEvent", NULL}, {"ReassignedEvent", NULL}};
	JsonBuild b;

	if (step->to == REFUSED || step->emits == NULL)
		ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED),
						errmsg("%s", step->why ? step->why : "the order is canceled"),
						errhint("Only an order that isn't closed or canceled is reassigned.")));
	json_begin(&b);
	json_text(&b, "from", eco_status_machine.states[old->status]);
	json_text(&b, "to", eco_status_machine.states[step->to]);
	json_text(&b, "reason", reason);
	if (old->render_task_id != NULL)
		json_bool(&b, "task_left", true);
	events[0].payload = json_end(&b);
	json_begin(&b);
	json_uuid(&b, "reassigned_to", new_id);
	json_text(&b, "osp_tenant", osp_tenant);
	json_text(&b, "reason", reason);
	events[1].payload = json_end(&b);
	return eco_append(old, events, 2, NULL);
}

/* strike_reassign_eco(eco_id uuid, osp_tenant text, reason text): the new order */
Datum
strike_reassign_eco(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char *osp_tenant = text_argument(fcinfo, 1, "osp_tenant", false);
	char *reason = text_argument(fcinfo, 2, "reason", true);
	pg_uuid_t new_id = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
	pg_uuid_t eco_id;
	EcoView view;
	Pages pages;
	Datum row;
	bool again;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("eco_id is null"),
						errhint("Give the eco_id of an order of yours.")));
	eco_id = *PG_GETARG_UUID_P(0);
	activation_warn_without_worker();
	SPI_connect();
	eco_require(&eco_id, &view); /* nobody waits for an order that isn't his */
	(void) tenant_require(osp_tenant, "OSP");
	if (strcmp(view.osp_tenant, osp_tenant) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" is the order's contractor", osp_tenant),
						errhint("Name another one, or page again.")));
	pages = pager_lock(&eco_id);
	do
	{
		eco_require(&eco_id, &view);
		again = reassigned_already(&view, osp_tenant, &new_id);
	} while (!again && !append_cancellation(&view, osp_tenant, reason, &new_id));
	if (!again)
	{
		NewOrder order = {view.noc_tenant,
						  view.osp_tenant,
						  view.job_type,
						  view.description,
						  location_plain(view.location),
						  NULL,
						  &eco_id};

		order.osp_tenant = osp_tenant;
		pager_stop(&eco_id, &pages, "CANCELED", reason, NULL);
		if (view.render_task_id != NULL)
			ereport(NOTICE, (errmsg("the task in the contractor's work system is left as it is"),
							 errhint("Tell the contractor, if somebody may be working on it.")));
		order_create(&new_id, tenant_require(view.noc_tenant, "NOC"), &order);
	}
	eco_require(&new_id, &view);
	row = eco_row(fcinfo, caller, &view);
	SPI_finish();
	PG_RETURN_DATUM(row);
}
