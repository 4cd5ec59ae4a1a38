/*
 * studio_widgets.c
 *		What each kind of widget does, and what it leaves in the context.
 */
#include "studio.h"

#include "faults.h"
#include "liquid.h"
#include "memory.h"
#include "person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_BODY_MAX (64 * 1024) /* bytes of an answer that Studio takes */

static char *
rendered(const Execution *execution, const char *template)
{
	json_t *values = studio_values(execution);
	char *text = liquid_render(template, values);

	json_decref(values);
	return text;
}

static StudioOrder *
order_of(Execution *execution, const FlowWidget *widget)
{
	int n = widget->order <= execution->order_count ? widget->order : 1;

	return &execution->orders[n - 1];
}

/* --- make-http-request ------------------------------------------------------------------------ */

static void
on_answered(const FetchAnswer *answer, void *arg)
{
	Execution *execution = arg;
	const FlowWidget *widget = execution->at;
	json_t *left = json_object();
	json_t *parsed;
	bool good = answer->outcome == FETCH_BELIEVED ||
				(answer->outcome == FETCH_ANSWERED && answer->status >= 200 &&
				 answer->status < 300 && answer->length <= ANSWER_BODY_MAX);

	if (widget == NULL || widget->type != FLOW_REQUEST)
	{
		json_decref(left);
		return; /* ended meanwhile */
	}
	json_object_set_new(left, "status_code", json_integer(answer->status));
	json_object_set_new(left, "content_type", json_string(answer->content_type));
	if (good && answer->length > 0)
	{
		/* objects only */
		parsed = json_loadb(answer->body, answer->length, JSON_REJECT_DUPLICATES, NULL);
		json_object_set_new(left, "body", json_stringn(answer->body, answer->length));
		if (json_is_object(parsed))
			json_object_set(left, "parsed", parsed);
		json_decref(parsed);
	}
	json_object_set_new(execution->widgets, widget->name, left);
	studio_go(execution, good ? "success" : "failed");
}

/* Whose report it is: the order's that has this URL. */
static const StudioOrder *
reported(Execution *execution, const char *url)
{
	for (int i = 0; i < execution->order_count; i++)
	{
		const char *own = execution->orders[i].callback_url;

		if (own != NULL && strcmp(own, url) == 0)
			return &execution->orders[i];
	}
	return order_of(execution, execution->at);
}

static void
play_request(Execution *execution)
{
	const FlowWidget *widget = execution->at;
	const json_t *pairs = json_object_get(widget->properties, "parameters");
	char *url = rendered(execution, flow_text(widget, "url"));
	const StudioOrder *order = reported(execution, url);
	Form form = {NULL, 0};

	for (size_t i = 0; i < json_array_size(pairs); i++)
	{
		const json_t *pair = json_array_get(pairs, i);
		char *value = rendered(execution, json_string_value(json_object_get(pair, "value")));

		form_add(&form, json_string_value(json_object_get(pair, "key")), value);
		free(value);
	}
	callback_send(execution->line, order->eco, order->attempt_id, url, &form, on_answered,
				  execution);
	form_free(&form);
	free(url);
}

/* --- make-outgoing-call-v2 -------------------------------------------------------------------- */

json_t *
studio_call_json(const Execution *execution)
{
	const Phone *phone = execution->phone;
	json_t *call =
		json_pack("{ss, ss, ss, ss, ss}", "sid", phone->call_sid, "CallSid", phone->call_sid,
				  "CallStatus", phone_status(phone), "To", execution->to, "From", execution->from);

	if (phone->answered_ms != 0)
		json_object_set_new(call, "AnsweredBy",
							json_string(phone->machine ? "machine_start" : "human"));
	return call;
}

static void
play_call(Execution *execution)
{
	Phone *phone = execution->phone;

	phone->ring_s = flow_number(execution->at, "timeout", PHONE_RING_SECONDS);
	phone_dial(phone, 0);
}

static void
detected(void *arg)
{
	Execution *execution = arg;

	execution->timer = NULL;
	studio_go(execution, "answered");
}

static void
on_picked_up(Phone *phone)
{
	Execution *execution = phone->owner;

	if (phone->machine &&
		json_is_true(json_object_get(execution->at->properties, "detect_answering_machine")))
		execution->timer = timer_start(PHONE_DETECTION_SECONDS, detected, execution);
	else
		studio_go(execution, "answered");
}

/* Somebody hung up: Studio plays nothing more.  A call that wasn't answered goes on without it. */
static void
on_ended(Phone *phone)
{
	Execution *execution = phone->owner;

	if (execution->finished)
		return;
	if (phone->answered_ms != 0)
	{
		timer_cancel(&execution->timer);
		eco_step(phone->eco, "%s hung up", phone->to);
		if (execution->at == NULL || execution->at->type != FLOW_REQUEST)
			studio_finish(execution);
		return;
	}
	eco_step(phone->eco, "%s: %s", phone->to, phone_status(phone));
	if (execution->at == NULL || execution->at->type != FLOW_CALL)
		return;
	switch (phone->end)
	{
		case PHONE_BUSY:
			studio_go(execution, "busy");
			break;
		case PHONE_NO_ANSWER:
			studio_go(execution, "noAnswer");
			break;
		case PHONE_COMPLETED:
		case PHONE_FAILED:
		case PHONE_CANCELED:
			studio_go(execution, "failed");
			break;
	}
}

