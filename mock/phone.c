/*
 * phone.c
 *		queued → ringing → talking → ended, or ringing → ended.
 */
#include "phone.h"

#include "faults.h"
#include "memory.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define DIAL_SECONDS 0.1 /* from the request to the first ring */

static struct PhoneList phones = TAILQ_HEAD_INITIALIZER(phones);
static Table by_sid;
static double next_start; /* mock clock: earliest start of the next call, where calls queue */

static void
wait_for(Phone *phone, double seconds, void (*then)(void *))
{
	timer_cancel(&phone->timer);
	phone->due_at = clock_elapsed() + seconds;
	phone->timer = timer_start(seconds, then, phone);
}

static void
end(Phone *phone, PhoneEnd how)
{
	if (phone->state == PHONE_ENDED)
		return;
	timer_cancel(&phone->timer);
	phone->state = PHONE_ENDED;
	phone->end = how;
	phone->asking = false;
	phone->ended_ms = faults_wall_ms(PROVIDER_TWILIO);
	phone->listener->ended(phone);
}

static void
rung_out(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	end(phone, PHONE_NO_ANSWER);
}

static void
busy(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	end(phone, PHONE_BUSY);
}

static void
carrier_failed(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	end(phone, PHONE_FAILED);
}

void
phone_pick_up(Phone *phone, bool machine)
{
	if (phone->state != PHONE_RINGING && phone->state != PHONE_QUEUED)
		return;
	timer_cancel(&phone->timer);
	phone->state = PHONE_TALKING;
	phone->machine = machine;
	phone->answered_ms = faults_wall_ms(PROVIDER_TWILIO);
	eco_step(phone->eco, machine ? "voicemail answered %s" : "%s picked up", phone->to);
	phone->listener->answered(phone);
}

static void
person_picks_up(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	phone_pick_up(phone, false);
}

static void
machine_picks_up(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	phone_pick_up(phone, true);
}

static void
ring(void *arg)
{
	Phone *phone = arg;
	Eco *eco = phone->eco;

	phone->timer = NULL;
	phone->state = PHONE_RINGING;
	phone->started_ms = faults_wall_ms(PROVIDER_TWILIO);
	if (eco->first_call_ms == 0)
		eco->first_call_ms = clock_wall_ms();
	eco_step(eco, "ringing %s", phone->to);
	if (fault_strikes(FAULT_CARRIER, PROVIDER_TWILIO, eco))
		wait_for(phone, PHONE_ANSWER_SECONDS, carrier_failed);
	else if (fault_strikes(FAULT_BUSY, PROVIDER_TWILIO, eco))
		wait_for(phone, PHONE_ANSWER_SECONDS, busy);
	else if (fault_strikes(FAULT_VOICEMAIL, PROVIDER_TWILIO, eco) &&
			 phone->ring_s > PHONE_VOICEMAIL_SECONDS)
		wait_for(phone, PHONE_VOICEMAIL_SECONDS, machine_picks_up);
	else if (phone->will_answer && phone->ring_s > PHONE_ANSWER_SECONDS)
		wait_for(phone, PHONE_ANSWER_SECONDS - DIAL_SECONDS, person_picks_up);
	else
		wait_for(phone, phone->ring_s, rung_out);
	phone->listener->ringing(phone);
}

Phone *
phone_dial(Eco *eco, const char *to, const char *from, const char *attempt_id, double ring_s,
		   bool will_answer, const PhoneListener *listener, void *owner)
{
	Phone *phone = memory_zeroed(sizeof(*phone));
	double per_second = fault_value(FAULT_CALLS_PER_SECOND, PROVIDER_TWILIO, NULL, 0);
	double now = clock_elapsed();
	double wait = 0;

	id_sid("CA", phone->call_sid);
	phone->eco = eco;
	phone->to = memory_text(to);
	phone->from = memory_text(from);
	phone->attempt_id = memory_text(attempt_id);
	phone->ring_s = ring_s;
	phone->will_answer = will_answer;
	phone->listener = listener;
	phone->owner = owner;
	phone->created_ms = faults_wall_ms(PROVIDER_TWILIO);
	TAILQ_INSERT_TAIL(&eco->phones, phone, link);
	TAILQ_INSERT_TAIL(&phones, phone, all);
	table_put(&by_sid, phone->call_sid, phone);
	if (per_second > 0)
	{
		wait = next_start > now ? next_start - now : 0;
		next_start = now + wait + 1 / per_second;
	}
	wait_for(phone, wait + DIAL_SECONDS, ring);
	return phone;
}

static void
press_in_hand(void *arg)
{
	Phone *phone = arg;
	char key = phone->last_key;

	phone->timer = NULL;
	phone->asking = false;
	phone->listener->pressed(phone, key);
}

void
phone_ask(Phone *phone, char key, double silence_s)
{
	if (phone->state != PHONE_TALKING)
		return;
	phone->asking = true;
	phone->last_key = phone->machine ? 0 : key;
	wait_for(phone,
			 phone->machine			? PHONE_DETECTION_SECONDS
			 : phone->last_key != 0 ? PHONE_PRESS_SECONDS
									: silence_s,
			 press_in_hand);
}

void
phone_hang_up(Phone *phone)
{
	end(phone, phone->state == PHONE_TALKING ? PHONE_COMPLETED : PHONE_CANCELED);
}

void
phone_refuse(Phone *phone, PhoneEnd how)
{
	if (phone->state == PHONE_QUEUED || phone->state == PHONE_RINGING)
		end(phone, how);
}

void
phone_press(Phone *phone, char key)
{
	phone_pick_up(phone, false);
	if (phone->state == PHONE_TALKING && phone->asking)
	{
		phone->machine = false;
		phone->last_key = key;
		wait_for(phone, 0, press_in_hand);
	}
}

void
phone_free(Phone *phone)
{
	timer_cancel(&phone->timer);
	TAILQ_REMOVE(&phone->eco->phones, phone, link);
	TAILQ_REMOVE(&phones, phone, all);
	table_remove(&by_sid, phone->call_sid);
	free(phone->to);
	free(phone->from);
	free(phone->attempt_id);
	free(phone);
}

char
phone_key(Answer answer)
{
	return answer == ANSWER_ACCEPTS ? '1' : answer == ANSWER_DECLINES ? '2' : 0;
}

Phone *
phone_find(const char *call_sid)
{
	return table_get(&by_sid, call_sid);
}

struct PhoneList *
phone_all(void)
{
	return &phones;
}

const char *
phone_status(const Phone *phone)
{
	switch (phone->state)
	{
		case PHONE_QUEUED:
			return "queued";
		case PHONE_RINGING:
			return "ringing";
		case PHONE_TALKING:
			return "in-progress";
		case PHONE_ENDED:
			break;
	}
	switch (phone->end)
	{
		case PHONE_COMPLETED:
			return "completed";
		case PHONE_NO_ANSWER:
			return "no-answer";
		case PHONE_BUSY:
			return "busy";
		case PHONE_FAILED:
			return "failed";
		case PHONE_CANCELED:
			break;
	}
	return "canceled";
}

void
phone_reset(void)
{
	while (!TAILQ_EMPTY(&phones))
		phone_free(TAILQ_FIRST(&phones));
	table_clear(&by_sid);
	next_start = 0;
}
