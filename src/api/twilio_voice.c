/*
 * twilio_voice.c
 *		Calls with TwiML: what is said, what was pressed, how the call went.
 *
 *		voice ─► message, keys ─► gather ─► outcome in words ─► the call's next order, or the end
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "api/twilio_report.h"
#include "domain/speech.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/pager_record.h"
#include "remote/http.h"
#include "remote/twilio_api.h"

#define ASKED_MOST 3 /* times, when nothing is pressed */

/* The first order of the call after number $2 that still waits for an answer. */
static SqlStatement next_sql = {
	.sql = "SELECT a.attempt_id, p.job_id, p.message FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id"
		   " WHERE (a.attempt_id = $1 OR a.call_of = $1) AND a.call_no > $2"
		   " AND a.state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED')"
		   " ORDER BY a.call_no LIMIT 1",
	.nargs = 2,
	.argtypes = {UUIDOID, INT4OID},
};

static SqlStatement one_sql = {
	.sql = "SELECT a.attempt_id, p.job_id, p.message FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement sharers_sql = {
	.sql = "SELECT attempt_id FROM strike.pager_attempts WHERE call_of = $1"
		   " AND state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED') ORDER BY call_no",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* The row that one_sql or next_sql found: asked about, for the nth time. */
static void
ask(Twiml *twiml, const char *before, int nth)
{
	pg_uuid_t id;
	char *attempt;
	char speech[SPEECH_MAX];
	char *action;

	(void) query_uuid(0, 1, &id);
	attempt = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&id)));
	action = psprintf("%s/twilio/gather/%s?subsector=%s&try=%d" TWILIO_REPEAT, strike_public_url,
					  attempt, http_url_encode(psprintf("ECO-%s", query_text(0, 2))), nth);
	speech_readable(query_text(0, 3), speech);
	twiml_ask(twiml, psprintf("%s%s", before, speech), action);
}

/* Goes on with the call's next order, or ends it. */
static Answer
go_on(Twiml *twiml, const Attempt *attempt)
{
	const char *document;
	Datum values[] = {UUIDPGetDatum(attempt->shares ? &attempt->call_of : &attempt->attempt_id),
					  Int32GetDatum(attempt->call_no)};

	if (query_run(&next_sql, values, NULL, 1) > 0)
		ask(twiml, "There is another callout. ", 1);
	else
	{
		twiml_say(twiml, "Goodbye.");
		twiml_hangup(twiml);
	}
	document = twiml_end(twiml);
	if (document == NULL)
		elog(ERROR, "a call's document doesn't fit");
	return (Answer){200, "text/xml", document};
}

static const char *
call_sid_of(const TwilioForm *form)
{
	const char *sid = twilio_form_value(form, "CallSid");

	return twilio_is_sid(sid, "CA") ? sid : NULL;
}

Answer
report_voice(const Report *report)
{
	const char *sid = call_sid_of(report->form);
	AttemptNews news = {
		.input = AI_ANSWERED, .call_sid = sid, .reporting_sid = sid, .reported = true};
	Datum argument = UUIDPGetDatum(&report->attempt_id);
	char *buffer = palloc(TWIML_MAX);
	const char *document;
	Attempt attempt;
	Twiml twiml;

	if (pager_record(&report->attempt_id, &news, &attempt) == NEWS_UNKNOWN)
		return report_text(404, "no such attempt\n");
	twiml_begin(&twiml, buffer, TWIML_MAX);
	if (attempt_ended(attempt.state))
	{
		/* settled while it rang: only the others of this call are asked about */
		twiml_say(&twiml, "The callout you were called for is settled.");
		return go_on(&twiml, &attempt);
	}
	(void) query_run(&one_sql, &argument, NULL, 1);
	/* a machine is asked once: it may be a person all the same */
	ask(&twiml, "",
		attempt_is_machine(twilio_form_value(report->form, "AnsweredBy")) ? ASKED_MOST : 1);
	twiml_say(&twiml, "No answer was recorded. Please call the NOC.");
	document = twiml_end(&twiml);
	if (document == NULL)
		elog(ERROR, "a call's document doesn't fit");
	return (Answer){200, "text/xml", document};
}

/* The key: of the form, or kept in the URL while the database was slow. */
static char
key_of(const Report *report)
{
	const char *digits = twilio_form_value(report->form, "Digits");

	if (digits == NULL || digits[0] == '\0')
		digits = twilio_form_value(report->query, "key");
	return digits != NULL && digits[0] != '\0' && digits[1] == '\0' ? digits[0] : '\0';
}

