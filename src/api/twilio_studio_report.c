/*
 * twilio_studio_report.c
 *		Reports of the Studio flow, and what a caller is told of his key.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "api/twilio_report.h"
#include "domain/eco_create.h"
#include "ground/json.h"
#include "ground/query.h"
#include "process/pager_record.h"
#include "remote/twilio_api.h"

#define REASON_MAX 200 /* bytes kept of a report's own words */

/* Who was first, in this or another page of the order; how its last page ended; is it closed? */
static SqlStatement outcome_sql = {
	.sql = "SELECT a.state, p.job_id, (SELECT r.name FROM strike.pager_process_state f"
		   " JOIN strike.contact_refs r ON r.contact_ref = f.accepted_by"
		   " WHERE f.eco_id = a.eco_id ORDER BY f.accepted_at DESC LIMIT 1), a.reason, p.test_of "
		   "IS NOT NULL"
		   " FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

Answer
report_text(int status, const char *body)
{
	return (Answer){status, "text/plain; charset=utf-8", body};
}

char *
report_words(const char *words)
{
	char *copy;

	if (words == NULL || words[0] == '\0')
		return NULL;
	copy = pnstrdup(words, pg_mbcliplen(words, strlen(words), REASON_MAX));
	for (char *p = copy; *p; p++)
		if ((unsigned char) *p < ' ')
			*p = ' ';
	return copy;
}

char *
report_outcome(const pg_uuid_t *attempt_id)
{
	Datum argument = UUIDPGetDatum(attempt_id);
	char *state;
	char *name;
	char *reason;
	long number;

	if (query_run(&outcome_sql, &argument, NULL, 1) == 0)
		return pstrdup("");
	state = query_text(0, 1);
	if (query_bool(0, 5, false))
		return pstrdup("Thank you. The test call has arrived.");
	number = job_id_number(query_text(0, 2));
	name = query_text(0, 3);
	reason = query_text(0, 4);
	if (strcmp(state, "ACCEPTED") == 0)
		return psprintf("Thank you. You have accepted ECO %ld.", number);
	if (strcmp(state, "DECLINED") == 0)
		return psprintf("You have declined ECO %ld. Somebody else is called.", number);
	if (strcmp(state, "STOOD_DOWN") != 0)
		return pstrdup("No answer was recorded.");
	if (name != NULL && reason != NULL && strstr(reason, "accepted") != NULL)
		return psprintf("ECO %ld was already accepted by %s, you are stood down. Thank you.",
						number, name);
	return psprintf("ECO %ld: %s, you are stood down. Thank you.", number,
					reason ? reason : "nobody is needed any more");
}

static const char *
say(const char *words)
{
	JsonBuild b;
	Jsonb *body;

	json_begin(&b);
	json_text(&b, "say", words);
	body = json_end(&b);
	return JsonbToCString(NULL, &body->root, VARSIZE_ANY_EXHDR(body));
}

Answer
report_studio(const Report *report)
{
	const TwilioForm *form = report->form;
	char *reason = report_words(twilio_form_value(form, "Reason"));
	const char *call_sid = twilio_form_value(form, "CallSid");
	AttemptNews news = {.reported = true};
	Attempt attempt;
	const char *words;
	/* whether a key press 1 counts is decided where it is recorded */
	int input =
		attempt_studio_report(twilio_form_value(form, "Event"), twilio_form_value(form, "Digits"),
							  twilio_form_value(form, "AnsweredBy"), reason, true, &words);

	if (input < 0)
		return report_text(400, "unknown Event: CALLING, ACCEPTED, DECLINED or FAILED\n");
	news.input = input;
	news.reason = words ? words : reason;
	if (twilio_is_sid(call_sid, "CA"))
		news.call_sid = call_sid;
	news.at_provider = report_words(twilio_form_value(form, "Timestamp"));
	if (pager_record(&report->attempt_id, &news, &attempt) == NEWS_UNKNOWN)
		return report_text(404, "no such attempt\n");
	if (input != AI_ACCEPT_FIRST && input != AI_DECLINE)
		return (Answer){204, NULL, NULL};
	return (Answer){200, "application/json", say(report_outcome(&report->attempt_id))};
}
