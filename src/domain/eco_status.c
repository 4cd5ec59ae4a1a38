/*
 * eco_status.c
 *		The ECO's transition tables.
 */
#include "domain/eco_status.h"

static const char *const eco_states[] = {"NONE",	  "OPEN",		   "IN_PROGRESS",
										 "COMPLETED", "HARD_COMPLETE", "CANCELED"};
static const char *const eco_inputs[] = {
	"create", "field work", "all tasks completed", "new work", "grace over", "cancel", "reopen"};

#define CREATED "ECOCreatedEvent"
#define STATUS "StatusUpdatedEvent"
#define STATUS_TWICE "StatusUpdatedEvent, StatusUpdatedEvent"

/*
 * "Nothing happens" is a step to the same state that emits nothing: an observation that is
 * already known.  A refusal is an error for whoever asked.
 */
static const Step eco_steps[] = {
	{ECO_NONE, ECO_CREATE, ECO_OPEN, CREATED, NULL},
	{ECO_NONE, ECO_FIELD_WORK, REFUSED, NULL, "the order does not exist"},
	{ECO_NONE, ECO_ALL_COMPLETED, REFUSED, NULL, "the order does not exist"},
	{ECO_NONE, ECO_NEW_WORK, REFUSED, NULL, "the order does not exist"},
	{ECO_NONE, ECO_GRACE_OVER, REFUSED, NULL, "the order does not exist"},
	{ECO_NONE, ECO_CANCEL, REFUSED, NULL, "the order does not exist"},
	{ECO_NONE, ECO_REOPEN, REFUSED, NULL, "the order does not exist"},

	{ECO_OPEN, ECO_CREATE, REFUSED, NULL, "the order exists already"},
	{ECO_OPEN, ECO_FIELD_WORK, ECO_IN_PROGRESS, STATUS, NULL},
	/* a poll that finds all done at once appends both transitions together */
	{ECO_OPEN, ECO_ALL_COMPLETED, ECO_COMPLETED, STATUS_TWICE, NULL},
	{ECO_OPEN, ECO_NEW_WORK, ECO_OPEN, NULL, NULL},
	{ECO_OPEN, ECO_GRACE_OVER, REFUSED, NULL, "no grace period is running"},
	{ECO_OPEN, ECO_CANCEL, ECO_CANCELED, STATUS, NULL},
	{ECO_OPEN, ECO_REOPEN, REFUSED, NULL, "the order is open"},

	{ECO_IN_PROGRESS, ECO_CREATE, REFUSED, NULL, "the order exists already"},
	{ECO_IN_PROGRESS, ECO_FIELD_WORK, ECO_IN_PROGRESS, NULL, NULL},
	{ECO_IN_PROGRESS, ECO_ALL_COMPLETED, ECO_COMPLETED, STATUS, NULL},
	{ECO_IN_PROGRESS, ECO_NEW_WORK, ECO_IN_PROGRESS, NULL, NULL},
	{ECO_IN_PROGRESS, ECO_GRACE_OVER, REFUSED, NULL, "no grace period is running"},
	{ECO_IN_PROGRESS, ECO_CANCEL, ECO_CANCELED, STATUS, NULL},
	{ECO_IN_PROGRESS, ECO_REOPEN, REFUSED, NULL, "the order is in progress"},

	{ECO_COMPLETED, ECO_CREATE, REFUSED, NULL, "the order exists already"},
	{ECO_COMPLETED, ECO_FIELD_WORK, ECO_COMPLETED, NULL, NULL},
	{ECO_COMPLETED, ECO_ALL_COMPLETED, ECO_COMPLETED, NULL, NULL},
	{ECO_COMPLETED, ECO_NEW_WORK, ECO_IN_PROGRESS, STATUS, NULL},
	{ECO_COMPLETED, ECO_GRACE_OVER, ECO_HARD_COMPLETE, STATUS, NULL},
	{ECO_COMPLETED, ECO_CANCEL, ECO_CANCELED, STATUS, NULL},
	{ECO_COMPLETED, ECO_REOPEN, REFUSED, NULL,
	 "the order is under observation and goes back by itself when work appears"},

	{ECO_HARD_COMPLETE, ECO_CREATE, REFUSED, NULL, "the order exists already"},
	{ECO_HARD_COMPLETE, ECO_FIELD_WORK, REFUSED, NULL, "the order is closed"},
	{ECO_HARD_COMPLETE, ECO_ALL_COMPLETED, REFUSED, NULL, "the order is closed"},
	{ECO_HARD_COMPLETE, ECO_NEW_WORK, REFUSED, NULL, "the order is closed"},
	{ECO_HARD_COMPLETE, ECO_GRACE_OVER, REFUSED, NULL, "the order is closed"},
	{ECO_HARD_COMPLETE, ECO_CANCEL, REFUSED, NULL, "the order is closed"},
	{ECO_HARD_COMPLETE, ECO_REOPEN, ECO_IN_PROGRESS, STATUS, NULL},

	{ECO_CANCELED, ECO_CREATE, REFUSED, NULL, "the order exists already"},
	{ECO_CANCELED, ECO_FIELD_WORK, REFUSED, NULL, "the order is canceled"},
	{ECO_CANCELED, ECO_ALL_COMPLETED, REFUSED, NULL, "the order is canceled"},
	{ECO_CANCELED, ECO_NEW_WORK, REFUSED, NULL, "the order is canceled"},
	{ECO_CANCELED, ECO_GRACE_OVER, REFUSED, NULL, "the order is canceled"},
	{ECO_CANCELED, ECO_CANCEL, REFUSED, NULL, "the order is canceled already"},
	{ECO_CANCELED, ECO_REOPEN, ECO_IN_PROGRESS, STATUS, NULL},
};