Answer
report_gather(const Report *report)
{
	const char *sid = call_sid_of(report->form);
	AttemptNews news = {.call_sid = sid, .reporting_sid = sid, .reported = true};
	Datum argument = UUIDPGetDatum(&report->attempt_id);
	const char *count = twilio_form_value(report->query, "try");
	int nth = count != NULL && count[0] >= '1' && count[0] <= '9' ? count[0] - '0' : 1;
	char key = key_of(report);
	char *buffer = palloc(TWIML_MAX);
	Attempt attempt;
	Twiml twiml;

	twiml_begin(&twiml, buffer, TWIML_MAX);
	if (key == '1' || key == '2')
	{
		news.input = key == '1' ? AI_ACCEPT_FIRST : AI_DECLINE;
		if (pager_record(&report->attempt_id, &news, &attempt) == NEWS_UNKNOWN)
			return report_text(404, "no such attempt\n");
		twiml_say(&twiml, report_outcome(&report->attempt_id));
		return go_on(&twiml, &attempt);
	}
	if (!attempt_read(&report->attempt_id, &attempt))
		return report_text(404, "no such attempt\n");
	if (attempt_ended(attempt.state))
	{
		twiml_say(&twiml, "This callout is settled.");
		return go_on(&twiml, &attempt);
	}
	if (key != '*' && ++nth > ASKED_MOST)
	{
		twiml_say(&twiml, "No answer was recorded.");
		return go_on(&twiml, &attempt);
	}
	(void) query_run(&one_sql, &argument, NULL, 1);
	ask(&twiml,
		key == '*'	  ? ""
		: key == '\0' ? "No key was pressed. "
					  : "That key means nothing. ",
		nth);
	twiml_say(&twiml, "No answer was recorded. Please call the NOC.");
	return (Answer){200, "text/xml", twiml_end(&twiml)};
}

/* The call is over: what wasn't answered in it is asked of the provider, and its line is free. */
static void
call_over(const Attempt *attempt)
{
	Datum argument = UUIDPGetDatum(&attempt->attempt_id);
	AttemptNews ask_now = {.input = AI_PLACED, .ask = true};
	int n = (int) query_run(&sharers_sql, &argument, NULL, TWILIO_PAGES_MAX);
	pg_uuid_t sharers[TWILIO_PAGES_MAX];

	for (int i = 0; i < n; i++)
		(void) query_uuid(i, 1, &sharers[i]);
	for (int i = 0; i < n; i++)
	{
		Attempt other;

		(void) pager_record(&sharers[i], &ask_now, &other);
	}
	if (attempt->line != NULL && attempt_ended(attempt->state))
		pager_settle(&attempt->attempt_id);
}

Answer
report_status(const Report *report)
{
	const TwilioForm *form = report->form;
	const char *sequence = twilio_form_value(form, "SequenceNumber");
	const char *status = twilio_form_value(form, "CallStatus");
	const char *sid = call_sid_of(form);
	AttemptNews news = {.call_sid = sid, .reporting_sid = sid, .reported = true};
	Attempt attempt;
	const char *words;
	int input = attempt_call_status(status, twilio_form_value(form, "AnsweredBy"), &words);

	if (status == NULL || sid == NULL)
		return report_text(400, "CallStatus and CallSid are needed\n");
	if (!attempt_read(&report->attempt_id, &attempt))
		return report_text(404, "no such attempt\n");
	/* an earlier call of this attempt, repeated since: only a key press in it would count */
	if (attempt.provider_sid != NULL && strcmp(attempt.provider_sid, sid) != 0)
		return (Answer){204, NULL, NULL};
	if (sequence != NULL && sequence[0] != '\0' && strlen(sequence) <= 6 &&
		strspn(sequence, "0123456789") == strlen(sequence))
	{
		news.has_sequence = true;
		news.sequence = atoi(sequence);
	}
	news.at_provider = report_words(twilio_form_value(form, "Timestamp"));
	news.input = input < 0 ? AI_PLACED : input;
	news.reason = words;
	/* queued, initiated: it is there, perhaps before the answer to our request is */
	if (input < 0 && attempt.provider_sid != NULL)
		return (Answer){204, NULL, NULL};
	if (pager_record(&report->attempt_id, &news, &attempt) == NEWS_UNKNOWN)
		return report_text(404, "no such attempt\n");
	if (input >= 0 && input != AI_CALLING && input != AI_ANSWERED)
		call_over(&attempt);
	return (Answer){204, NULL, NULL};
}
