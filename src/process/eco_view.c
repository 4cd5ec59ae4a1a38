/*
 * eco_view.c
 *		Folding an ECO's stream.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "ground/json.h"
#include "process/eco_view.h"

static void
on_created(EcoView *view, const StoredEvent *event)
{
	view->job_id = json_get_text(event->payload, "job_id");
	view->noc_tenant = json_get_text(event->payload, "noc_tenant");
	view->osp_tenant = json_get_text(event->payload, "osp_tenant");
	view->job_type = json_get_text(event->payload, "job_type");
	view->description = json_get_text(event->payload, "description");
	view->location = json_get(event->payload, "location");
	view->status = ECO_OPEN;
	view->render = RENDER_PENDING;
	view->created_at = event->occurred_at;
}

static void
on_status(EcoView *view, const StoredEvent *event)
{
	char *to = json_get_text(event->payload, "to");
	int status = to ? machine_state(&eco_status_machine, to) : -1;

	if (status >= 0)
		view->status = status;
	view->reason = json_get_text(event->payload, "reason");
}

static void
on_render_status(EcoView *view, const StoredEvent *event)
{
	char *to = json_get_text(event->payload, "to");
	int status = to ? machine_state(&render_status_machine, to) : -1;
	char *task = json_get_text(event->payload, "project_task_id");

	if (status >= 0)
		view->render = status;
	if (task != NULL)
		view->render_task_id = task;
}

static const struct
{
	const char *event_type;
	void (*fold)(EcoView *, const StoredEvent *);
} folds[] = {
	{"ECOCreatedEvent", on_created},
	{"StatusUpdatedEvent", on_status},
	{"RenderIntegrationStatusUpdatedEvent", on_render_status},
};

static void
fold(void *state, const StoredEvent *event)
{
	EcoView *view = state;

	for (int i = 0; i < lengthof(folds); i++)
		if (strcmp(folds[i].event_type, event->event_type) == 0)
			folds[i].fold(view, event);
	view->version = event->version;
	view->updated_at = event->occurred_at;
}

bool
eco_view_load(const pg_uuid_t *eco_id, EcoView *view)
{
	memset(view, 0, sizeof(*view));
	view->eco_id = *eco_id;
	(void) stream_replay(eco_id, 0, DT_NOEND, fold, view);
	return view->version > 0 && view->job_id != NULL;
}
