/*
 * studio_walk.c
 *		Plays the paging flow: report CALLING, ring, ask for a key an item, report each outcome.
 */
#include "studio.h"

#include "faults.h"
#include "memory.h"
#include "render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
report(Execution *execution, StudioItem *item, const char *event, const char *reason)
{
	Form form = {NULL, 0};
	const Phone *phone = execution->phone;
	char text[24];

	if (item->callback_url == NULL)
		return;
	form_add(&form, "Event", event);
	form_add(&form, "CallSid", phone->call_sid);
	form_add(&form, "AccountSid", execution->account_sid);
	form_add(&form, "ExecutionSid", execution->sid);
	form_add(&form, "FlowSid", execution->flow_sid);
	form_add(&form, "To", execution->to);
	form_add(&form, "From", execution->from);
	form_add(&form, "CallStatus", phone_status(phone));
	snprintf(text, sizeof(text), "%.1s", item->digit != 0 ? &item->digit : "");
	form_add(&form, "Digits", text);
	form_add(&form, "AnsweredBy",
			 phone->answered_ms == 0 ? ""
			 : phone->machine		 ? "machine_start"
									 : "human");
	form_add(&form, "Reason", reason);
	if (item->attempt_id != NULL)
		form_add(&form, "AttemptId", item->attempt_id);
	snprintf(text, sizeof(text), "%d", item->sequence++);
	form_add(&form, "SequenceNumber", text);
	callback_send(execution->line, item->eco, item->attempt_id, item->callback_url, &form, NULL,
				  NULL);
	form_free(&form);
}

static void
settle(Execution *execution, StudioItem *item, const char *event, const char *reason)
{
	if (item->settled)
		return;
	item->settled = true;
	report(execution, item, event, reason);
}

static void
end_if_through(void *arg)
{
	Execution *execution = arg;

	if (execution->finished && !execution->ended && callback_idle(execution->line))
		studio_ended(execution);
}

static void
on_ringing(Phone *phone)
{
	Execution *execution = phone->owner;

	for (int i = 0; i < execution->item_count; i++)
		report(execution, &execution->items[i], "CALLING", "ringing");
}

static void
ask(Execution *execution)
{
	StudioItem *item = &execution->items[execution->item_now];

	phone_ask(execution->phone, phone_key(item->answer), PHONE_SILENCE_SECONDS);
}

static void
on_answered(Phone *phone)
{
	ask(phone->owner);
}

static void
on_pressed(Phone *phone, char key)
{
	Execution *execution = phone->owner;
	StudioItem *item = &execution->items[execution->item_now];

	item->digit = key;
	execution->updated_ms = faults_wall_ms(PROVIDER_TWILIO);
	if (key == '1')
	{
		if (item->eco->accepted_ms == 0)
			item->eco->accepted_ms = clock_wall_ms();
		eco_step(item->eco, "%s accepted", execution->to);
		settle(execution, item, "ACCEPTED", "keypress");
		field_work_begin(item->eco);
	}
	else if (key == '2')
	{
		eco_step(item->eco, "%s declined", execution->to);
		settle(execution, item, "DECLINED", "keypress");
	}
	else
	{
		eco_step(item->eco, phone->machine ? "%s: voicemail" : "%s pressed no key", execution->to);
		settle(execution, item, "FAILED", phone->machine ? "voicemail" : "no-key");
	}
	if (++execution->item_now < execution->item_count)
		ask(execution);
	else
		phone_hang_up(phone);
}

static void
on_ended(Phone *phone)
{
	Execution *execution = phone->owner;

	execution->finished = true;
	for (int i = 0; i < execution->item_count; i++)
	{
		StudioItem *item = &execution->items[i];

		if (item->settled)
			continue;
		if (phone->end == PHONE_COMPLETED) /* hung up in the middle */
			settle(execution, item, "FAILED", "hangup");
		else
		{
			eco_step(item->eco, "%s: %s", execution->to, phone_status(phone));
			settle(execution, item, "FAILED", phone_status(phone));
		}
	}
	end_if_through(execution);
}

static const PhoneListener listener = {on_ringing, on_answered, on_pressed, on_ended};

void
studio_walk(Execution *execution, const char *auth_token)
{
	bool will_answer = false;

	for (int i = 0; i < execution->item_count; i++)
	{
		StudioItem *item = &execution->items[i];

		item->answer = scenario_answer(item->eco->scenario, eco_position(item->eco, execution->to));
		will_answer = will_answer || item->answer != ANSWER_NOBODY;
	}
	execution->line = callback_line(auth_token, end_if_through, execution);
	execution->phone = phone_dial(execution->items[0].eco, execution->to, execution->from,
								  execution->items[0].attempt_id, PHONE_RING_SECONDS, will_answer,
								  &listener, execution);
}

void
studio_stop(Execution *execution)
{
	callback_stop(execution->line);
	phone_hang_up(execution->phone);
	eco_step(execution->phone->eco, "call to %s ended by the API", execution->to);
}

json_t *
studio_widgets(const Execution *execution)
{
	json_t *widgets = json_object();
	const Phone *phone = execution->phone;
	json_t *call =
		json_pack("{ss, ss, ss, ss, ss}", "sid", phone->call_sid, "CallSid", phone->call_sid,
				  "CallStatus", phone_status(phone), "To", execution->to, "From", execution->from);

	if (phone->answered_ms != 0)
		json_object_set_new(call, "AnsweredBy",
							json_string(phone->machine ? "machine_start" : "human"));
	json_object_set_new(widgets, "call", call);
	for (int i = 0; i < execution->item_count; i++)
	{
		const StudioItem *item = &execution->items[i];
		char name[24] = "ask";
		json_t *ask_widget;

		if (i > execution->item_now || phone->answered_ms == 0)
			break;
		if (i > 0)
			snprintf(name, sizeof(name), "ask_%d", i + 1);
		ask_widget = json_object();
		if (item->digit != 0)
			json_object_set_new(ask_widget, "Digits", json_stringn(&item->digit, 1));
		if (item->attempt_id != NULL)
			json_object_set_new(ask_widget, "attempt_id", json_string(item->attempt_id));
		json_object_set_new(widgets, name, ask_widget);
	}
	return widgets;
}
