/*
 * phone.c
 *		made → queued → dialing → ringing → talking → ended; what a tester does too early is kept
 *		until it can be done.
 */
#include "phone.h"

#include "faults.h"
#include "memory.h"
#include "phone_line.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define SPEECH_BYTES_PER_SECOND 20.0
#define SPEECH_SECONDS_MAX 60.0

static struct PhoneList phones = TAILQ_HEAD_INITIALIZER(phones);
static Table by_sid;

/* next: what will happen then, in words. */
static void
wait_for(Phone *phone, double seconds, void (*then)(void *), const char *next)
{
	timer_cancel(&phone->timer);
	phone->timer = timer_start(seconds, then, phone);
	phone->next = next;
}

static void
tell(Phone *phone, void (*heard)(Phone *))
{
	if (heard != NULL)
		heard(phone);
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
	phone->ended_ms = faults_wall_ms(PROVIDER_TWILIO, phone->eco);
	line_leave(phone);
	tell(phone, phone->listener->ended);
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
	if (phone->state == PHONE_QUEUED)
		phone->early_act = machine ? 'V' : 'A';
	if (phone->state != PHONE_RINGING)
		return;
	timer_cancel(&phone->timer);
	phone->state = PHONE_TALKING;
	phone->machine = machine;
	phone->answered_ms = faults_wall_ms(PROVIDER_TWILIO, phone->eco);
	eco_step(phone->eco, machine ? "voicemail answered %s" : "%s picked up", phone->to);
	tell(phone, phone->listener->answered);
}

void
phone_answer(Phone *phone)
{
	phone->by_hand = true;
	phone_pick_up(phone, false);
}

void
phone_let_ring(Phone *phone)
{
	double left;

	phone->by_hand = true;
	if (phone->state == PHONE_QUEUED)
		phone->early_act = 'R';
	if (phone->state != PHONE_RINGING)
		return;
	left = phone->rings_till - clock_elapsed();
	eco_step(phone->eco, "%s is left to ring", phone->to);
	wait_for(phone, left > 0 ? left : 0, rung_out, "rings out");
}

