/*
 * pager_process.c
 *		The process manager's table and decisions.
 */
#include <stdio.h>
#include <string.h>

#include "domain/eco_create.h"
#include "domain/pager_process.h"

static const char *const states[] = {"NONE", "PENDING", "RUNNING", "COMPLETED"};
static const char *const inputs[] = {
	"start",	"call",		 "line busy",  "activity",	"attempt ended",
	"accepted", "all tried", "can't page", "take over", "cancel",
};

#define NO_RUN "the run does not exist"
#define OVER "the run is over"

static const Step steps[] = {
	{PP_NONE, PI_START, PP_PENDING, NULL, NULL},
	{PP_NONE, PI_CALL, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_WAIT, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_ACTIVITY, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_ENDED, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_ACCEPTED, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_ALL_TRIED, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_CANT_PAGE, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_TAKE_OVER, REFUSED, NULL, NO_RUN},
	{PP_NONE, PI_CANCEL, REFUSED, NULL, NO_RUN},

	{PP_PENDING, PI_START, PP_PENDING, NULL, NULL}, /* the event came twice */
	{PP_PENDING, PI_CALL, PP_RUNNING, NULL, NULL},
	{PP_PENDING, PI_WAIT, PP_PENDING, NULL, NULL},
	{PP_PENDING, PI_ACTIVITY, REFUSED, NULL, "nobody was called yet"},
	{PP_PENDING, PI_ENDED, REFUSED, NULL, "nobody was called yet"},
	{PP_PENDING, PI_ACCEPTED, PP_COMPLETED, NULL, NULL}, /* by a key press in an earlier run */
	{PP_PENDING, PI_ALL_TRIED, PP_COMPLETED, NULL, NULL},
	{PP_PENDING, PI_CANT_PAGE, PP_COMPLETED, NULL, NULL},
	{PP_PENDING, PI_TAKE_OVER, PP_COMPLETED, NULL, NULL},
	{PP_PENDING, PI_CANCEL, PP_COMPLETED, NULL, NULL},

	{PP_RUNNING, PI_START, PP_RUNNING, NULL, NULL},
	{PP_RUNNING, PI_CALL, PP_RUNNING, NULL, NULL},
	{PP_RUNNING, PI_WAIT, PP_RUNNING, NULL, NULL},
	{PP_RUNNING, PI_ACTIVITY, PP_RUNNING, NULL, NULL},
	{PP_RUNNING, PI_ENDED, PP_RUNNING, NULL, NULL},
	{PP_RUNNING, PI_ACCEPTED, PP_COMPLETED, NULL, NULL},
	{PP_RUNNING, PI_ALL_TRIED, PP_COMPLETED, NULL, NULL},
	{PP_RUNNING, PI_CANT_PAGE, PP_COMPLETED, NULL, NULL},
	{PP_RUNNING, PI_TAKE_OVER, PP_COMPLETED, NULL, NULL},
	{PP_RUNNING, PI_CANCEL, PP_COMPLETED, NULL, NULL},

	{PP_COMPLETED, PI_START, PP_COMPLETED, NULL, NULL},
	{PP_COMPLETED, PI_CALL, REFUSED, NULL, OVER},
	{PP_COMPLETED, PI_WAIT, REFUSED, NULL, OVER},
	{PP_COMPLETED, PI_ACTIVITY, PP_COMPLETED, NULL, NULL},
	{PP_COMPLETED, PI_ENDED, PP_COMPLETED, NULL, NULL},
	/* late, and counted: the outcome becomes DISPATCHED */
	{PP_COMPLETED, PI_ACCEPTED, PP_COMPLETED, NULL, NULL},
	{PP_COMPLETED, PI_ALL_TRIED, REFUSED, NULL, OVER},
	{PP_COMPLETED, PI_CANT_PAGE, REFUSED, NULL, OVER},
	{PP_COMPLETED, PI_TAKE_OVER, PP_COMPLETED, NULL, NULL},
	{PP_COMPLETED, PI_CANCEL, PP_COMPLETED, NULL, NULL},
};

const Machine pager_process_machine = {
	"pager process",
	states,
	PROCESS_STATES,
	inputs,
	PROCESS_INPUTS,
	steps,
	sizeof(steps) / sizeof(steps[0]),
};

PagerPlan
pager_plan(const PlanContact *contacts, int n, int64_t now, int64_t patience)
{
	PagerPlan plan = {PLAN_ALL_TRIED, -1, 0};

	for (int i = 0; i < n; i++)
	{
		const PlanContact *c = &contacts[i];

		if (c->tried)
			continue;
		plan.which = i;
		if (!c->line_busy)
			plan.action = PLAN_CALL;
		else if (c->waiting_since == 0)
		{
			plan.action = PLAN_WAIT;
			plan.until = now + patience;
		}
		else if (now < c->waiting_since + patience)
		{
			plan.action = PLAN_WAIT;
			plan.until = c->waiting_since + patience;
		}
		else
			plan.action = PLAN_POSTPONE;
		break;
	}
	return plan;
}

int64_t
pager_deadline(int64_t intent_at, int64_t active_at, int64_t deadline)
{
	int64_t until = (active_at > intent_at ? active_at : intent_at) + deadline;
	int64_t most = intent_at + PAGER_STRETCH * deadline;

	return until < most ? until : most;
}

int64_t
pager_turn(int64_t *next, int64_t now, int64_t interval, int64_t burst)
{
	int64_t ahead = burst > interval ? burst - interval : 0;
	int64_t begins = *next > now ? *next : now;
	int64_t turn = begins - ahead;

	*next = begins + interval;
	return turn > now ? turn : now;
}

void
pager_message(const char *job_id, const char *description, char *out, size_t size)
{
	size_t length;

	snprintf(out, size, "NOC: ECO %ld - %s", job_id_number(job_id), description);
	length = strlen(out);
	if (length + 1 == size)
	{
		/* cut: not within a character */
		while (length > 0 && ((unsigned char) out[length - 1] & 0xC0) == 0x80)
			length--;
		if (length > 0 && ((unsigned char) out[length - 1] & 0x80))
			length--;
		out[length] = '\0';
	}
}
