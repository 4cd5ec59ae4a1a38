/*
 * eco_commands.c
 *		Read, decide, append; again when somebody was faster.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "ground/errcodes.h"
#include "ground/json.h"
#include "ground/query.h"
#include "process/eco_commands.h"

bool
eco_append(const EcoView *view, const NewEvent *events, int n, const char *actor)
{
	if (append_events(&view->eco_id, "ECO", view->version, events, n, actor, NULL) !=
		APPEND_CONFLICT)
		return true;
	if (IsolationUsesXactSnapshot())
		append_raise_conflict(&view->eco_id, view->version);
	CHECK_FOR_INTERRUPTS();
	return false;
}

static Jsonb *
render_payload(const RenderChange *change, const char *from, const char *to)
{
	JsonBuild b;

	json_begin(&b);
	json_text(&b, "from", from);
	json_text(&b, "to", to);
	json_uuid(&b, "render_instance", change->render_instance);
	json_text(&b, "project_task_id", change->project_task_id);
	json_text(&b, "error", change->error);
	if (change->reason != NULL)
		json_text(&b, "reason", change->reason);
	return json_end(&b);
}

const Step *
eco_change_render(const pg_uuid_t *eco_id, const RenderChange *change, EcoView *view)
{
	EcoView own;

	if (view == NULL)
		view = &own;
	for (;;)
	{
		RenderChange full = *change;
		const Step *step;
		NewEvent event = {"RenderIntegrationStatusUpdatedEvent", NULL};
		bool found;

		found = eco_view_load(eco_id, DT_NOEND, view);
		if (!found)
			ereport(ERROR, (errcode(ERRCODE_STRIKE_UNKNOWN), errmsg("unknown order"),
							errhint("Give the eco_id of an order of yours.")));
		step = machine_step(&render_status_machine, view->render, change->input);
		if (step->to == REFUSED || step->emits == NULL)
			return step;
		if (full.project_task_id == NULL)
			full.project_task_id = view->render_task_id;
		if (full.render_instance == NULL && view->has_instance)
			full.render_instance = &view->render_instance;
		event.payload = render_payload(&full, render_status_machine.states[view->render],
									   render_status_machine.states[step->to]);
		if (eco_append(view, &event, 1, change->actor))
		{
			(void) eco_view_load(eco_id, DT_NOEND, view);
			return step;
		}
	}
}
