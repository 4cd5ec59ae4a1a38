/*
 * twilio_webhook.c
 *		strike_twilio_webhook: what Twilio reports, checked and recorded in one transaction.
 *
 *		path ─► attempt and its account ─► signature ─► form ─► pager_record()
 *
 * 403 a signature that doesn't fit (nothing is read further, nothing stored), 404 a path or an
 * attempt that isn't ours, 405, 400 a body that can't be a report; an error of the database is
 * raised, and the gateway answers it 503, so that the report may come again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "domain/pager_attempt.h"
#include "domain/twilio_form.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/pager_record.h"
#include "remote/twilio_signature.h"

PG_FUNCTION_INFO_V1(strike_twilio_webhook);

#define STUDIO_PATH "/twilio/studio/"
#define URL_MAX 4096
#define REASON_MAX 200 /* bytes kept of a report's own words */

static SqlStatement tokens_sql = {
	.sql = "SELECT t.auth_token, t.auth_token_next FROM strike.pager_attempts a"
		   " JOIN strike.twilio_accounts t ON t.account_id = a.account_id WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement all_tokens_sql = {
	.sql = "SELECT auth_token, auth_token_next FROM strike.twilio_accounts LIMIT 100",
};

typedef struct Answer
{
	int status;
	const char *content_type;
	const char *body;
} Answer;

static Answer
text_answer(int status, const char *body)
{
	return (Answer){status, "text/plain; charset=utf-8", body};
}

/* The attempt that the path names; false unless it is /twilio/studio/{uuid} exactly. */
static bool
attempt_of_path(const char *url, pg_uuid_t *attempt_id)
{
	const char *id = url + strlen(STUDIO_PATH);
	char text[37];

	if (strncmp(url, STUDIO_PATH, strlen(STUDIO_PATH)) != 0)
		return false;
	if (strcspn(id, "?") != 36)
		return false;
	memcpy(text, id, 36);
	text[36] = '\0';
	for (int i = 0; i < 36; i++)
	{
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	}
	*attempt_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return true;
}

/* A report's own words, kept short and printable. */
static char *
clean(const char *text)
{
	char *copy;

	if (text == NULL || text[0] == '\0')
		return NULL;
	copy = pnstrdup(text, pg_mbcliplen(text, strlen(text), REASON_MAX));
	for (char *p = copy; *p; p++)
		if ((unsigned char) *p < ' ')
			*p = ' ';
	return copy;
}

/* Is it signed with a token of the attempt's account (of any, when the attempt isn't known)? */
static bool
signed_by_account(const pg_uuid_t *attempt_id, const char *url, const char *content_type,
				  const char *body, const char *signature, bool *known)
{
	Datum argument = UUIDPGetDatum(attempt_id);
	const char *tokens[200];
	uint64 rows = query_run(&tokens_sql, &argument, NULL, 1);
	int n = 0;

	*known = rows > 0;
	if (!*known)
		rows = query_run(&all_tokens_sql, NULL, NULL, 0);
	for (uint64 row = 0; row < rows && n + 2 <= lengthof(tokens); row++)
	{
		tokens[n++] = query_text(row, 1);
		tokens[n++] = query_text(row, 2);
	}
	return twilio_signature_valid(psprintf("%s%s", strike_public_url, url), content_type, body,
								  signature, tokens, n);
}

static Answer
studio_report(const pg_uuid_t *attempt_id, const char *body)
{
	TwilioForm *form = palloc(sizeof(TwilioForm));
	char *text = pstrdup(body);
	AttemptNews news = {0};
	Attempt attempt;
	const char *words;
	const char *reason;
	const char *call_sid;
	int input;

	if (!twilio_form_parse(form, text, strlen(text)))
		return text_answer(400, "the body is no form\n");
	reason = clean(twilio_form_value(form, "Reason"));
	/* whether a key press 1 counts is decided where it is recorded */
	input =
		attempt_studio_report(twilio_form_value(form, "Event"), twilio_form_value(form, "Digits"),
							  twilio_form_value(form, "AnsweredBy"), reason, true, &words);
	if (input < 0)
		return text_answer(400, "unknown Event: CALLING, ACCEPTED, DECLINED or FAILED\n");
	call_sid = twilio_form_value(form, "CallSid");
	news.input = input;
	news.reason = words ? words : reason;
	if (call_sid != NULL && strlen(call_sid) == 34 && strncmp(call_sid, "CA", 2) == 0)
		news.call_sid = call_sid;
	news.at_provider = clean(twilio_form_value(form, "Timestamp"));
	if (pager_record(attempt_id, &news, &attempt) == NEWS_UNKNOWN)
		return text_answer(404, "no such attempt\n");
	return (Answer){204, NULL, NULL};
}

static char *
argument(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
}

static Answer
handle(const char *method, const char *url, const char *body, const char *content_type,
	   const char *signature)
{
	pg_uuid_t attempt_id;
	bool known;

	if (url == NULL || strlen(url) > URL_MAX || !attempt_of_path(url, &attempt_id))
		return text_answer(404, "no such webhook\n");
	if (method == NULL || strcmp(method, "POST") != 0)
		return text_answer(405, "POST only\n");
	if (strike_public_url[0] == '\0')
		return text_answer(503, "strike.public_url isn't set\n");
	if (signature == NULL ||
		!signed_by_account(&attempt_id, url, content_type, body, signature, &known))
		return text_answer(403, "the signature doesn't fit\n");
	if (!known)
		return text_answer(404, "no such attempt\n");
	if (content_type == NULL ||
		pg_strncasecmp(content_type, "application/x-www-form-urlencoded", 33) != 0)
		return text_answer(400, "send a form\n");
	return studio_report(&attempt_id, body ? body : "");
}

/* strike_twilio_webhook(method, url, body, content_type, signature) → (http_status, content_type, body) */
Datum
strike_twilio_webhook(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	TupleDesc desc;
	Datum values[3] = {0};
	bool nulls[3] = {false, true, true};
	Answer answer;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	SPI_connect();
	answer = handle(argument(fcinfo, 0), argument(fcinfo, 1), argument(fcinfo, 2),
					argument(fcinfo, 3), argument(fcinfo, 4));
	SPI_finish();
	MemoryContextSwitchTo(caller);
	values[0] = Int32GetDatum(answer.status);
	if (answer.body != NULL)
	{
		values[1] = CStringGetTextDatum(answer.content_type);
		values[2] = CStringGetTextDatum(answer.body);
		nulls[1] = nulls[2] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
