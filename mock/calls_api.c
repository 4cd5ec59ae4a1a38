/*
 * calls_api.c
 *		The Calls resource: create, list, fetch, update.
 */
#include "calls.h"

#include "clock.h"
#include "faults.h"
#include "memory.h"
#include "person.h"
#include "table.h"
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define USUAL_RATE 1.0 /* calls a second, Twilio's default for an account */
#define SETUP_SECONDS 0.1

static struct CallHead calls = TAILQ_HEAD_INITIALIZER(calls);
static Table by_sid;

/* --- a call as JSON --------------------------------------------------------------------------- */

static json_t *
nullable(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

/* (512) 555-0100 for the numbers of one country, others as they are. */
static json_t *
formatted(const char *number)
{
	char text[32];

	if (strncmp(number, "+1", 2) != 0 || strlen(number) != 12)
		return json_string(number);
	snprintf(text, sizeof(text), "(%.3s) %.3s-%.4s", number + 2, number + 5, number + 8);
	return json_string(text);
}

json_t *
call_json(const Call *call)
{
	static const char *const parts[] = {"notifications",
										"recordings",
										"streams",
										"payments",
										"siprec",
										"transcriptions",
										"events",
										"user_defined_messages",
										"user_defined_message_subscriptions"};
	const Phone *phone = call->phone;
	json_t *json = json_object();
	json_t *uris = json_object();
	char *root =
		memory_format("/2010-04-01/Accounts/%s/Calls/%s", call->account_sid, phone->call_sid);
	char *uri = memory_format("%s.json", root);
	char number[24];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		bool camel = strncmp(parts[i], "user", 4) == 0;
		char *part = memory_format("%s/%s.json", root,
								   !camel ? parts[i]
										  : (strstr(parts[i], "subscriptions") != NULL
												 ? "UserDefinedMessageSubscriptions"
												 : "UserDefinedMessages"));
		char *slash = strrchr(part, '/');

		if (!camel)
			slash[1] = (char) (slash[1] - 'a' + 'A');
		json_object_set_new(uris, parts[i], json_string(part));
		free(part);
	}
	json_object_set_new(json, "sid", json_string(phone->call_sid));
	json_object_set_new(json, "date_created", twilio_rfc2822(phone->created_ms));
	json_object_set_new(json, "date_updated",
						twilio_rfc2822(phone->ended_ms != 0		 ? phone->ended_ms
									   : phone->answered_ms != 0 ? phone->answered_ms
									   : phone->started_ms != 0	 ? phone->started_ms
																 : phone->created_ms));
	json_object_set_new(json, "parent_call_sid", json_null());
	json_object_set_new(json, "account_sid", json_string(call->account_sid));
	json_object_set_new(json, "to", json_string(phone->to));
	json_object_set_new(json, "to_formatted", formatted(phone->to));
	json_object_set_new(json, "from", json_string(phone->from));
	json_object_set_new(json, "from_formatted", formatted(phone->from));
	json_object_set_new(json, "phone_number_sid", json_null());
	json_object_set_new(json, "status", json_string(phone_status(phone)));
	json_object_set_new(json, "start_time", twilio_rfc2822(phone->started_ms));
	json_object_set_new(json, "end_time", twilio_rfc2822(phone->ended_ms));
	if (phone->state == PHONE_ENDED)
	{
		snprintf(number, sizeof(number), "%lld",
				 phone->answered_ms != 0
					 ? (long long) (phone->ended_ms - phone->answered_ms + 999) / 1000
					 : 0LL);
		json_object_set_new(json, "duration", json_string(number));
	}
	else
		json_object_set_new(json, "duration", json_null());
	json_object_set_new(json, "price", json_null());
	json_object_set_new(json, "price_unit", json_string("USD"));
	json_object_set_new(json, "direction", json_string("outbound-api"));
	json_object_set_new(json, "answered_by", nullable(call->answered_by));
	json_object_set_new(json, "api_version", json_string("2010-04-01"));
	json_object_set_new(json, "forwarded_from", json_null());
	json_object_set_new(json, "group_sid", json_null());
	json_object_set_new(json, "caller_name", json_null());
	snprintf(number, sizeof(number), "%ld", phone_queue_ms(phone));
	json_object_set_new(json, "queue_time", json_string(number));
	json_object_set_new(json, "trunk_sid", json_null());
	json_object_set_new(json, "uri", json_string(uri));
	json_object_set_new(json, "subresource_uris", uris);
	free(uri);
	free(root);
	return json;
}

static void
call_free(Call *call)
{
	table_remove(&by_sid, call->phone->call_sid);
	TAILQ_REMOVE(&calls, call, link);
	callback_free(&call->line);
	timer_cancel(&call->timer);
	timer_cancel(&call->limit);
	timer_cancel(&call->detecting);
	twiml_free(call->document);
	free(call->account_sid);
	free(call->twiml);
	free(call->voice.url);
	free(call->fallback.url);
	free(call->status.url);
	free(call->detected.url);
	free(call->origin.url);
	free(call);
}

struct CallHead *
calls_all(void)
{
	return &calls;
}

void
calls_reset(void)
{
	while (!TAILQ_EMPTY(&calls))
		call_free(TAILQ_FIRST(&calls));
	table_clear(&by_sid);
}

/* --- handlers --------------------------------------------------------------------------------- */

