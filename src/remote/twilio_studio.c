/*
 * twilio_studio.c
 *		Studio v2: executions of the flow that ships with Strike.  Every answer is distrusted:
 *		status, type, size, shape.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

#include "remote/twilio_request.h"

static char *
executions_url(const TwilioAccount *account)
{
	return psprintf("%s/v2/Flows/%s/Executions", account->studio_url,
					http_url_encode(account->flow_sid));
}

char *
studio_url_of(const TwilioAccount *account, const char *sid)
{
	return psprintf("%s/%s", executions_url(account), http_url_encode(sid));
}

static void
describe(JsonBuild *b, const TwilioPage *page, const char *base)
{
	json_text(b, "attempt_id", page->attempt_id);
	json_text(b, "eco_id", page->eco_id);
	json_text(b, "subsector", page->subsector);
	json_text(b, "message", page->message);
	json_text(b, "callback_url",
			  base[0] ? psprintf("%s/twilio/studio/%s" TWILIO_REPEAT, base, page->attempt_id) : "");
}

void
studio_place(const TwilioAccount *account, const char *to, const TwilioPage *pages, int n,
			 const char *base, HttpDone done, void *arg)
{
	StringInfoData form;
	JsonBuild b;
	Jsonb *parameters;

	json_begin(&b);
	describe(&b, &pages[0], base);
	if (n > 1)
	{
		json_begin_array(&b, "next");
		for (int i = 1; i < n; i++)
		{
			json_begin_element(&b);
			describe(&b, &pages[i], base);
			json_end_element(&b);
		}
		json_end_array(&b);
	}
	parameters = json_end(&b);
	initStringInfo(&form);
	http_encode_form(&form, "To", to);
	http_encode_form(&form, "From", account->from_number);
	http_encode_form(&form, "Parameters",
					 JsonbToCString(NULL, &parameters->root, VARSIZE_ANY_EXHDR(parameters)));
	twilio_request(account, executions_url(account), form.data, "page", done, arg);
}

char *
studio_list_url(const TwilioAccount *account, TimestampTz since)
{
	struct pg_tm tm;
	fsec_t fsec;
	char from[64] = "";

	if (timestamp2tm(since, NULL, &tm, &fsec, NULL, NULL) == 0)
		snprintf(from, sizeof(from), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon,
				 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return psprintf("%s?PageSize=%d&DateCreatedFrom=%s", executions_url(account), TWILIO_LIST_PAGE,
					http_url_encode(from));
}

TwilioState
studio_read_state(const HttpAnswer *answer)
{
	Jsonb *body = answer->status == 200 ? twilio_body(answer) : NULL;
	char *status = body ? json_get_text(body, "status") : NULL;
	TwilioState state = {0};

	state.ended = status != NULL && strcmp(status, "ended") == 0;
	state.usable = state.ended || (status != NULL && strcmp(status, "active") == 0);
	return state;
}

/* The number of our order in the call: 1 = the call's own, 0 = it isn't there. */
static int
order_in_call(const Jsonb *data, const char *ours)
{
	char *first = json_get_text(data, "attempt_id");
	Jsonb *next = json_get(data, "next");
	int count = next != NULL && JB_ROOT_IS_ARRAY(next) ? JB_ROOT_COUNT(next) : 0;

	if (first != NULL && strcmp(first, ours) == 0)
		return 1;
	for (int i = 0; i < count && i + 1 < TWILIO_PAGES_MAX; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&next->root, i);
		Jsonb *item = v && v->type == jbvBinary ? JsonbValueToJsonb(v) : NULL;
		char *id = json_get_text(item, "attempt_id");

		if (id != NULL && strcmp(id, ours) == 0)
			return i + 2;
	}
	return 0;
}

bool
twilio_read_context(const HttpAnswer *answer, const char *ours, TwilioState *state)
{
	Jsonb *body = answer->status == 200 ? twilio_body(answer) : NULL;
	Jsonb *context = body ? json_get(body, "context") : NULL;
	Jsonb *data = json_get(json_get(context, "flow"), "data");
	Jsonb *widgets = json_get(context, "widgets");
	Jsonb *call = json_get(widgets, "call");
	Jsonb *ask = NULL;
	int order;

	if (context == NULL)
		return false;
	state->attempt_id = json_get_text(data, "attempt_id");
	order = order_in_call(data, ours);
	if (order > 0)
		ask = json_get(widgets, psprintf("ask_%d", order));
	if (order == 1 && ask == NULL)
		ask = json_get(widgets, "ask");
	state->digits = json_get_text(ask, "Digits");
	state->answered_by = json_get_text(call, "AnsweredBy");
	state->call_status = json_get_text(call, "CallStatus");
	state->call_sid = json_get_text(call, "CallSid");
	if (!twilio_is_sid(state->call_sid, "CA"))
		state->call_sid = NULL;
	return true;
}

int
studio_read_list(const TwilioAccount *account, const HttpAnswer *answer, const char *to,
				 char **sids, int most, char **next)
{
	Jsonb *body = answer->status == 200 ? twilio_body(answer) : NULL;
	Jsonb *list = body ? json_get(body, "executions") : NULL;
	Jsonb *meta = body ? json_get(body, "meta") : NULL;
	char *url = meta ? json_get_text(meta, "next_page_url") : NULL;
	size_t base = strlen(account->studio_url);
	int n = 0;
	int count;

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
