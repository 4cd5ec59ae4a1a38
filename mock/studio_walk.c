/*
 * studio_walk.c
 *		Walks the flow from widget to widget, within Studio's own limits.
 */
#include "studio.h"

#include "faults.h"
#include "memory.h"
#include "person.h"

#include <stdlib.h>
#include <string.h>

#define START_SECONDS 0.1 /* from the request to the first widget */
#define STEPS_MAX 1000	  /* Studio's: steps of an execution ... */
#define VISITS_MAX 10	  /* ... and how often it plays one widget (there: in a row) */

static void
end_if_through(void *arg)
{
	Execution *execution = arg;

	if (execution->finished && !execution->ended && callback_idle(execution->line))
		studio_ended(execution);
}

/* Nothing more is played: hangs up, and ends as soon as the reports are out. */
void
studio_finish(Execution *execution)
{
	if (execution->finished)
		return;
	execution->finished = true;
	execution->at = NULL;
	timer_cancel(&execution->timer);
	phone_hang_up(execution->phone);
	end_if_through(execution);
}

static void
stop_at(Execution *execution, const char *why)
{
	eco_step(execution->phone->eco, "the flow is stopped at %s: %s", execution->at->name, why);
	studio_finish(execution);
}

/* A line of the Steps resource. */
static void
trace(Execution *execution, const char *event, const FlowWidget *to)
{
	const char *from = execution->at != NULL ? execution->at->name : flow_start()->name;
	char sid[ID_TEXT];

	id_sid("FT", sid);
	json_array_append_new(
		execution->trace,
		json_pack("[s, s, s, s, I]", sid, event, from, to != NULL ? to->name : "Ended",
				  (json_int_t) faults_wall_ms(PROVIDER_TWILIO, execution->orders[0].eco)));
}

void
studio_follow(Execution *execution, const char *event, const FlowWidget *widget)
{
	if (execution->finished || execution->ended)
		return;
	trace(execution, event, widget);
	execution->at = widget;
	execution->updated_ms = faults_wall_ms(PROVIDER_TWILIO, execution->orders[0].eco);
	if (widget == NULL)
		studio_finish(execution);
	else if (++execution->steps > STEPS_MAX)
		stop_at(execution, "more than 1000 steps");
	else if (++execution->visits[widget->index] > VISITS_MAX)
		stop_at(execution, "played more than 10 times");
	else
		studio_play(execution);
}

void
studio_go(Execution *execution, const char *event)
{
	if (execution->at != NULL)
		studio_follow(execution, event, flow_next(execution->at, event));
}

static void
begin(void *arg)
{
	Execution *execution = arg;

	execution->timer = NULL;
	studio_follow(execution, "incomingRequest", flow_next(flow_start(), "incomingRequest"));
}

void
studio_walk(Execution *execution, const char *auth_token)
{
	StudioOrder *first = &execution->orders[0];

	execution->variables = json_object();
	execution->widgets = json_object();
	execution->trace = json_array();
	execution->visits = memory_zeroed((size_t) flow_widget_count() * sizeof(int));
	execution->line = callback_line(auth_token, end_if_through, execution);
	/* An HTTP Request widget waits 10 s and doesn't repeat: the flow's further widgets do. */
	callback_rules(execution->line, 0, 10000);
	execution->phone = phone_new(first->eco, execution->account_sid, execution->to, execution->from,
								 first->attempt_id, &studio_listener, execution);
	for (int i = 0; i < execution->order_count; i++)
	{
		phone_concerns(execution->phone, execution->orders[i].eco);
		if (person_answers(execution->orders[i].eco, execution->to))
			execution->phone->will_answer = true;
	}
	execution->timer = timer_start(START_SECONDS, begin, execution);
}

void
studio_stop(Execution *execution)
{
	callback_stop(execution->line);
	timer_cancel(&execution->timer);
	execution->finished = true;
	execution->at = NULL;
	phone_hang_up(execution->phone);
	eco_step(execution->phone->eco, "call to %s ended by the API", execution->to);
}

/*
 * The names that Liquid and the Context resource share.  widgets.call is filled from the telephone
 * as soon as it rings.
 */
json_t *
studio_values(const Execution *execution)
{
	json_t *widgets = json_copy(execution->widgets);

	if (execution->phone->started_ms != 0 || execution->phone->ended_ms != 0)
		json_object_set_new(widgets, "call", studio_call_json(execution));
	return json_pack("{s{sO, sO, ss, ss, s{ss}}, s{s{ss}, ss, ss}, so, s{s{ss, ss, sO}}}", "flow",
					 "data", execution->parameters, "variables", execution->variables, "sid",
					 execution->sid, "flow_sid", execution->flow_sid, "channel", "address",
					 execution->from, "contact", "channel", "address", execution->to, "sid",
					 execution->contact_sid, "account_sid", execution->account_sid, "widgets",
					 widgets, "trigger", "request", "to", execution->to, "from", execution->from,
					 "parameters", execution->parameters);
}
