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

static TAILQ_HEAD(CallHead, Call) calls = TAILQ_HEAD_INITIALIZER(calls);
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

static json_t *
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
	json_object_set_new(json, "annotation", json_null());
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

void
calls_reset(void)
{
	while (!TAILQ_EMPTY(&calls))
		call_free(TAILQ_FIRST(&calls));
	table_clear(&by_sid);
}

/* --- checking a request ----------------------------------------------------------------------- */

typedef struct Problem
{
	int code; /* 0 = none so far */
	char message[200];
} Problem;

static void
complain(Problem *problem, int code, const char *message, const char *value)
{
	if (problem->code != 0)
		return;
	problem->code = code;
	snprintf(problem->message, sizeof(problem->message), message, value != NULL ? value : "");
	/* A message is UTF-8 whatever was given. */
	for (char *c = problem->message; *c != '\0'; c++)
	{
		if ((unsigned char) *c >= 0x80 || (unsigned char) *c < ' ')
			*c = '?';
	}
}

static const char *
given(const Form *form, const char *name)
{
	const char *value = form_get(form, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool
url_ok(const char *url, bool underscore)
{
	const char *host;
	size_t length;

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return false;
	host = strstr(url, "://") + 3;
	length = strcspn(host, "/?#");
	return length > 0 && strlen(url) <= 4000 && url[strcspn(url, " \t\r\n")] == '\0' &&
		   (underscore || memchr(host, '_', length) == NULL);
}

static bool
method_is_get(const Form *form, const char *name, Problem *problem)
{
	const char *method = given(form, name);

	if (method == NULL || strcasecmp(method, "POST") == 0)
		return false;
	if (strcasecmp(method, "GET") != 0)
		complain(problem, 20001, "%s must be GET or POST", name);
	return true;
}

static void
read_hook(const Form *form, const char *name, const char *method, int code, CallHook *hook,
		  Problem *problem)
{
	const char *url = given(form, name);

	hook->get = method_is_get(form, method, problem);
	if (url == NULL)
		return;
	if (!url_ok(url, strncmp(name, "Status", 6) != 0))
		complain(problem, code, "Url is not a valid URL: %.120s", url);
	else
	{
		free(hook->url);
		hook->url = memory_text(url);
	}
}

static double
read_number(const Form *form, const char *name, double low, double high, double fallback,
			Problem *problem)
{
	const char *text = given(form, name);
	char *end;
	double value;

	if (text == NULL)
		return fallback;
	value = strtod(text, &end);
	if (*end != '\0' || !(value >= low && value <= high) || value != (double) (long) value)
	{
		complain(problem, 20001, "%s is out of range", name);
		return fallback;
	}
	return value;
}

static bool
read_flag(const Form *form, const char *name, Problem *problem)
{
	const char *text = given(form, name);

	if (text == NULL || strcasecmp(text, "false") == 0)
		return false;
	if (strcasecmp(text, "true") != 0)
		complain(problem, 20001, "%s must be true or false", name);
	return true;
}

static unsigned
read_events(const Form *form, Problem *problem)
{
	static const char *const names[] = {"initiated", "ringing", "answered", "completed"};
	unsigned events = 0;

	for (size_t i = 0; i < form->count; i++)
	{
		const char *value = form->fields[i].value;
		size_t k = 0;

		if (strcmp(form->fields[i].name, "StatusCallbackEvent") != 0)
			continue;
		while (k < 4 && strcasecmp(names[k], value) != 0)
			k++;
		if (k == 4)
			complain(problem, 21626, "Invalid StatusCallbackEvent: %.60s", value);
		else
			events |= 1u << k;
	}
	return events != 0 ? events : CALL_COMPLETED;
}

/* Everything that Twilio takes for a new call; what has no effect here is checked all the same. */
static void
read_call(const Form *form, Call *call, Problem *problem)
{
	const char *to = given(form, "To");
	const char *from = given(form, "From");
	const char *twiml = given(form, "Twiml");
	const char *detection = given(form, "MachineDetection");
	const char *digits = given(form, "SendDigits");

	if (to == NULL)
		complain(problem, 21201, "No 'To' number is specified", NULL);
	else if (!twilio_number_ok(to))
		complain(problem, 21211,
				 "The phone number you are attempting to call, %.40s, is not valid.", to);
	if (from == NULL)
		complain(problem, 21213, "No 'From' number is specified", NULL);
	else if (!twilio_number_ok(from))
		complain(problem, 21212, "The source phone number provided, %.40s, is not valid.", from);
	read_hook(form, "Url", "Method", 21205, &call->voice, problem);
	if (call->voice.url == NULL && twiml != NULL)
	{
		if (strlen(twiml) > CALL_TWIML_MAX)
			complain(problem, 20001, "Twiml is longer than 4000 characters", NULL);
		call->twiml = memory_text(twiml);
	}
	if (call->voice.url == NULL && twiml == NULL)
		complain(problem, given(form, "ApplicationSid") != NULL ? 21218 : 21205,
				 given(form, "ApplicationSid") != NULL ? "ApplicationSid is not known"
													   : "Url parameter is required.",
				 NULL);
	read_hook(form, "FallbackUrl", "FallbackMethod", 21205, &call->fallback, problem);
	read_hook(form, "StatusCallback", "StatusCallbackMethod", 21609, &call->status, problem);
	read_hook(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", 21609,
			  &call->detected, problem);
	call->events = read_events(form, problem);
	call->time_limit_s = read_number(form, "TimeLimit", 1, 86400, 14400, problem);
	if (detection != NULL)
	{
		if (strcasecmp(detection, "Enable") == 0)
			call->detection = DETECT_ENABLE;
		else if (strcasecmp(detection, "DetectMessageEnd") == 0)
			call->detection = DETECT_MESSAGE_END;
		else if (strcasecmp(detection, "none") != 0)
			complain(problem, 20001, "MachineDetection must be Enable or DetectMessageEnd", NULL);
	}
	call->detection_async = read_flag(form, "AsyncAmd", problem);
	read_number(form, "MachineDetectionTimeout", 3, 120, 30, problem);
	read_number(form, "MachineDetectionSpeechThreshold", 1000, 6000, 2400, problem);
	read_number(form, "MachineDetectionSpeechEndThreshold", 500, 5000, 1200, problem);
	read_number(form, "MachineDetectionSilenceTimeout", 2000, 10000, 5000, problem);
	read_flag(form, "Record", problem);
	if (digits != NULL && (digits[strspn(digits, "0123456789wW*#")] != '\0' || strlen(digits) > 32))
		complain(problem, 20001, "SendDigits may hold 0-9, w, *, # only", NULL);
}

/* --- handlers --------------------------------------------------------------------------------- */

/* Credentials, and the path's account is the one that they are of. */
static bool
admitted(Request *request, TwilioAccount *account)
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
	Problem problem = {0, ""};
	bool readable = form_parse(&form, request->body, request->body_length);
	double ring_s;
	char *attempt;

	read_call(&form, call, &problem);
	ring_s = read_number(&form, "Timeout", 1, 600, 60, &problem);
	attempt = attempt_of(call);
	server_about(request, eco_of(call), attempt);
	if (!readable)
	{
		problem.code = 20001;
		snprintf(problem.message, sizeof(problem.message), "The request body is not form-encoded");
	}
	if (admitted(request, &account))
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
	if (!admitted(request, &account))
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
	const char *status = given(form, "Status");
	const char *twiml = given(form, "Twiml");
	Phone *phone = call->phone;
	Problem problem = {0, ""};
	CallHook voice = {NULL, false};

	read_hook(form, "Url", "Method", 21205, &voice, &problem);
	if (status != NULL && strcmp(status, "canceled") != 0 && strcmp(status, "completed") != 0)
		complain(&problem, 20001, "Status must be canceled or completed", NULL);
	if (twiml != NULL && strlen(twiml) > CALL_TWIML_MAX)
		complain(&problem, 20001, "Twiml is longer than 4000 characters", NULL);
	if ((voice.url != NULL || twiml != NULL) && phone->state != PHONE_TALKING)
		complain(&problem, 21220, "Call is not in-progress. Cannot redirect.", NULL);
	if (status != NULL && strcmp(status, "canceled") == 0 && phone->state == PHONE_TALKING)
		complain(&problem, 21220, "Call is in-progress. It can't be canceled.", NULL);
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

/* --- list ------------------------------------------------------------------------------------- */

typedef struct Filter
{
	const char *to, *from, *status;
	int64_t start_from, start_to, end_from, end_to; /* ms */
	bool by_start, by_end;
} Filter;

#define DAY_MS INT64_C(86400000)

/* NAME=, NAME>= and NAME<=: a day, or a moment.  false = one can't be read. */
static bool
read_times(const Form *query, const char *name, int64_t *low, int64_t *high, bool *any)
{
	char bound[32];
	const char *text;
	int64_t ms;

	*low = INT64_MIN;
	*high = INT64_MAX;
	*any = false;
	if ((text = given(query, name)) != NULL)
	{
		if (!clock_parse_iso(text, &ms))
			return false;
		*low = ms / DAY_MS * DAY_MS;
		*high = *low + DAY_MS - 1;
		*any = true;
	}
	snprintf(bound, sizeof(bound), "%s>", name);
	if ((text = given(query, bound)) != NULL)
	{
		if (!clock_parse_iso(text, low))
			return false;
		*any = true;
	}
	snprintf(bound, sizeof(bound), "%s<", name);
	if ((text = given(query, bound)) != NULL)
	{
		if (!clock_parse_iso(text, &ms))
			return false;
		/* a bare day is meant to its end */
		*high = strchr(text, 'T') == NULL ? ms + DAY_MS - 1 : ms;
		*any = true;
	}
	return true;
}

static bool
wanted(const Call *call, const TwilioAccount *account, const Filter *filter)
{
	const Phone *phone = call->phone;
	int64_t start = phone->started_ms / 1000 * 1000; /* told in whole seconds */
	int64_t end = phone->ended_ms / 1000 * 1000;

	if (strcasecmp(call->account_sid, account->sid) != 0 ||
		(filter->to != NULL && strcmp(filter->to, phone->to) != 0) ||
		(filter->from != NULL && strcmp(filter->from, phone->from) != 0) ||
		(filter->status != NULL && strcasecmp(filter->status, phone_status(phone)) != 0))
		return false;
	/* A call that hasn't started has no start to compare, nor one that lasts an end. */
	if (filter->by_start && (start == 0 || start < filter->start_from || start > filter->start_to))
		return false;
	return !filter->by_end || (end != 0 && end >= filter->end_from && end <= filter->end_to);
}

static json_t *
page_uri(const Request *request, const TwilioAccount *account, long page, long size)
{
	Form query = {NULL, 0};
	char number[24];
	char *encoded;
	char *uri;
	json_t *json;

	for (size_t i = 0; i < request->query.count; i++)
	{
		const FormField *field = &request->query.fields[i];

		if (strcmp(field->name, "Page") != 0 && strcmp(field->name, "PageSize") != 0)
			form_add(&query, field->name, field->value);
	}
	snprintf(number, sizeof(number), "%ld", size);
	form_add(&query, "PageSize", number);
	snprintf(number, sizeof(number), "%ld", page);
	form_add(&query, "Page", number);
	encoded = form_encode(&query);
	uri = memory_format("/2010-04-01/Accounts/%s/Calls.json?%s", account->sid, encoded);
	json = json_string(uri);
	free(uri);
	free(encoded);
	form_free(&query);
	return json;
}

void
calls_list(Request *request)
{
	TwilioAccount account;
	Filter filter = {given(&request->query, "To"),
					 given(&request->query, "From"),
					 given(&request->query, "Status"),
					 0,
					 0,
					 0,
					 0,
					 false,
					 false};
	json_t *array;
	json_t *json;
	const Call *call;
	long page;
	long size;
	long seen = 0;
	bool more = false;

	if (!admitted(request, &account) || !twilio_paging(request, &page, &size))
		return;
	if (!read_times(&request->query, "StartTime", &filter.start_from, &filter.start_to,
					&filter.by_start) ||
		!read_times(&request->query, "EndTime", &filter.end_from, &filter.end_to, &filter.by_end))
	{
		twilio_refuse(request, 400, 20001, "StartTime and EndTime must be dates");
		return;
	}
	array = json_array();
	TAILQ_FOREACH_REVERSE(call, &calls, CallHead, link)
	{
		if (!wanted(call, &account, &filter) || seen++ < page * size)
			continue;
		if (seen > (page + 1) * size)
		{
			more = true;
			break;
		}
		json_array_append_new(array, call_json(call));
	}
	json = json_object();
	json_object_set_new(json, "first_page_uri", page_uri(request, &account, 0, size));
	json_object_set_new(json, "previous_page_uri",
						page > 0 ? page_uri(request, &account, page - 1, size) : json_null());
	json_object_set_new(json, "next_page_uri",
						more ? page_uri(request, &account, page + 1, size) : json_null());
	json_object_set_new(json, "uri", page_uri(request, &account, page, size));
	json_object_set_new(json, "page", json_integer(page));
	json_object_set_new(json, "page_size", json_integer(size));
	json_object_set_new(json, "start", json_integer(page * size));
	json_object_set_new(
		json, "end",
		json_integer(page * size +
					 (json_array_size(array) > 0 ? (json_int_t) json_array_size(array) - 1 : 0)));
	json_object_set_new(json, "calls", array);
	answer_json(request, 200, json);
}