/* --- gather-input-on-call, say-play ----------------------------------------------------------- */

static void
play_gather(Execution *execution)
{
	const FlowWidget *widget = execution->at;
	const StudioOrder *order = order_of(execution, widget);
	char *text = rendered(execution, flow_text(widget, "say"));
	const char *finish = flow_text(widget, "finish_on_key");
	double silence = flow_number(widget, "timeout", 5) * flow_number(widget, "loop", 1);
	json_t *left = json_object();

	if (execution->phone->state != PHONE_TALKING)
	{
		json_decref(left);
		free(text);
		studio_finish(execution);
		return;
	}
	if (order->attempt_id != NULL)
		json_object_set_new(left, "attempt_id", json_string(order->attempt_id));
	json_object_set_new(execution->widgets, widget->name, left);
	phone_says(execution->phone, text);
	free(text);
	phone_ask(execution->phone, person_key(order->eco, execution->to),
			  (int) flow_number(widget, "number_of_digits", 0), finish[0], silence);
}

static void
on_pressed(Phone *phone)
{
	Execution *execution = phone->owner;
	const FlowWidget *widget = execution->at;
	const StudioOrder *order;

	if (widget == NULL || widget->type != FLOW_GATHER)
		return;
	order = order_of(execution, widget);
	person_said(order->eco, phone, phone->digits);
	if (phone->digits[0] != '\0')
		json_object_set_new(json_object_get(execution->widgets, widget->name), "Digits",
							json_string(phone->digits));
	studio_go(execution, phone->digits[0] != '\0' ? "keypress" : "timeout");
}

static void
spoken(void *arg)
{
	Execution *execution = arg;

	execution->timer = NULL;
	studio_go(execution, "audioComplete");
}

static void
play_say(Execution *execution)
{
	char *text = rendered(execution, flow_text(execution->at, "say"));
	double seconds = phone_speech_seconds(text) * flow_number(execution->at, "loop", 1);

	if (execution->phone->state == PHONE_TALKING)
	{
		phone_says(execution->phone, text);
		execution->timer = timer_start(seconds, spoken, execution);
	}
	else
		studio_finish(execution); /* there is nobody to say it to */
	free(text);
}

/* --- split-based-on, set-variables ------------------------------------------------------------ */

static bool
listed(const char *list, const char *value)
{
	size_t length = strlen(value);

	for (const char *p = list; length > 0; p += strcspn(p, ",") + 1)
	{
		p += strspn(p, " ");
		if (strncmp(p, value, length) == 0 && (p[length] == ',' || p[length] == '\0'))
			return true;
		if (p[strcspn(p, ",")] == '\0')
			break;
	}
	return false;
}

static bool
holds(const Execution *execution, const json_t *condition)
{
	const char *type = json_string_value(json_object_get(condition, "type"));
	const char *compared = json_string_value(json_object_get(condition, "value"));
	const char *argument =
		json_string_value(json_array_get(json_object_get(condition, "arguments"), 0));
	char *value = rendered(execution, argument != NULL ? argument : "");
	bool result = strcmp(type, "equal_to") == 0			? strcasecmp(value, compared) == 0
				  : strcmp(type, "matches_any_of") == 0 ? listed(compared, value)
														: value[strspn(value, " \t\r\n")] != '\0';

	free(value);
	return result;
}

static void
play_split(Execution *execution)
{
	const FlowWidget *widget = execution->at;

	for (size_t i = 0; i < json_array_size(widget->transitions); i++)
	{
		const json_t *transition = json_array_get(widget->transitions, i);
		const json_t *conditions = json_object_get(transition, "conditions");
		bool all = json_array_size(conditions) > 0;

		for (size_t k = 0; k < json_array_size(conditions); k++)
			all = all && holds(execution, json_array_get(conditions, k));
		if (all)
		{
			studio_follow(execution, "match", flow_target(transition));
			return;
		}
	}
	studio_go(execution, "noMatch");
}

static void
play_set(Execution *execution)
{
	const json_t *pairs = json_object_get(execution->at->properties, "variables");

	for (size_t i = 0; i < json_array_size(pairs); i++)
	{
		const json_t *pair = json_array_get(pairs, i);
		char *value = rendered(execution, json_string_value(json_object_get(pair, "value")));

		json_object_set_new(execution->variables, json_string_value(json_object_get(pair, "key")),
							json_string(value));
		free(value);
	}
	studio_go(execution, "next");
}

const PhoneListener studio_listener = {NULL, NULL, on_picked_up, on_pressed, on_ended};

void
studio_play(Execution *execution)
{
	switch (execution->at->type)
	{
		case FLOW_REQUEST:
			play_request(execution);
			break;
		case FLOW_CALL:
			play_call(execution);
			break;
		case FLOW_GATHER:
			play_gather(execution);
			break;
		case FLOW_SPLIT:
			play_split(execution);
			break;
		case FLOW_SAY:
			play_say(execution);
			break;
		case FLOW_SET:
			play_set(execution);
			break;
		case FLOW_TRIGGER:
		case FLOW_TYPE_COUNT:
			studio_finish(execution);
			break;
	}
}
