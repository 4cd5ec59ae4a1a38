/*
 * eco_commands.h
 *		Decisions on the ECO aggregate that process managers and commands share.
 */
#ifndef STRIKE_ECO_COMMANDS_H
#define STRIKE_ECO_COMMANDS_H

#include "domain/eco_status.h"
#include "process/eco_view.h"
#include "store/append.h"

/*
 * Appends events decided on this view of the order.  False when somebody was faster: read and
 * decide again (above READ COMMITTED that can't be done, and it is raised as PT409).  actor NULL =
 * the caller.
 */
extern bool eco_append(const EcoView *view, const NewEvent *events, int n, const char *actor);

typedef struct RenderChange
{
	RenderInput input;
	const char *actor; /* NULL = the caller */
	const pg_uuid_t *render_instance;
	const char *project_task_id;
	const char *error;	/* words, for FAILED */
	const char *reason; /* an operator's, for a retry */
} RenderChange;

/*
 * Reads the order, takes the step of the Render integration's table and appends its event;
 * another's append in between makes it read and decide again.  Returns the step taken; a refusal
 * is returned, not raised.  'view' (may be NULL) gets the order as it stands then.  Needs a
 * transaction at READ COMMITTED, SPI connected; PT404 when there is no such order.
 */
extern const Step *
eco_change_render(const pg_uuid_t *eco_id, const RenderChange *change, EcoView *view);

#endif
