/*
 * render_process.c
 *		The table of the Render process, and the meaning of answers.
 */
#include <stdio.h>

#include "domain/render_process.h"

static const char *const states[] = {"NONE",   "DUE",	 "SENT",   "UNKNOWN",
									 "ASKING", "TASKED", "FAILED", "MISSING"};
static const char *const events[] = {
	"start", "intend", "made",		"refused",	  "not now",	"lost",	   "trouble",
	"ask",	 "found",  "not found", "ask failed", "owner died", "give up", "retry",
};

#define TASKED "RenderIntegrationStatusUpdatedEvent to TASKED"
#define FAILED "RenderIntegrationStatusUpdatedEvent to FAILED"
#define PENDING "RenderIntegrationStatusUpdatedEvent to PENDING"

#define NO_ORDER "the order does not exist"
#define NOT_ASKED "the list is not being read"
#define NOT_SENT "no request is under way"

/* What a finished task says to every answer that comes late: nothing changes. */
#define LATE_ANSWERS(state)                                                                        \
	{state, RP_REFUSED, state, NULL, NULL}, {state, RP_NOT_NOW, state, NULL, NULL},                \
		{state, RP_LOST, state, NULL, NULL}, {state, RP_TROUBLE, state, NULL, NULL},               \
		{state, RP_NOT_FOUND, state, NULL, NULL}, {state, RP_ASK_FAILED, state, NULL, NULL},       \
	{                                                                                              \
		state, RP_OWNER_DIED, state, NULL, NULL                                                    \
	}

static const Step steps[] = {
	{RP_NONE, RP_START, RP_DUE, NULL, NULL},
	{RP_NONE, RP_INTEND, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_MADE, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_REFUSED, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_NOT_NOW, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_LOST, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_TROUBLE, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_ASK, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_FOUND, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_NOT_FOUND, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_ASK_FAILED, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_OWNER_DIED, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_GIVE_UP, REFUSED, NULL, NO_ORDER},
	{RP_NONE, RP_RETRY, REFUSED, NULL, NO_ORDER},

	{RP_DUE, RP_START, RP_DUE, NULL, NULL}, /* the event came twice */
	{RP_DUE, RP_INTEND, RP_SENT, NULL, NULL},
	{RP_DUE, RP_MADE, RP_TASKED, TASKED, NULL},	   /* an answer believed lost came after all */
	{RP_DUE, RP_REFUSED, RP_FAILED, FAILED, NULL}, /* no instance to post to */
	{RP_DUE, RP_NOT_NOW, RP_DUE, NULL, NULL},
	{RP_DUE, RP_LOST, REFUSED, NULL, NOT_SENT},
	{RP_DUE, RP_TROUBLE, REFUSED, NULL, NOT_SENT},
	{RP_DUE, RP_ASK, REFUSED, NULL, "nothing was sent that could be asked after"},
	{RP_DUE, RP_FOUND, RP_TASKED, TASKED, NULL},
	{RP_DUE, RP_NOT_FOUND, RP_DUE, NULL, NULL},
	{RP_DUE, RP_ASK_FAILED, RP_DUE, NULL, NULL},
	{RP_DUE, RP_OWNER_DIED, RP_DUE, NULL, NULL},
	{RP_DUE, RP_GIVE_UP, RP_FAILED, FAILED, NULL},
	{RP_DUE, RP_RETRY, REFUSED, NULL, "the work system is being tried right now"},

	{RP_SENT, RP_START, RP_SENT, NULL, NULL},
	{RP_SENT, RP_INTEND, REFUSED, NULL, "a request is under way"},
	{RP_SENT, RP_MADE, RP_TASKED, TASKED, NULL},
	{RP_SENT, RP_REFUSED, RP_FAILED, FAILED, NULL},
	{RP_SENT, RP_NOT_NOW, RP_DUE, NULL, NULL},
	{RP_SENT, RP_LOST, RP_UNKNOWN, NULL, NULL},
	{RP_SENT, RP_TROUBLE, RP_UNKNOWN, NULL, NULL},
	{RP_SENT, RP_ASK, REFUSED, NULL, "a request is under way"},
	{RP_SENT, RP_FOUND, RP_TASKED, TASKED, NULL},
	{RP_SENT, RP_NOT_FOUND, RP_SENT, NULL, NULL},
	{RP_SENT, RP_ASK_FAILED, RP_SENT, NULL, NULL},
	{RP_SENT, RP_OWNER_DIED, RP_UNKNOWN, NULL, NULL},
	{RP_SENT, RP_GIVE_UP, RP_MISSING, FAILED, NULL},
	{RP_SENT, RP_RETRY, REFUSED, NULL, "the work system is being tried right now"},

	{RP_UNKNOWN, RP_START, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_INTEND, REFUSED, NULL, "what was sent is asked after first"},
	{RP_UNKNOWN, RP_MADE, RP_TASKED, TASKED, NULL},
	{RP_UNKNOWN, RP_REFUSED, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_NOT_NOW, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_LOST, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_TROUBLE, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_ASK, RP_ASKING, NULL, NULL},
	{RP_UNKNOWN, RP_FOUND, RP_TASKED, TASKED, NULL},
	{RP_UNKNOWN, RP_NOT_FOUND, RP_DUE, NULL, NULL},
	{RP_UNKNOWN, RP_ASK_FAILED, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_OWNER_DIED, RP_UNKNOWN, NULL, NULL},
	{RP_UNKNOWN, RP_GIVE_UP, RP_MISSING, FAILED, NULL},
	{RP_UNKNOWN, RP_RETRY, REFUSED, NULL, "the work system is being tried right now"},

	{RP_ASKING, RP_START, RP_ASKING, NULL, NULL},
	{RP_ASKING, RP_INTEND, REFUSED, NULL, "what was sent is asked after first"},
	{RP_ASKING, RP_MADE, RP_TASKED, TASKED, NULL},
	{RP_ASKING, RP_REFUSED, RP_ASKING, NULL, NULL},
	{RP_ASKING, RP_NOT_NOW, RP_ASKING, NULL, NULL},
	{RP_ASKING, RP_LOST, RP_ASKING, NULL, NULL},
	{RP_ASKING, RP_TROUBLE, RP_ASKING, NULL, NULL},
	{RP_ASKING, RP_ASK, REFUSED, NULL, "the list is being read"},
	{RP_ASKING, RP_FOUND, RP_TASKED, TASKED, NULL},
	{RP_ASKING, RP_NOT_FOUND, RP_DUE, NULL, NULL},
	{RP_ASKING, RP_ASK_FAILED, RP_UNKNOWN, NULL, NULL},
	{RP_ASKING, RP_OWNER_DIED, RP_UNKNOWN, NULL, NULL},
	{RP_ASKING, RP_GIVE_UP, RP_MISSING, FAILED, NULL},
	{RP_ASKING, RP_RETRY, REFUSED, NULL, "the work system is being tried right now"},

	{RP_TASKED, RP_START, RP_TASKED, NULL, NULL},
	{RP_TASKED, RP_INTEND, REFUSED, NULL, "the task exists already"},
	{RP_TASKED, RP_MADE, RP_TASKED, NULL, NULL},
	{RP_TASKED, RP_ASK, REFUSED, NULL, "the task is known"},
	{RP_TASKED, RP_FOUND, RP_TASKED, NULL, NULL},
	{RP_TASKED, RP_GIVE_UP, RP_TASKED, NULL, NULL},
	{RP_TASKED, RP_RETRY, REFUSED, NULL, "the task exists in the work system already"},
	LATE_ANSWERS(RP_TASKED),

	{RP_FAILED, RP_START, RP_FAILED, NULL, NULL},
	{RP_FAILED, RP_INTEND, REFUSED, NULL, "given up: an operator may retry"},
	{RP_FAILED, RP_MADE, RP_TASKED, TASKED, NULL},
	{RP_FAILED, RP_ASK, REFUSED, NULL, "nothing was sent that could be asked after"},
	{RP_FAILED, RP_FOUND, RP_TASKED, TASKED, NULL},
	{RP_FAILED, RP_GIVE_UP, RP_FAILED, NULL, NULL},
	{RP_FAILED, RP_RETRY, RP_DUE, PENDING, NULL},
	LATE_ANSWERS(RP_FAILED),

	/* given up, but something may be there: it is asked after until the answer is known */
	{RP_MISSING, RP_START, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_INTEND, REFUSED, NULL, "given up: an operator may retry"},
	{RP_MISSING, RP_MADE, RP_TASKED, TASKED, NULL},
	{RP_MISSING, RP_REFUSED, RP_FAILED, NULL, NULL},
	{RP_MISSING, RP_NOT_NOW, RP_FAILED, NULL, NULL},
	{RP_MISSING, RP_LOST, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_TROUBLE, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_ASK, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_FOUND, RP_TASKED, TASKED, NULL},
	{RP_MISSING, RP_NOT_FOUND, RP_FAILED, NULL, NULL},
	{RP_MISSING, RP_ASK_FAILED, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_OWNER_DIED, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_GIVE_UP, RP_MISSING, NULL, NULL},
	{RP_MISSING, RP_RETRY, RP_UNKNOWN, PENDING, NULL},
};