/* Credentials, and the path's account is the one that they are of. */
bool
calls_admitted(Request *request, TwilioAccount *account)
{
	if (!twilio_admit(request, account))
		return false;
	if (strcasecmp(request->args[0], account->sid) == 0)
		return true;
	twilio_refuse(request, 401, 20003, "Authenticate");
	return false;
}

static char *
attempt_of(const Call *call)
{
	char *attempt = call_attempt_of(call->voice.url);

	return attempt != NULL ? attempt : call_attempt_of(call->status.url);
}

static Eco *
eco_of(const Call *call)
{
	Eco *eco = call_eco_of(call->voice.url);

	if (eco == NULL)
		eco = call_eco_of(call->status.url);
	return eco != NULL ? eco : eco_at(NULL);
}

static void
place(Request *request, Call *call, const Form *form, const char *attempt,
	  const TwilioAccount *account, double ring_s)
{
	const char *to = form_get(form, "To");

	call->account_sid = memory_text(account->sid);
	call->line = callback_line(account->token, NULL, NULL);
	call->phone = phone_new(eco_of(call), call->account_sid, to, form_get(form, "From"), attempt,
							&call_listener, call);
	call->phone->ring_s = ring_s;
	call->phone->setup_s = SETUP_SECONDS;
	call->phone->will_answer = person_answers(call->phone->eco, to);
	TAILQ_INSERT_TAIL(&calls, call, link);
	table_put(&by_sid, call->phone->call_sid, call);
	answer_json(request, 201, call_json(call)); /* queued, whatever comes next */
	phone_dial(call->phone, USUAL_RATE);
}

void
calls_create(Request *request)
{
	TwilioAccount account;
	Form form = {NULL, 0};
	Call *call = memory_zeroed(sizeof(*call));
	CallProblem problem = {0, ""};
	bool readable = form_parse(&form, request->body, request->body_length);
	double ring_s;
	char *attempt;

	call_read(&form, call, &ring_s, &problem);
	attempt = attempt_of(call);
	server_about(request, eco_of(call), attempt);
	if (!readable)
	{
		problem.code = 20001;
		snprintf(problem.message, sizeof(problem.message), "The request body is not form-encoded");
	}
	if (calls_admitted(request, &account))
	{
		if (problem.code != 0)
			twilio_refuse(request, 400, problem.code, problem.message);
		else
		{
			place(request, call, &form, attempt, &account, ring_s);
			call = NULL;
		}
	}
	if (call != NULL)
	{
		free(call->twiml);
		free(call->voice.url);
		free(call->fallback.url);
		free(call->status.url);
		free(call->detected.url);
		free(call);
	}
	free(attempt);
	form_free(&form);
}

/* The call that the path names; NULL = answered. */
static Call *
requested(Request *request)
{
	TwilioAccount account;
	Call *call = table_get(&by_sid, request->args[1]);
	char *message;

	if (call != NULL)
		server_about(request, call->phone->eco, call->phone->attempt_id);
	if (!calls_admitted(request, &account))
		return NULL;
	if (call != NULL && strcasecmp(call->account_sid, account.sid) == 0)
		return call;
	message =
		memory_format("The requested resource /2010-04-01/Accounts/%.60s/Calls/%.60s.json was "
					  "not found",
					  request->args[0], request->args[1]);
	twilio_refuse(request, 404, 20404, message);
	free(message);
	return NULL;
}

void
calls_fetch(Request *request)
{
	Call *call = requested(request);

	if (call != NULL)
		answer_json(request, 200, call_json(call));
}

/* A new Url or Twiml for a call in progress, or its end. */
static void
change(Request *request, Call *call, const Form *form)
{
	const char *status = call_given(form, "Status");
	const char *twiml = call_given(form, "Twiml");
	Phone *phone = call->phone;
	CallProblem problem = {0, ""};
	CallHook voice = {NULL, false};

	call_read_hook(form, "Url", "Method", 21205, &voice, &problem);
	if (status != NULL && strcmp(status, "canceled") != 0 && strcmp(status, "completed") != 0)
		call_complain(&problem, 20001, "Status must be canceled or completed", NULL);
	if (twiml != NULL && strlen(twiml) > CALL_TWIML_MAX)
		call_complain(&problem, 20001, "Twiml is longer than 4000 characters", NULL);
	if ((voice.url != NULL || twiml != NULL) && phone->state != PHONE_TALKING)
		call_complain(&problem, 21220, "Call is not in-progress. Cannot redirect.", NULL);
	if (status != NULL && strcmp(status, "canceled") == 0 && phone->state == PHONE_TALKING)
		call_complain(&problem, 21220, "Call is in-progress. It can't be canceled.", NULL);
	if (problem.code != 0)
		twilio_refuse(request, 400, problem.code, problem.message);
	else
	{
		if (status != NULL)
		{
			if (phone->state != PHONE_ENDED)
				eco_step(phone->eco, "call to %s ended by the API", phone->to);
			phone_hang_up(phone);
		}
		else if (voice.url != NULL)
			call_play_url(call, voice.url, voice.get);
		else if (twiml != NULL)
			call_play_text(call, twiml);
		answer_json(request, 200, call_json(call));
	}
	free(voice.url);
}

void
calls_update(Request *request)
{
	Call *call = requested(request);
	Form form = {NULL, 0};

	if (call == NULL)
		return;
	if (form_parse(&form, request->body, request->body_length))
		change(request, call, &form);
	else
		twilio_refuse(request, 400, 20001, "The request body is not form-encoded");
	form_free(&form);
}
