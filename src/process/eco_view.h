/*
 * eco_view.h
 *		An ECO as people see it, folded from its own events.
 */
#ifndef STRIKE_ECO_VIEW_H
#define STRIKE_ECO_VIEW_H

#include "domain/eco_phase.h"
#include "store/stream.h"

typedef struct EcoView
{
	pg_uuid_t eco_id;
	int32 version; /* 0 = unknown ECO */
	char *job_id;
	char *noc_tenant;
	char *osp_tenant;
	char *job_type;
	char *description;
	Jsonb *location; /* GeoJSON */
	EcoStatus status;
	RenderStatus render;
	char *render_task_id;
	char *reason; /* of the last change of status */
	TimestampTz created_at;
	TimestampTz updated_at;
} EcoView;

/*
 * Replays the ECO's stream as the caller's snapshot sees it (SPI connected); false when there
 * is no such ECO.  Strings live in the current memory context.
 */
extern bool eco_view_load(const pg_uuid_t *eco_id, EcoView *view);

#endif