void
phone_refuse(Phone *phone, PhoneEnd how)
{
	if (phone->state == PHONE_QUEUED)
		phone->early_act = how == PHONE_BUSY ? 'B' : how == PHONE_FAILED ? 'F' : 'N';
	if (phone->state == PHONE_RINGING)
		end(phone, how);
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
act_early(void *arg)
{
	Phone *phone = arg;
	char act = phone->early_act;

	phone->timer = NULL;
	if (act == 'A' || act == 'V')
		phone_pick_up(phone, act == 'V');
	else if (act == 'R')
		phone_let_ring(phone);
	else
		phone_refuse(phone, act == 'B' ? PHONE_BUSY : act == 'F' ? PHONE_FAILED : PHONE_NO_ANSWER);
}

static void
ring(void *arg)
{
	Phone *phone = arg;
	Eco *eco = phone->eco;

	phone->timer = NULL;
	phone->state = PHONE_RINGING;
	phone->started_ms = faults_wall_ms(PROVIDER_TWILIO, phone->eco);
	if (eco->first_call_ms == 0)
		eco->first_call_ms = clock_wall_ms();
	eco_step(eco, "ringing %s", phone->to);
	phone->rings_till = clock_elapsed() + phone->ring_s;
	if (phone->early_act != 0)
		wait_for(phone, 0, act_early, "what the tester chose");
	else if (fault_strikes(FAULT_CARRIER, PROVIDER_TWILIO, eco))
		wait_for(phone, PHONE_ANSWER_SECONDS, carrier_failed, "the carrier gives up");
	else if (fault_strikes(FAULT_BUSY, PROVIDER_TWILIO, eco))
		wait_for(phone, PHONE_ANSWER_SECONDS, busy, "the line is busy");
	else if (fault_strikes(FAULT_VOICEMAIL, PROVIDER_TWILIO, eco) &&
			 phone->ring_s > PHONE_VOICEMAIL_SECONDS)
		wait_for(phone, PHONE_VOICEMAIL_SECONDS, machine_picks_up, "voicemail answers");
	else if (phone->will_answer && phone->ring_s > PHONE_ANSWER_SECONDS)
		wait_for(phone, PHONE_ANSWER_SECONDS - phone->setup_s, person_picks_up, "picks up");
	else
		wait_for(phone, phone->ring_s, rung_out, "rings out");
	tell(phone, phone->listener->ringing);
}

/* Its turn has come. */
static void
start(Phone *phone)
{
	if (phone->setup_s > 0)
		wait_for(phone, phone->setup_s, ring, "rings");
	tell(phone, phone->listener->dialing);
	if (phone->setup_s <= 0 && phone->state == PHONE_QUEUED)
		ring(phone);
}

Phone *
phone_new(Eco *eco, const char *account, const char *to, const char *from, const char *attempt_id,
		  const PhoneListener *listener, void *owner)
{
	Phone *phone = memory_zeroed(sizeof(*phone));

	id_sid("CA", phone->call_sid);
	phone->eco = eco;
	phone->account = memory_text(account);
	phone->to = memory_text(to);
	phone->from = memory_text(from);
	phone->attempt_id = memory_text(attempt_id);
	phone->ring_s = PHONE_RING_SECONDS;
	phone->listener = listener;
	phone->owner = owner;
	phone->created_ms = faults_wall_ms(PROVIDER_TWILIO, phone->eco);
	TAILQ_INSERT_TAIL(&eco->phones, phone, link);
	TAILQ_INSERT_TAIL(&phones, phone, all);
	table_put(&by_sid, phone->call_sid, phone);
	return phone;
}

void
phone_dial(Phone *phone, double usual_rate)
{
	line_join(phone, usual_rate, start);
}

static void
answer_question(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	phone->asking = false;
	tell(phone, phone->listener->pressed);
}

static void
press_key(Phone *phone, char key)
{
	size_t length = strlen(phone->digits);

	if (phone->finished || (phone->want_digits > 0 && length >= (size_t) phone->want_digits))
	{
		phone->early_key = key; /* this question is answered: for the next one */
		return;
	}
	phone->finished = phone->finish_key != 0 && key == phone->finish_key;
	phone->machine = false; /* machines press nothing */
	phone->last_key = key;
	if (!phone->finished && length < PHONE_DIGITS_MAX)
	{
		phone->digits[length++] = key;
		phone->digits[length] = '\0';
	}
	if (phone->finished || length == PHONE_DIGITS_MAX ||
		(phone->want_digits > 0 && length >= (size_t) phone->want_digits))
		wait_for(phone, 0, answer_question, "the key is taken");
	else
		wait_for(phone, phone->silence_s, answer_question, "no more keys");
}

static void
press_in_hand(void *arg)
{
	Phone *phone = arg;

	phone->timer = NULL;
	press_key(phone, phone->next_key);
}

void
phone_ask(Phone *phone, char key, int want, char finish, double silence_s)
{
	if (phone->state != PHONE_TALKING)
		return;
	phone->asking = true;
	phone->finished = false;
	phone->digits[0] = '\0';
	phone->want_digits = want;
	phone->finish_key = finish;
	phone->silence_s = silence_s;
	phone->next_key = phone->machine || phone->by_hand ? 0 : key;
	if (phone->early_key != 0)
	{
		phone->next_key = phone->early_key;
		phone->early_key = 0;
		wait_for(phone, 0, press_in_hand, "the key is pressed");
	}
	else if (phone->next_key != 0)
		wait_for(phone, PHONE_PRESS_SECONDS, press_in_hand,
				 phone->next_key == '1'	  ? "presses 1"
				 : phone->next_key == '2' ? "presses 2"
										  : "presses a key");
	else
		wait_for(phone, silence_s, answer_question, "gives up waiting");
}

void
phone_ask_no_more(Phone *phone)
{
	if (phone->asking)
		timer_cancel(&phone->timer);
	phone->asking = false;
}

void
phone_says(Phone *phone, const char *text)
{
	free(phone->heard);
	phone->heard = memory_text(text);
}

void
phone_concerns(Phone *phone, Eco *eco)
{
	int i = 0;

	if (eco == phone->eco)
		return;
	while (i < PHONE_ORDERS_MAX && phone->also[i] != NULL && phone->also[i] != eco)
		i++;
	if (i < PHONE_ORDERS_MAX)
		phone->also[i] = eco;
}

char *
phone_said(Phone *phone, const Eco *eco)
{
	for (int i = 0; i < PHONE_ORDERS_MAX; i++)
	{
		if (phone->also[i] == eco)
			return &phone->said[i + 1];
	}
	return &phone->said[0];
}

double
phone_speech_seconds(const char *text)
{
	double seconds = (double) strlen(text) / SPEECH_BYTES_PER_SECOND;

	return seconds < SPEECH_SECONDS_MAX ? seconds : SPEECH_SECONDS_MAX;
}

void
phone_hang_up(Phone *phone)
{
	end(phone, phone->state == PHONE_TALKING ? PHONE_COMPLETED : PHONE_CANCELED);
}

void
phone_press(Phone *phone, char key)
{
	phone_answer(phone);
	if (phone->state == PHONE_TALKING && phone->asking)
		press_key(phone, key);
	else if (phone->state != PHONE_ENDED)
		phone->early_key = key;
}

void
phone_free(Phone *phone)
{
	timer_cancel(&phone->timer);
	line_leave(phone);
	TAILQ_REMOVE(&phone->eco->phones, phone, link);
	TAILQ_REMOVE(&phones, phone, all);
	table_remove(&by_sid, phone->call_sid);
	free(phone->account);
	free(phone->to);
	free(phone->from);
	free(phone->attempt_id);
	free(phone->heard);
	free(phone);
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

long
phone_queue_ms(const Phone *phone)
{
	return phone->started_ms > phone->created_ms ? (long) (phone->started_ms - phone->created_ms)
												 : 0;
}

void
phone_reset(void)
{
	Phone *phone;

	/* Nobody's turn comes any more while they go. */
	TAILQ_FOREACH(phone, &phones, all)
	{
		phone->line = NULL;
		phone->waiting = false;
	}
	line_reset();
	while (!TAILQ_EMPTY(&phones))
		phone_free(TAILQ_FIRST(&phones));
	table_clear(&by_sid);
}