const Machine render_process_machine = {
	"Render process", states, RP_STATES, events, RP_EVENTS, steps, sizeof(steps) / sizeof(steps[0]),
};

RenderEvent
render_reply(const RenderReply *r)
{
	if (r->not_sent)
		return RP_NOT_NOW;
	if (!r->answered)
		return RP_LOST;
	switch (r->http_status)
	{
		case 200:
		case 201:
			return r->has_task_id ? RP_MADE : RP_LOST;
		case 409:
			return r->has_task_id ? RP_MADE : r->duplicate ? RP_LOST : RP_REFUSED;
		case 401:
		case 429:
			return RP_NOT_NOW;
		case 408:
			return RP_LOST;
		default:
			if (r->http_status >= 400 && r->http_status < 500)
				return RP_REFUSED;
			return r->http_status >= 500 ? RP_TROUBLE : RP_LOST; /* else it makes no sense */
	}
}

long
render_backoff_ms(int attempt)
{
	static const long steps_ms[] = {0, 500, 1000, 2000, 4000, 8000, 15000};
	int last = sizeof(steps_ms) / sizeof(steps_ms[0]) - 1;

	return steps_ms[attempt < 0 ? 0 : attempt > last ? last : attempt];
}

void
render_error_words(const RenderReply *r, char *out, size_t size)
{
	if (r->not_sent)
		snprintf(out, size, "the work system can't be reached");
	else if (!r->answered)
		snprintf(out, size, "the work system did not answer in time");
	else if (r->http_status == 401 || r->http_status == 403)
		snprintf(out, size, "the work system refuses our credentials (HTTP %d)", r->http_status);
	else if (r->http_status == 429)
		snprintf(out, size, "the work system asks us to slow down (HTTP 429)");
	else if (r->http_status >= 500)
		snprintf(out, size, "the work system has trouble of its own (HTTP %d)", r->http_status);
	else if (r->http_status >= 400)
		snprintf(out, size, "the work system refuses the task (HTTP %d)", r->http_status);
	else
		snprintf(out, size, "the work system's answer makes no sense (HTTP %d)", r->http_status);
}