const Machine eco_status_machine = {
	"ECO",
	eco_states,
	ECO_STATUSES,
	eco_inputs,
	ECO_INPUTS,
	eco_steps,
	sizeof(eco_steps) / sizeof(eco_steps[0]),
};

const char *
eco_status_words(EcoStatus status)
{
	switch (status)
	{
		case ECO_OPEN:
			return "open";
		case ECO_IN_PROGRESS:
			return "in progress";
		case ECO_COMPLETED:
			return "done, under observation";
		case ECO_HARD_COMPLETE:
			return "closed";
		case ECO_CANCELED:
			return "canceled";
		default:
			return "not there";
	}
}

static const char *const render_states[] = {"NONE", "PENDING", "TASKED", "DISPATCHED", "FAILED"};
static const char *const render_inputs[] = {"created", "task made", "given up", "retry",
											"accepted"};

#define RENDER "RenderIntegrationStatusUpdatedEvent"

static const Step render_steps[] = {
	{RENDER_NONE, RENDER_CREATED, RENDER_PENDING, CREATED, NULL},
	{RENDER_NONE, RENDER_TASK_MADE, REFUSED, NULL, "the order does not exist"},
	{RENDER_NONE, RENDER_GIVEN_UP, REFUSED, NULL, "the order does not exist"},
	{RENDER_NONE, RENDER_RETRY, REFUSED, NULL, "the order does not exist"},
	{RENDER_NONE, RENDER_ACCEPTED, REFUSED, NULL, "the order does not exist"},

	{RENDER_PENDING, RENDER_CREATED, REFUSED, NULL, "the order exists already"},
	{RENDER_PENDING, RENDER_TASK_MADE, RENDER_TASKED, RENDER, NULL},
	{RENDER_PENDING, RENDER_GIVEN_UP, RENDER_FAILED, RENDER, NULL},
	{RENDER_PENDING, RENDER_RETRY, REFUSED, NULL, "the work system is being tried right now"},
	/* a repage while the retry is under way: remembered as accepted_by, the status waits */
	{RENDER_PENDING, RENDER_ACCEPTED, RENDER_PENDING, NULL, NULL},

	{RENDER_TASKED, RENDER_CREATED, REFUSED, NULL, "the order exists already"},
	{RENDER_TASKED, RENDER_TASK_MADE, RENDER_TASKED, NULL, NULL},
	{RENDER_TASKED, RENDER_GIVEN_UP, RENDER_TASKED, NULL, NULL},
	{RENDER_TASKED, RENDER_RETRY, REFUSED, NULL, "the task exists in the work system already"},
	{RENDER_TASKED, RENDER_ACCEPTED, RENDER_DISPATCHED, RENDER, NULL},

	{RENDER_DISPATCHED, RENDER_CREATED, REFUSED, NULL, "the order exists already"},
	{RENDER_DISPATCHED, RENDER_TASK_MADE, RENDER_DISPATCHED, NULL, NULL},
	{RENDER_DISPATCHED, RENDER_GIVEN_UP, RENDER_DISPATCHED, NULL, NULL},
	{RENDER_DISPATCHED, RENDER_RETRY, REFUSED, NULL, "the task exists in the work system already"},
	{RENDER_DISPATCHED, RENDER_ACCEPTED, RENDER_DISPATCHED, NULL, NULL},

	{RENDER_FAILED, RENDER_CREATED, REFUSED, NULL, "the order exists already"},
	{RENDER_FAILED, RENDER_TASK_MADE, RENDER_TASKED, RENDER, NULL}, /* found late */
	{RENDER_FAILED, RENDER_GIVEN_UP, RENDER_FAILED, NULL, NULL},
	{RENDER_FAILED, RENDER_RETRY, RENDER_PENDING, RENDER, NULL},
	/* accepted_by is set; a task found later goes on to DISPATCHED without a second run */
	{RENDER_FAILED, RENDER_ACCEPTED, RENDER_FAILED, NULL, NULL},
};

const Machine render_status_machine = {
	"Render integration",
	render_states,
	RENDER_STATUSES,
	render_inputs,
	RENDER_INPUTS,
	render_steps,
	sizeof(render_steps) / sizeof(render_steps[0]),
};
