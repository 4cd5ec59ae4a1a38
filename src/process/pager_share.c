/*
 * pager_share.c
 *		One telephone call for several orders.
 *
 *		A calls X ── B, C, D wait for X's line ── A's call ends ─► B's run calls X, and C and D,
 *		which wait for the same line, ride along: attempts of their own, call_of = B's attempt
 *
 * Orders of one telephone account only: a line that another account keeps busy is waited for.
 *
 * The first attempt carries the line, the claim and every request; the others learn from it that
 * the call was placed, rings, or reached nobody.  What is pressed is reported for each by itself.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "process/eco_view.h"
#include "process/pager_list.h"
#include "process/pager_share.h"
#include "remote/twilio_api.h"

#define ACTOR "strike:pager"

static SqlStatement waiting_sql = {
	.sql = "SELECT p.run_id FROM strike.pager_process_state p"
		   " WHERE p.waiting_line = $1 AND p.status <> 'COMPLETED' AND p.run_id <> $2"
		   " AND $3 = (SELECT a.account_id FROM strike.twilio_accounts a"
		   " WHERE a.osp_tenant = p.osp_tenant OR a.osp_tenant IS NULL"
		   " ORDER BY a.osp_tenant NULLS LAST LIMIT 1)"
		   " ORDER BY (SELECT min(c.waiting_since) FROM strike.pager_run_contacts c"
		   " WHERE c.run_id = p.run_id AND NOT c.tried), p.created_at LIMIT $4",
	.nargs = 4,
	.argtypes = {TEXTOID, UUIDOID, UUIDOID, INT8OID},
};

static SqlStatement tried_sql = {
	.sql =
		"UPDATE strike.pager_run_contacts SET tried = true WHERE run_id = $1 AND contact_no = $2",
	.nargs = 2,
	.argtypes = {UUIDOID, INT4OID},
};

static SqlStatement sharers_sql = {
	.sql = "SELECT attempt_id FROM strike.pager_attempts WHERE call_of = $1"
		   " AND state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED') ORDER BY call_no",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* The others of a call; $2: also those that ended since it was requested, and don't know which it is. */
static SqlStatement told_sql = {
	.sql = "SELECT a.attempt_id FROM strike.pager_attempts a"
		   " JOIN strike.pager_attempts f ON f.attempt_id = a.call_of WHERE a.call_of = $1"
		   " AND (a.state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED')"
		   " OR ($2 AND a.state IN ('TIMEOUT', 'CANCELED') AND a.provider_sid IS NULL"
		   " AND a.ended_at >= f.requested_at))"
		   " ORDER BY a.call_no",
	.nargs = 2,
	.argtypes = {UUIDOID, BOOLOID},
};

