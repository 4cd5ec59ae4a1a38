/*
 * eco_status.h
 *		The ECO aggregate's two statuses as machines: its own (what the field work means), and the
 *		internal Render integration status.
 */
#ifndef STRIKE_ECO_STATUS_H
#define STRIKE_ECO_STATUS_H

#include "domain/machine.h"

typedef enum EcoStatus
{
	ECO_NONE,
	ECO_OPEN,
	ECO_IN_PROGRESS,
	ECO_COMPLETED,
	ECO_HARD_COMPLETE,
	ECO_CANCELED,
	ECO_STATUSES
} EcoStatus;

typedef enum EcoInput
{
	ECO_CREATE,
	ECO_FIELD_WORK,	   /* a task is released, jeopardy or completed */
	ECO_ALL_COMPLETED, /* every task of the subsector is completed, and there is one */
	ECO_NEW_WORK,	   /* a task never seen, or one reopened */
	ECO_GRACE_OVER,	   /* grace passed, and a successful poll after it saw no new work */
	ECO_CANCEL,
	ECO_REOPEN,
	ECO_INPUTS
} EcoInput;

typedef enum RenderStatus
{
	RENDER_NONE,
	RENDER_PENDING,
	RENDER_TASKED,
	RENDER_DISPATCHED,
	RENDER_FAILED,
	RENDER_STATUSES
} RenderStatus;

typedef enum RenderInput
{
	RENDER_CREATED,	  /* the ECO was created */
	RENDER_TASK_MADE, /* Render confirmed the task, or it was found there */
	RENDER_GIVEN_UP,  /* refused, or not reached within strike.render_give_up */
	RENDER_RETRY,	  /* strike_retry_render */
	RENDER_ACCEPTED,  /* a contact accepted the page */
	RENDER_INPUTS
} RenderInput;

extern const Machine eco_status_machine;
/* As people say it: "the order is …". */
extern const char *eco_status_words(EcoStatus status);
extern const Machine render_status_machine;

#endif
