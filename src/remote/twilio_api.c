/*
 * twilio_api.c
 *		Studio v2 requests and answers.  Every answer is distrusted: status, type, size, shape.
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/datetime.h"

#include "ground/json.h"
#include "ground/settings.h"
#include "remote/twilio_api.h"

#define CODE_RATE_LIMIT 20429
#define CODE_ACTIVE_EXECUTION 20409

static void
request(const TwilioAccount *account, const char *method, const char *url, const char *body,
		const char *label, HttpDone done, void *arg)
{
	HttpCall call = {
		.method = method,
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

static char *
executions_url(const TwilioAccount *account)
{
	return psprintf("%s/v2/Flows/%s/Executions", account->studio_url,
					http_url_encode(account->flow_sid));
}

void
twilio_place(const TwilioAccount *account, const TwilioPage *page, HttpDone done, void *arg)
{
	StringInfoData form;
	JsonBuild b;
	Jsonb *parameters;

	json_begin(&b);
	json_text(&b, "attempt_id", page->attempt_id);
	json_text(&b, "eco_id", page->eco_id);
	json_text(&b, "subsector", page->subsector);
	json_text(&b, "message", page->message);
	json_text(&b, "callback_url", page->callback_url ? page->callback_url : "");
	parameters = json_end(&b);
	initStringInfo(&form);
	http_encode_form(&form, "To", page->to);
	http_encode_form(&form, "From", account->from_number);
	http_encode_form(&form, "Parameters",
					 JsonbToCString(NULL, &parameters->root, VARSIZE_ANY_EXHDR(parameters)));
	request(account, "POST", executions_url(account), form.data, "page", done, arg);
}

void
twilio_end(const TwilioAccount *account, const char *sid, HttpDone done, void *arg)
{
	char *url = psprintf("%s/%s", executions_url(account), http_url_encode(sid));

	request(account, "POST", url, "Status=ended", "end of a call", done, arg);
}

void
twilio_fetch(const TwilioAccount *account, const char *sid, HttpDone done, void *arg)
{
	char *url = psprintf("%s/%s", executions_url(account), http_url_encode(sid));

	request(account, "GET", url, NULL, "state of a call", done, arg);
}

void
twilio_context(const TwilioAccount *account, const char *sid, HttpDone done, void *arg)
{
	char *url = psprintf("%s/%s/Context", executions_url(account), http_url_encode(sid));

	request(account, "GET", url, NULL, "key press of a call", done, arg);
}

void
twilio_list(const TwilioAccount *account, TimestampTz since, HttpDone done, void *arg)
{
	struct pg_tm tm;
	fsec_t fsec;
	char from[64] = "";

	if (timestamp2tm(since, NULL, &tm, &fsec, NULL, NULL) == 0)
		snprintf(from, sizeof(from), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon,
				 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	twilio_list_next(account,
					 psprintf("%s?PageSize=%d&DateCreatedFrom=%s", executions_url(account),
							  TWILIO_LIST_PAGE, http_url_encode(from)),
					 done, arg);
}

void
twilio_list_next(const TwilioAccount *account, const char *url, HttpDone done, void *arg)
{
	request(account, "GET", url, NULL, "list of calls", done, arg);
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

/* The answer's body as an object, NULL unless it is one. */
static Jsonb *
object_of(const HttpAnswer *answer)
{
	Jsonb *body = NULL;

	if (answer->outcome == HTTP_ANSWERED && answer->body != NULL)
		body = json_parse(answer->body, answer->body_length);
	return body != NULL && JB_ROOT_IS_OBJECT(body) ? body : NULL;
}

TwilioPlaced
twilio_read_placed(const HttpAnswer *answer)
{
	TwilioPlaced placed = {TWILIO_LOST, NULL, -1, 0};
	Jsonb *body = object_of(answer);
	char *sid = body ? json_get_text(body, "sid") : NULL;

	placed.retry_after_s = answer->retry_after_s;
	placed.code = body ? (int) json_get_int(body, "code", 0) : 0;
	if (answer->outcome == HTTP_NOT_SENT)
		placed.reply = TWILIO_NOT_NOW;
	else if (answer->outcome != HTTP_ANSWERED)
		placed.reply = TWILIO_LOST;
	else if (answer->status == 200 || answer->status == 201)
	{
		if (twilio_is_sid(sid, "FN"))
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

int
twilio_read_ended(const HttpAnswer *answer)
{
	Jsonb *body = object_of(answer);
	char *status;

	if (answer->outcome == HTTP_ANSWERED && answer->status == 404)
		return 1; /* gone, as good as ended */
	if (body == NULL || answer->status != 200)
		return -1;
	status = json_get_text(body, "status");
	if (status == NULL)
		return -1;
	return strcmp(status, "ended") == 0 ? 1 : strcmp(status, "active") == 0 ? 0 : -1;
}

TwilioContext
twilio_read_context(const HttpAnswer *answer)
{
	TwilioContext found = {0};
	Jsonb *body = object_of(answer);
	Jsonb *context = body && answer->status == 200 ? json_get(body, "context") : NULL;
	Jsonb *flow = json_get(context, "flow");
	Jsonb *widgets = json_get(context, "widgets");
	Jsonb *ask = json_get(widgets, "ask");
	Jsonb *call = json_get(widgets, "call");

	if (context == NULL)
		return found;
	found.usable = true;
	found.attempt_id = json_get_text(json_get(flow, "data"), "attempt_id");
	found.digits = json_get_text(ask, "Digits");
	found.answered_by = json_get_text(call, "AnsweredBy");
	found.call_sid = json_get_text(call, "CallSid");
	found.call_status = json_get_text(call, "CallStatus");
	if (!twilio_is_sid(found.call_sid, "CA"))
		found.call_sid = NULL;
	return found;
}

int
twilio_read_list(const HttpAnswer *answer, const TwilioAccount *account, const char *to,
				 char **sids, int most, char **next)
{
	Jsonb *body = object_of(answer);
	Jsonb *list = body && answer->status == 200 ? json_get(body, "executions") : NULL;
	char *url = body ? json_get_text(json_get(body, "meta"), "next_page_url") : NULL;
	size_t base = strlen(account->studio_url);
	int n = 0;
	int count;

	*next = NULL;
	if (list == NULL || !JB_ROOT_IS_ARRAY(list) || JB_ROOT_IS_SCALAR(list))
		return -1;
	count = JB_ROOT_COUNT(list);
	/* credentials go there: nowhere but under our own base, and without it the list isn't whole */
	if (url != NULL && (strncmp(url, account->studio_url, base) != 0 || url[base] != '/'))
		return -1;
	*next = url;
	for (int i = 0; i < count && n < most; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&list->root, i);
		Jsonb *item = v && v->type == jbvBinary ? JsonbValueToJsonb(v) : NULL;
		char *address = json_get_text(item, "contact_channel_address");
		char *sid = json_get_text(item, "sid");

		if (address != NULL && strcmp(address, to) == 0 && twilio_is_sid(sid, "FN"))
			sids[n++] = sid;
	}
	return n;
}