/* He wasn't called, and is by himself. */
static SqlStatement again_sql = {
	.sql = "UPDATE strike.pager_run_contacts c SET tried = false, waiting_since = NULL"
		   " FROM strike.pager_attempts a WHERE a.attempt_id = $1 AND a.state = 'TIMEOUT'"
		   " AND c.run_id = a.run_id AND c.contact_no = a.contact_no",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* The one whose turn it is in that run, if it is that number and he can be called now. */
static RunContact *
next_contact(Run *run, const char *phone, TimestampTz now, RunList *list)
{
	if (run->status == PP_COMPLETED || run->waiting_line == NULL || !eco_is_open(&run->eco_id))
		return NULL;
	list_read(run, now, list);
	for (int i = 0; i < list->n; i++)
	{
		RunContact *contact = &list->contacts[i];

		if (list->plan[i].tried)
			continue;
		if (contact->obstacle != NULL && !(contact->off_duty && run->duty_ignored))
			return NULL;
		return contact->phone != NULL && strcmp(contact->phone, phone) == 0 ? contact : NULL;
	}
	return NULL;
}

/* False: somebody changed the run meanwhile. */
static bool
ride_along(Run *run, const RunContact *contact, const Attempt *first, int call_no, TimestampTz now)
{
	int64 deadline = strike_pager_deadline * INT64CONST(1000);
	Datum values[] = {UUIDPGetDatum(&run->run_id), Int32GetDatum(contact->contact_no)};
	Attempt attempt = {
		.attempt_id = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0)),
		.run_id = run->run_id,
		.eco_id = run->eco_id,
		.contact_no = contact->contact_no,
		.contact_ref = contact->contact_ref,
		.account_id = first->account_id,
		.state = AT_INTENT,
		.shares = true,
		.call_of = first->attempt_id,
		.call_no = call_no,
		.created_at = now,
	};

	run->last_error = NULL;
	run->status = PP_RUNNING;
	run->contact_no = contact->contact_no;
	run->has_attempt = true;
	run->attempt_id = attempt.attempt_id;
	run->waiting = false;
	run->waiting_line = NULL;
	run->slot_at = 0;
	/* asked about after the others */
	run->deadline_at = now + PAGER_STRETCH * deadline;
	if (!run_write(run, now))
		return false;
	(void) query_run(&tried_sql, values, NULL, 0);
	attempt_insert(&attempt);
	run_append_attempt(run, &attempt, NULL, ACTOR);
	return true;
}

void
share_call(const Attempt *first, const char *phone, TimestampTz now)
{
	Datum values[] = {CStringGetTextDatum(phone), UUIDPGetDatum(&first->run_id),
					  UUIDPGetDatum(&first->account_id), Int64GetDatum(TWILIO_PAGES_MAX - 1)};
	pg_uuid_t waiting[TWILIO_PAGES_MAX - 1];
	RunList *list = palloc(sizeof(RunList));
	int n = (int) query_run(&waiting_sql, values, NULL, TWILIO_PAGES_MAX - 1);
	int call_no = 1;

	for (int i = 0; i < n; i++)
		(void) query_uuid(i, 1, &waiting[i]);
	for (int i = 0; i < n; i++)
	{
		RunContact *contact;
		Run run;

		if (!run_read(&waiting[i], &run))
			continue;
		contact = next_contact(&run, phone, now, list);
		if (contact != NULL && ride_along(&run, contact, first, call_no + 1, now))
			call_no++;
	}
	pfree(list);
}

void
share_news(const Attempt *first, const AttemptNews *news, AttemptInput input)
{
	int told = attempt_for_rider(input, first->provider_sid != NULL || news->reported);
	AttemptNews theirs = {.provider_sid = news->provider_sid, .call_sid = news->call_sid};
	Datum values[] = {UUIDPGetDatum(&first->attempt_id),
					  BoolGetDatum(input == AI_PLACED && news->provider_sid != NULL)};
	pg_uuid_t sharers[TWILIO_PAGES_MAX];
	int n;

	if (told < 0)
		return;
	n = (int) query_run(&told_sql, values, NULL, TWILIO_PAGES_MAX);
	for (int i = 0; i < n; i++)
		(void) query_uuid(i, 1, &sharers[i]);
	theirs.input = told == RIDE_ASK ? AI_PLACED : told;
	theirs.ask = told == RIDE_ASK;
	if (theirs.ask)
		theirs.provider_sid = first->provider_sid;
	theirs.reason = told == RIDE_ASK ? NULL : news->reason;
	for (int i = 0; i < n; i++)
	{
		Attempt attempt;

		if (pager_record(&sharers[i], &theirs, &attempt) == NEWS_RECORDED && input == AI_CANCEL)
		{
			values[0] = UUIDPGetDatum(&sharers[i]);
			(void) query_run(&again_sql, values, NULL, 0);
		}
	}
}

bool
share_is_needed(const pg_uuid_t *attempt_id)
{
	Datum argument = UUIDPGetDatum(attempt_id);

	return query_run(&sharers_sql, &argument, NULL, 1) > 0;
}
