/*
 * twilio_api.c
 *		Requests and answers that don't depend on the transport, and the choice of it.
 */
#include "postgres.h"

#include <ctype.h>

#include "ground/settings.h"
#include "remote/twilio_request.h"

#define CODE_RATE_LIMIT 20429
#define CODE_ACTIVE_EXECUTION 20409

void
twilio_request(const TwilioAccount *account, const char *url, const char *body, const char *label,
			   HttpDone done, void *arg)
{
	HttpCall call = {
		.method = body ? "POST" : "GET",
		.url = url,
		.content_type = body ? "application/x-www-form-urlencoded" : NULL,
		.body = body,
		.user = account->account_sid,
		.password = account->auth_token,
		.timeout_ms = strike_twilio_timeout,
		.label = label,
	};

	http_start(&call, done, arg);
}

Jsonb *
twilio_body(const HttpAnswer *answer)
{
	Jsonb *body = NULL;

	if (answer->outcome == HTTP_ANSWERED && answer->body != NULL)
		body = json_parse(answer->body, answer->body_length);
	return body != NULL && JB_ROOT_IS_OBJECT(body) ? body : NULL;
}

bool
twilio_is_sid(const char *text, const char *kind)
{
	if (text == NULL || strlen(text) != 34 || strncmp(text, kind, 2) != 0)
		return false;
	for (const char *p = text + 2; *p; p++)
		if (!isxdigit((unsigned char) *p))
			return false;
	return true;
}

void
twilio_place(const TwilioAccount *account, const char *to, const TwilioPage *pages, int n,
			 const char *base, HttpDone done, void *arg)
{
	(account->calls ? calls_place : studio_place)(account, to, pages, n, base, done, arg);
}

void
twilio_end(const TwilioAccount *account, const char *sid, HttpDone done, void *arg)
{
	if (account->calls)
		twilio_request(account, calls_url_of(account, sid), "Status=completed", "end of a call",
					   done, arg);
	else
		twilio_request(account, studio_url_of(account, sid), "Status=ended", "end of a call", done,
					   arg);
}

void
twilio_fetch(const TwilioAccount *account, const char *sid, HttpDone done, void *arg)
{
	char *url = account->calls ? calls_url_of(account, sid) : studio_url_of(account, sid);

	twilio_request(account, url, NULL, "state of a call", done, arg);
}

void
twilio_context(const TwilioAccount *account, const char *sid, HttpDone done, void *arg)
{
	twilio_request(account, psprintf("%s/Context", studio_url_of(account, sid)), NULL,
				   "key press of a call", done, arg);
}

void
twilio_list(const TwilioAccount *account, const char *to, TimestampTz since, HttpDone done,
			void *arg)
{
	twilio_list_next(account,
					 account->calls ? calls_list_url(account, to, NULL)
									: studio_list_url(account, since),
					 done, arg);
}

void
twilio_list_next(const TwilioAccount *account, const char *url, HttpDone done, void *arg)
{
	twilio_request(account, url, NULL, "list of calls", done, arg);
}

void
twilio_queue(const TwilioAccount *account, const char *to, HttpDone done, void *arg)
{
	twilio_request(account, calls_list_url(account, to, "queued"), NULL, "provider's queue", done,
				   arg);
}

TwilioPlaced
twilio_read_placed(const TwilioAccount *account, const HttpAnswer *answer)
{
	TwilioPlaced placed = {TWILIO_LOST, NULL, -1, 0};
	Jsonb *body = twilio_body(answer);
	char *sid = body ? json_get_text(body, "sid") : NULL;

	placed.retry_after_s = answer->retry_after_s;
	placed.code = body ? (int) json_get_int(body, "code", 0) : 0;
	if (answer->outcome == HTTP_NOT_SENT)
		placed.reply = TWILIO_NOT_SENT;
	else if (answer->outcome != HTTP_ANSWERED)
		placed.reply = TWILIO_LOST;
	else if (answer->status == 200 || answer->status == 201)
	{
		if (twilio_is_sid(sid, account->calls ? "CA" : "FN"))
		{
			placed.reply = TWILIO_PLACED;
			placed.sid = sid;
		}
	}
	else if (answer->status == 429 || placed.code == CODE_RATE_LIMIT)
		placed.reply = TWILIO_NOT_NOW;
	else if (answer->status == 409 && placed.code == CODE_ACTIVE_EXECUTION)
	{
		Jsonb *details = json_get(body, "details");
		char *other = details ? json_get_text(details, "conflicting_execution_sid") : NULL;

		placed.reply = TWILIO_LINE_BUSY;
		placed.sid = twilio_is_sid(other, "FN") ? other : NULL;
	}
	else if (answer->status == 401 || answer->status == 403 || answer->status == 404)
		placed.reply = TWILIO_ACCOUNT;
	else if (answer->status >= 400 && answer->status < 500 && answer->status != 408)
		placed.reply = TWILIO_REFUSED;
	return placed;
}

TwilioState
twilio_read_state(const TwilioAccount *account, const HttpAnswer *answer)
{
	if (answer->outcome == HTTP_ANSWERED && answer->status == 404)
		return (TwilioState){.usable = true, .ended = true, .complete = account->calls};
	return account->calls ? calls_read_state(answer) : studio_read_state(answer);
}

int
twilio_read_list(const TwilioAccount *account, const HttpAnswer *answer, const char *to,
				 TimestampTz since, char **sids, int most, char **next)
{
	*next = NULL;
	if (account->calls)
		return calls_read_list(account, answer, to, since, sids, most, next);
	return studio_read_list(account, answer, to, sids, most, next);
}

bool
twilio_read_queued(const HttpAnswer *answer, const char *to)
{
	Jsonb *body = answer->status == 200 ? twilio_body(answer) : NULL;
	Jsonb *list = body ? json_get(body, "calls") : NULL;
	int count = list != NULL && JB_ROOT_IS_ARRAY(list) ? JB_ROOT_COUNT(list) : 0;

	for (int i = 0; i < count; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&list->root, i);
		Jsonb *item = v && v->type == jbvBinary ? JsonbValueToJsonb(v) : NULL;
		char *number = json_get_text(item, "to");
		char *status = json_get_text(item, "status");

		if (number != NULL && strcmp(number, to) == 0 && status != NULL &&
			strcmp(status, "queued") == 0)
			return true;
	}
	return false;
}
