/*
 * twilio_calls.c
 *		The Calls API: TwiML is fetched from our webhooks.  There is no key press in a call's
 *		resource, so an answer can only be heard by webhook; the rest is found by asking.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "domain/speech.h"
#include "remote/twilio_request.h"

#define VERSION_PATH "/2010-04-01/"
#define RING_S "20" /* Twilio may add five */

static char *
account_url(const TwilioAccount *account)
{
	return psprintf("%s" VERSION_PATH "Accounts/%s", account->api_url,
					http_url_encode(account->account_sid));
}

char *
calls_url_of(const TwilioAccount *account, const char *sid)
{
	return psprintf("%s/Calls/%s.json", account_url(account), http_url_encode(sid));
}

char *
calls_list_url(const TwilioAccount *account, const char *to, const char *status)
{
	return psprintf("%s/Calls.json?To=%s&PageSize=%d%s%s", account_url(account),
					http_url_encode(to), TWILIO_LIST_PAGE, status ? "&Status=" : "",
					status ? status : "");
}

/* Without webhooks nobody can answer: who is called is told whom to tell. */
static char *
one_way(const TwilioPage *pages, int n)
{
	char *document = palloc(4000);
	Twiml twiml;

	/* as many orders as a Twiml parameter takes */
	for (; n > 0; n--)
	{
		twiml_begin(&twiml, document, 4000);
		for (int i = 0; i < n; i++)
		{
			char speech[SPEECH_MAX];

			speech_readable(pages[i].message, speech);
			twiml_say(&twiml, speech);
		}
		twiml_say(&twiml, "This call can't take your answer. Please call the NOC to accept.");
		twiml_hangup(&twiml);
		if (twiml_end(&twiml) != NULL)
			return document;
	}
	return "<Response><Say>You are needed. Please call the NOC.</Say></Response>";
}

static char *
webhook(const char *base, const char *kind, const TwilioPage *page)
{
	return psprintf("%s/twilio/%s/%s?subsector=%s" TWILIO_REPEAT, base, kind, page->attempt_id,
					http_url_encode(page->subsector));
}

void
calls_place(const TwilioAccount *account, const char *to, const TwilioPage *pages, int n,
			const char *base, HttpDone done, void *arg)
{
	static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
	StringInfoData form;

	initStringInfo(&form);
	http_encode_form(&form, "To", to);
	http_encode_form(&form, "From", account->from_number);
	if (base[0])
	{
		http_encode_form(&form, "Url", webhook(base, "voice", &pages[0]));
		http_encode_form(&form, "Method", "POST");
		http_encode_form(&form, "StatusCallback", webhook(base, "status", &pages[0]));
		http_encode_form(&form, "StatusCallbackMethod", "POST");
		for (int i = 0; i < lengthof(events); i++)
			http_encode_form(&form, "StatusCallbackEvent", events[i]);
	}
	else
		http_encode_form(&form, "Twiml", one_way(pages, n));
	http_encode_form(&form, "Timeout", RING_S);
	http_encode_form(&form, "MachineDetection", "Enable");
	http_encode_form(&form, "MachineDetectionTimeout", "10");
	twilio_request(account, psprintf("%s/Calls.json", account_url(account)), form.data, "page",
				   done, arg);
}

TwilioState
calls_read_state(const HttpAnswer *answer)
{
	static const char *const live[] = {"queued", "initiated", "ringing", "in-progress"};
	static const char *const over[] = {"completed", "busy", "failed", "no-answer", "canceled"};
	Jsonb *body = answer->status == 200 ? twilio_body(answer) : NULL;
	TwilioState state = {.complete = true};

	if (body == NULL)
		return state;
	state.call_status = json_get_text(body, "status");
	state.answered_by = json_get_text(body, "answered_by");
	state.call_sid = json_get_text(body, "sid");
	if (!twilio_is_sid(state.call_sid, "CA"))
		state.call_sid = NULL;
	for (int i = 0; state.call_status != NULL && i < lengthof(live); i++)
		state.usable |= strcmp(state.call_status, live[i]) == 0;
	for (int i = 0; state.call_status != NULL && i < lengthof(over); i++)
		state.ended |= strcmp(state.call_status, over[i]) == 0;
	state.usable |= state.ended;
	return state;
}

/* "Thu, 30 Jul 2015 20:00:00 +0000" (RFC 2822), microseconds since 2000; false = no such time. */
static bool
read_time(const char *text, TimestampTz *at)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
										 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char month[4];
	char sign;
	int zone;
	struct pg_tm tm = {0};

	if (text == NULL || strlen(text) > 40 ||
		sscanf(text, "%*3s, %d %3s %d %d:%d:%d %c%4d", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour,
			   &tm.tm_min, &tm.tm_sec, &sign, &zone) != 8)
		return false;
	for (int i = 0; i < lengthof(months); i++)
		if (strcmp(months[i], month) == 0)
			tm.tm_mon = i + 1;
	if (tm.tm_mon == 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 2000 ||
		tm.tm_year > 9999 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	/* tm2timestamp's zone is seconds west of Greenwich */
	zone = (zone / 100 * 60 + zone % 100) * 60;
	zone = sign == '-' ? zone : -zone;
	return tm2timestamp(&tm, 0, &zone, at) == 0;
}

int
calls_read_list(const TwilioAccount *account, const HttpAnswer *answer, const char *to,
				TimestampTz since, char **sids, int most, char **next)
{
	Jsonb *body = answer->status == 200 ? twilio_body(answer) : NULL;
	Jsonb *list = body ? json_get(body, "calls") : NULL;
	char *uri = body ? json_get_text(body, "next_page_uri") : NULL;
	int n = 0;
	int count;

	if (list == NULL || !JB_ROOT_IS_ARRAY(list) || JB_ROOT_IS_SCALAR(list))
		return -1;
	/* a path below our own base, and nothing else: credentials go there */
	if (uri != NULL && strncmp(uri, VERSION_PATH, strlen(VERSION_PATH)) != 0)
		return -1;
	*next = uri ? psprintf("%s%s", account->api_url, uri) : NULL;
	count = JB_ROOT_COUNT(list);
	for (int i = 0; i < count && n < most; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&list->root, i);
		Jsonb *item = v && v->type == jbvBinary ? JsonbValueToJsonb(v) : NULL;
		char *number = json_get_text(item, "to");
		char *from = json_get_text(item, "from");
		char *sid = json_get_text(item, "sid");
		TimestampTz created;
		char *at = json_get_text(item, "date_created");

		/* none yet: it is new; one that can't be read: older or not can't be told */
		created = since;
		if (at != NULL && !read_time(at, &created))
			return -1;
		if (created < since)
		{
			*next = NULL; /* newest first: what follows is older */
			break;
		}
		if (number != NULL && strcmp(number, to) == 0 && from != NULL &&
			strcmp(from, account->from_number) == 0 && twilio_is_sid(sid, "CA"))
			sids[n++] = sid;
	}
	return n;
}
