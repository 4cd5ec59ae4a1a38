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

#include "api/twilio_report.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "remote/twilio_api.h"
#include "remote/twilio_signature.h"

PG_FUNCTION_INFO_V1(strike_twilio_webhook);

#define URL_MAX 4096

static const struct
{
	const char *path;
	Answer (*report)(const Report *report);
} webhooks[] = {
	{"/twilio/studio/", report_studio},
	{"/twilio/voice/", report_voice},
	{"/twilio/gather/", report_gather},
	{"/twilio/status/", report_status},
};

static SqlStatement tokens_sql = {
	.sql = "SELECT t.auth_token, t.auth_token_next FROM strike.pager_attempts a"
		   " JOIN strike.twilio_accounts t ON t.account_id = a.account_id WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement all_tokens_sql = {
	.sql = "SELECT auth_token, auth_token_next FROM strike.twilio_accounts LIMIT 100",
};

/* The attempt that the path names, and which webhook; -1 unless it is /twilio/{kind}/{uuid}. */
static int
attempt_of_path(const char *url, pg_uuid_t *attempt_id)
{
	const char *id = NULL;
	int which = -1;
	char text[37];

	for (int i = 0; i < lengthof(webhooks); i++)
		if (strncmp(url, webhooks[i].path, strlen(webhooks[i].path)) == 0)
		{
			which = i;
			id = url + strlen(webhooks[i].path);
		}
	if (which < 0 || strcspn(id, "?") != 36)
		return -1;
	memcpy(text, id, 36);
	text[36] = '\0';
	for (int i = 0; i < 36; i++)
	{
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
			return -1;
	}
	*attempt_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return which;
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
	/* the URL was given with its wishes for repeats; whether they are signed is nowhere said */
	return twilio_signature_valid(psprintf("%s%s", strike_public_url, url), content_type, body,
								  signature, tokens, n) ||
		   twilio_signature_valid(psprintf("%s%s" TWILIO_REPEAT, strike_public_url, url),
								  content_type, body, signature, tokens, n);
}

/* The form and the query, decoded; false = the body is no form. */
static bool
read_forms(Report *report, const char *url, const char *body)
{
	TwilioForm *form = palloc(sizeof(TwilioForm));
	TwilioForm *query = palloc0(sizeof(TwilioForm));
	char *text = pstrdup(body);
	const char *question = strchr(url, '?');

	report->form = form;
	report->query = query;
	if (!twilio_form_parse(form, text, strlen(text)))
		return false;
	text = pstrdup(question ? question + 1 : "");
	if (!twilio_form_parse(query, text, strlen(text)))
		query->count = 0;
	return true;
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
	Report report = {0};
	int which = -1;
	bool known;

	if (url != NULL && strlen(url) <= URL_MAX)
		which = attempt_of_path(url, &report.attempt_id);
	if (which < 0)
		return report_text(404, "no such webhook\n");
	if (method == NULL || strcmp(method, "POST") != 0)
		return report_text(405, "POST only\n");
	if (strike_public_url[0] == '\0')
		return report_text(503, "strike.public_url isn't set\n");
	if (signature == NULL ||
		!signed_by_account(&report.attempt_id, url, content_type, body, signature, &known))
		return report_text(403, "the signature doesn't fit\n");
	if (!known)
		return report_text(404, "no such attempt\n");
	if (content_type == NULL ||
		pg_strncasecmp(content_type, "application/x-www-form-urlencoded", 33) != 0)
		return report_text(400, "send a form\n");
	if (!read_forms(&report, url, body ? body : ""))
		return report_text(400, "the body is no form\n");
	return webhooks[which].report(&report);
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
