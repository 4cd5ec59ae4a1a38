/*
 * calls_walk.c
 *		A call's way through its TwiML, verb by verb.
 *
 *			fetch ─► verb ─► verb ─► … ─► the document's end: hang up
 *			  ▲        └─ Gather: key ─► its action ─┐
 *			  └──────────── Redirect ◄───────────────┘
 */
#include "calls.h"

#include "faults.h"
#include "memory.h"
#include "person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DOCUMENTS_MAX 100 /* of one call */
#define MESSAGE_END_SECONDS 4.0
#define LOOPS_MAX 20 /* of a Say that repeats for ever */
#define APPLICATION_ERROR "We are sorry, an application error has occurred. Goodbye."

static void play(Call *call);

static void
set_hook(CallHook *hook, const char *url, bool get)
{
	char *copy = memory_text(url);

	free(hook->url);
	hook->url = copy;
	hook->get = get;
}

static void
hang_up(Call *call)
{
	timer_cancel(&call->timer);
	phone_hang_up(call->phone);
}

static void
on_goodbye(void *arg)
{
	Call *call = arg;

	call->timer = NULL;
	hang_up(call);
}

/* A document that can't be had or read: the fallback once, else Twilio's own words. */
static void
application_error(Call *call, const char *why)
{
	eco_step(call->phone->eco, "TwiML: %.120s", why);
	if (call->fallback.url != NULL && !call->is_fallback)
	{
		call->is_fallback = true;
		call_play_url(call, call->fallback.url, call->fallback.get);
		return;
	}
	phone_says(call->phone, APPLICATION_ERROR);
	timer_cancel(&call->timer);
	call->timer = timer_start(phone_speech_seconds(APPLICATION_ERROR), on_goodbye, call);
}

static void
play_document(Call *call, const char *text, size_t length)
{
	char *problem;
	TwimlVerb *document = twiml_parse(text, length, &problem);

	twiml_free(call->document);
	call->document = document;
	call->at = document != NULL ? document->children : NULL;
	if (document == NULL)
		application_error(call, problem);
	else
		play(call);
	free(problem);
}

static bool
is_xml(const char *content_type)
{
	return strncasecmp(content_type, "text/xml", 8) == 0 ||
		   strncasecmp(content_type, "application/xml", 15) == 0 ||
		   strncasecmp(content_type, "text/html", 9) == 0;
}

static void
on_document(const FetchAnswer *answer, void *arg)
{
	Call *call = arg;

	if (call->phone->state != PHONE_TALKING)
		return;
	if (answer->outcome != FETCH_ANSWERED)
		application_error(call, "no answer (11200)");
	else if (answer->status < 200 || answer->status > 299)
		application_error(call, "the answer is no success (11200)");
	else if (answer->status == 204)
		hang_up(call); /* nothing to play */
	else if (!is_xml(answer->content_type))
		application_error(call, "the answer is not XML (12300)");
	else
		play_document(call, answer->body, answer->length);
}

/* Asks a URL for the next document; more is added to what every request carries. */
static void
fetch_document(Call *call, const char *url, bool get, const Form *more)
{
	Form form = {NULL, 0};

	timer_cancel(&call->timer);
	callback_withdraw(call->line);
	set_hook(&call->origin, url, get);
	if (++call->documents > DOCUMENTS_MAX)
	{
		hang_up(call);
		return;
	}
	call_fields(call, &form, phone_status(call->phone));
	for (size_t i = 0; more != NULL && i < more->count; i++)
		form_add(&form, more->fields[i].name, more->fields[i].value);
	call_ask(call, &call->origin, &form, on_document);
	form_free(&form);
}

void
call_play_url(Call *call, const char *url, bool get)
{
	phone_ask_no_more(call->phone);
	fetch_document(call, url, get, NULL);
}

void
call_play_text(Call *call, const char *twiml)
{
	phone_ask_no_more(call->phone);
	timer_cancel(&call->timer);
	callback_withdraw(call->line);
	play_document(call, twiml, strlen(twiml));
}

static void
on_verb_over(void *arg)
{
	Call *call = arg;

	call->timer = NULL;
	play(call);
}

static void
after(Call *call, double seconds)
{
	call->at = call->at->next;
	call->timer = timer_start(seconds, on_verb_over, call);
}

/* Seconds that a Say, Play or Pause takes; what is said goes to said (NULL = nobody listens). */
static double
spoken_seconds(const TwimlVerb *verb, FILE *said)
{
	double loops = twiml_number(verb, "loop", 0, 1000, 1);

	if (strcmp(verb->name, "Pause") == 0)
		return twiml_number(verb, "length", 0, 3600, 1);
	if (strcmp(verb->name, "Say") != 0 && strcmp(verb->name, "Play") != 0)
		return 0;
	if (said != NULL)
		fprintf(said, "%s%s", ftell(said) > 0 ? " " : "",
				strcmp(verb->name, "Say") == 0 ? verb->text : "[a recording]");
	return phone_speech_seconds(verb->text) * (loops == 0 ? LOOPS_MAX : loops);
}

static void
play_gather(Call *call)
{
	const TwimlVerb *gather = call->at;
	const char *finish = twiml_attribute(gather, "finishOnKey", "#");
	char *action = call_url_resolved(call->origin.url != NULL ? call->origin.url : "",
									 twiml_attribute(gather, "action", ""));
	char *text = NULL;
	size_t size = 0;
	FILE *said = open_memstream(&text, &size);
	double seconds = twiml_number(gather, "timeout", 0, 600, 5);

	if (said == NULL)
		abort();
	for (const TwimlVerb *verb = gather->children; verb != NULL; verb = verb->next)
		seconds += spoken_seconds(verb, said);
	if (fclose(said) != 0 || text == NULL)
		abort();
	call->asked = call_eco_of(action);
	if (call->asked == NULL)
		call->asked = call->phone->eco;
	phone_concerns(call->phone, call->asked);
	if (text[0] != '\0')
		phone_says(call->phone, text);
	phone_ask(call->phone, person_key(call->asked, call->phone->to),
			  (int) twiml_number(gather, "numDigits", 1, PHONE_DIGITS_MAX, 0), finish[0], seconds);
	free(text);
	free(action);
}

static void
on_pressed(Phone *phone)
{
	Call *call = phone->owner;
	const TwimlVerb *gather = call->at;
	bool empty = phone->digits[0] == '\0';
	Form more = {NULL, 0};
	char *action;
	bool get;

	if (gather == NULL || strcmp(gather->name, "Gather") != 0)
		return;
	person_said(call->asked, phone, phone->digits);
	if (empty && !phone->finished &&
		strcasecmp(twiml_attribute(gather, "actionOnEmptyResult", "false"), "true") != 0)
	{
		call->at = gather->next;
		play(call);
		return;
	}
	action = call_url_resolved(call->origin.url != NULL ? call->origin.url : "",
							   twiml_attribute(gather, "action", ""));
	get = strcasecmp(twiml_attribute(gather, "method", "POST"), "GET") == 0;
	form_add(&more, "Digits", phone->digits);
	if (phone->finished)
	{
		char key[2] = {phone->finish_key, '\0'};

		form_add(&more, "FinishedOnKey", key);
	}
	form_add(&more, "msg", "Gather End");
	fetch_document(call, action, get, &more);
	form_free(&more);
	free(action);
}

/* Plays from the verb at hand to the next that takes time. */
static void
play(Call *call)
{
	while (call->phone->state == PHONE_TALKING)
	{
		const TwimlVerb *verb = call->at;

		if (verb == NULL || strcmp(verb->name, "Hangup") == 0 || strcmp(verb->name, "Reject") == 0)
		{
			hang_up(call);
			return;
		}
		if (strcmp(verb->name, "Gather") == 0)
		{
			play_gather(call);
			return;
		}
		if (strcmp(verb->name, "Redirect") == 0)
		{
			char *url =
				call_url_resolved(call->origin.url != NULL ? call->origin.url : "", verb->text);

			fetch_document(call, url,
						   strcasecmp(twiml_attribute(verb, "method", "POST"), "GET") == 0, NULL);
			free(url);
			return;
		}
		if (strcmp(verb->name, "Say") == 0 || strcmp(verb->name, "Play") == 0 ||
			strcmp(verb->name, "Pause") == 0)
		{
			if (verb->text[0] != '\0')
				phone_says(call->phone, verb->text);
			after(call, spoken_seconds(verb, NULL));
			return;
		}
		eco_step(call->phone->eco, "TwiML: %.40s is not played here", verb->name);
		call->at = verb->next;
	}
}

/* --- the telephone's side --------------------------------------------------------------------- */

static void
on_dialing(Phone *phone)
{
	call_tell(phone->owner, CALL_INITIATED);
}

static void
on_ringing(Phone *phone)
{
	call_tell(phone->owner, CALL_RINGING);
}

static void
begin_document(Call *call)
{
	if (call->twiml != NULL)
		call_play_text(call, call->twiml);
	else
		fetch_document(call, call->voice.url, call->voice.get, NULL);
}

static void
tell_detected(Call *call)
{
	Form form = {NULL, 0};

	if (call->detected.url == NULL)
		return;
	form_add(&form, "AccountSid", call->account_sid);
	form_add(&form, "CallSid", call->phone->call_sid);
	form_add(&form, "AnsweredBy", call->answered_by);
	form_add(&form, "MachineDetectionDuration", call->phone->machine ? "3000" : "1200");
	callback_send(call->line, call->phone->eco, call->phone->attempt_id, call->detected.url, &form,
				  NULL, NULL);
	form_free(&form);
}

static void
on_detected(void *arg)
{
	Call *call = arg;

	call->detecting = NULL;
	call->answered_by = !call->phone->machine					? "human"
						: call->detection == DETECT_MESSAGE_END ? "machine_end_beep"
																: "machine_start";
	if (call->detection_async)
		tell_detected(call);
	else
		begin_document(call);
}

static void
on_limit(void *arg)
{
	Call *call = arg;

	call->limit = NULL;
	hang_up(call);
}

static void
on_answered(Phone *phone)
{
	Call *call = phone->owner;
	double seconds = !phone->machine						 ? 0
					 : call->detection == DETECT_MESSAGE_END ? MESSAGE_END_SECONDS
															 : PHONE_DETECTION_SECONDS;

	call->limit = timer_start(call->time_limit_s, on_limit, call);
	call_tell(call, CALL_ANSWERED);
	if (call->detection != DETECT_NOTHING)
		call->detecting = timer_start(seconds, on_detected, call);
	if (call->detection == DETECT_NOTHING || call->detection_async)
		begin_document(call);
}

static void
on_ended(Phone *phone)
{
	Call *call = phone->owner;

	timer_cancel(&call->timer);
	timer_cancel(&call->limit);
	timer_cancel(&call->detecting);
	callback_withdraw(call->line);
	call->at = NULL;
	if (phone->answered_ms == 0)
		eco_step(phone->eco, "%s: %s", phone->to, phone_status(phone));
	call_tell(call, CALL_COMPLETED);
}

const PhoneListener call_listener = {on_dialing, on_ringing, on_answered, on_pressed, on_ended};
