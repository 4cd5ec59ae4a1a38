/*
 * pager_decide.c
 *		A run whose time has come.
 *
 *		a live attempt ──► its time is over: ask the provider once more, then TIMEOUT
 *		no live attempt ─► pager_plan(): call, wait for a busy line, postpone, or all were tried
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "process/eco_view.h"
#include "process/pager_account.h"
#include "process/pager_decide.h"
#include "process/pager_list.h"
#include "process/pager_record.h"
#include "process/pager_share.h"
#include "process/pager_stop.h"
#include "process/pager_test_call.h"

PG_FUNCTION_INFO_V1(strike_pager_decide);

#define ACTOR "strike:pager"
#define HELD_UP "no line was free for a long time"
#define HELD_UP_DEADLINES 4 /* times strike.pager_deadline without a call */
#define TELL_WAIT_US INT64CONST(2000000)
#define TRIES_MAX 2 /* of a contact, when the first call never came to the provider */

static SqlStatement tried_sql = {
	.sql =
		"UPDATE strike.pager_run_contacts SET tried = true WHERE run_id = $1 AND contact_no = $2",
	.nargs = 2,
	.argtypes = {UUIDOID, INT4OID},
};

static SqlStatement waiting_sql = {
	.sql = "UPDATE strike.pager_run_contacts SET waiting_since = coalesce(waiting_since, $3)"
		   " WHERE run_id = $1 AND contact_no = $2",
	.nargs = 3,
	.argtypes = {UUIDOID, INT4OID, TIMESTAMPTZOID},
};

static SqlStatement postpone_sql = {
	.sql = "UPDATE strike.pager_run_contacts SET waiting_since = NULL, place ="
		   " (SELECT max(place) + 1 FROM strike.pager_run_contacts WHERE run_id = $1)"
		   " WHERE run_id = $1 AND contact_no = $2",
	.nargs = 2,
	.argtypes = {UUIDOID, INT4OID},
};

/* Whose telephone never rang in time, as far as we know. */
#define UNREACHED                                                                                  \
	"SELECT a.contact_no FROM strike.pager_attempts a WHERE a.run_id = $1 GROUP BY a.contact_no"   \
	" HAVING bool_and(a.state = 'TIMEOUT' AND a.calling_at IS NULL AND a.answered_at IS NULL)"

static SqlStatement unreached_sql = {
	.sql = "SELECT FROM (" UNREACHED ") u",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* A row when each call was refused: nobody's telephone can have rung. */
static SqlStatement refused_sql = {
	.sql = "SELECT FROM strike.pager_attempts WHERE run_id = $1 HAVING bool_and(state = 'FAILED'"
		   " AND sent_at IS NULL AND calling_at IS NULL AND call_sid IS NULL)",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement once_more_sql = {
	.sql = "UPDATE strike.pager_run_contacts SET tried = false, waiting_since = NULL"
		   " WHERE run_id = $1 AND contact_no IN (" UNREACHED
		   " AND bool_and(a.line IS NULL) AND count(*) < $2)",
	.nargs = 2,
	.argtypes = {UUIDOID, INT8OID},
};

typedef enum Tried
{
	TRIED_RUNG,		 /* each was rung, or can't be */
	TRIED_NOBODY,	 /* nobody could be called */
	TRIED_REFUSED,	 /* the provider refused each call */
	TRIED_ONCE_MORE, /* some weren't, and are called again */
	TRIED_SOME,		 /* the provider took no call for some */
	TRIED_UNREACHED	 /* or for anybody */
} Tried;

/*
 * Each of the list was tried.  Who wasn't rung since the provider couldn't be reached is tried once
 * more if others were rung; else the NOC is told at once.
 */
static Tried
all_tried(const Run *run, const RunList *list)
{
	Datum values[] = {UUIDPGetDatum(&run->run_id), Int64GetDatum(TRIES_MAX * run->round)};
	uint64 unreached = query_run(&unreached_sql, values, NULL, 0);

	if (!run->has_attempt)
		return TRIED_NOBODY;
	if (unreached == 0)
		return query_run(&refused_sql, values, NULL, 1) > 0 ? TRIED_REFUSED : TRIED_RUNG;
	if (unreached < list->called && query_run(&once_more_sql, values, NULL, 0) > 0)
		return TRIED_ONCE_MORE;
	return unreached < list->called ? TRIED_SOME : TRIED_UNREACHED;
}

static void
complete(Run *run, const char *outcome, const char *words, TimestampTz now)
{
	run_complete(run, outcome, now);
	run->last_error = words ? pstrdup(words) : run->last_error;
	if (run_write(run, now))
		run_append_completed(run, words, ACTOR);
}

/* The intent: committed before anything is sent. */
static bool
call(Run *run, const RunContact *contact, const Account *account, int64 claim, TimestampTz now,
	 pg_uuid_t *attempt_id, bool *send)
{
	Attempt attempt = {0};
	Datum values[] = {UUIDPGetDatum(&run->run_id), Int32GetDatum(contact->contact_no)};
	TimestampTz probe = now;
	bool held_back;

	attempt.attempt_id = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
	attempt.run_id = run->run_id;
	attempt.eco_id = run->eco_id;
	attempt.contact_no = contact->contact_no;
	attempt.contact_ref = contact->contact_ref;
	attempt.account_id = account->account_id;
	attempt.state = AT_INTENT;
	attempt.line = contact->phone;
	attempt.requests = 1;
	attempt.sequence = -1;
	attempt.created_at = now;
	/* a provider that doesn't answer is asked by one probe at a time */
	held_back =
		claim != 0 && account->in_trouble && !account_may_send(&account->account_id, now, &probe);
	if (held_back)
		claim = 0;
	attempt.claim = claim;

	run->last_error = NULL;
	run->status = PP_RUNNING;
	run->contact_no = contact->contact_no;
	run->has_attempt = true;
	run->attempt_id = attempt.attempt_id;
	run->waiting = false;
	run->waiting_line = NULL;
	run->slot_at = 0;
	run->deadline_at = pager_deadline(now, now, strike_pager_deadline * INT64CONST(1000));
	if (!run_write(run, now))
		return false;
	(void) query_run(&tried_sql, values, NULL, 0);
	attempt_insert(&attempt);
	if (claim == 0)
	{
		/* nobody is about to send it: the worker finds it due */
		attempt.next_action = "send";
		attempt.next_action_at = Max(probe, now);
		attempt.requests = 0;
		attempt.requested_at = now;
		attempt_write(&attempt, now);
		shared_wake_at_commit(WORKER_PAGER);
	}
	run_append_attempt(run, &attempt, NULL, ACTOR);
	if (!run->test)
		share_call(&attempt, contact->phone, now);
	*attempt_id = attempt.attempt_id;
	*send = !held_back;
	return true;
}

/*
 * The live attempt's time is over.  True when that is settled and the run may go on; else *decided
 * says what is to be done first.
 */
static bool
time_is_over(Run *run, Attempt *attempt, int64 claim, TimestampTz now, Decided *decided)
{
	AttemptNews news = {.input = AI_DEADLINE, .reason = "no answer in time"};

	*decided = DECIDED_NOTHING;
	if (attempt->provider_sid != NULL && !attempt->deadline_asked)
	{
		/* reports may have been lost: the provider knows whether a key was pressed */
		attempt->deadline_asked = true;
		attempt->next_action = "ask";
		/* asked as soon as this is committed; that failing, found due */
		attempt->next_action_at = claim != 0 ? now + pager_lease() : now;
		run->deadline_at = now + (strike_twilio_timeout + 1000) * INT64CONST(1000);
		if (!run_write(run, now))
			return false; /* somebody was faster: the run is still due, or isn't any more */
		attempt_write(attempt, now);
		*decided = claim != 0 ? DECIDED_ASK : DECIDED_NOTHING;
		return false;
	}
	if (attempt->sent_at == 0 && attempt->calling_at == 0)
		news.reason = "the call could not be placed in time";
	(void) pager_record(&attempt->attempt_id, &news, attempt);
	return true;
}

/* Has nobody been called for so long that the NOC must know, and doesn't yet? */
static bool
held_up(const Run *run, TimestampTz now)
{
	Attempt last;
	TimestampTz since = run->created_at;

	if (run->has_attempt && attempt_read(&run->attempt_id, &last))
		since = Max(since, last.ended_at); /* a pause between two rounds is nobody's busy line */
	if (run->round > 1)
		since += strike_pager_round_pause * INT64CONST(1000);
	return now - since > HELD_UP_DEADLINES * strike_pager_deadline * INT64CONST(1000) &&
		   (run->last_error == NULL || strcmp(run->last_error, HELD_UP) != 0);
}

/*
 * Not now: its turn comes, and why it waits is said when it takes a while; when it takes so long
 * that nobody was called for four deadlines, the NOC is told.
 */
static bool
await_turn(Run *run, TimestampTz until, const char *why, TimestampTz now)
{
	bool delayed = held_up(run, now);
	bool said = run->last_error != NULL && strcmp(run->last_error, why) == 0;

	run->deadline_at = Min(until, now + strike_pager_deadline * INT64CONST(1000));
	if (delayed)
		run->last_error = pstrdup(HELD_UP);
	else if (run->last_error == NULL || strcmp(run->last_error, HELD_UP) != 0)
		run->last_error = pstrdup(why);
	run->waiting = false;
	if (!run_write(run, now))
		return false;
	if (delayed)
		run_append_delayed(run, why, ACTOR);
	else if (!said && until - now >= TELL_WAIT_US && strcmp(run->last_error, HELD_UP) != 0)
		run_append_waiting(run, why, ACTOR);
	return true;
}

/*
 * Is somebody still needed?  A cancel that met the start of this run found no run to end: the
 * order's own events, read now, say so.
 */
static bool
is_needed(const Run *run)
{
	return run->test || eco_is_open(&run->eco_id);
}

Decided
pager_decide(const pg_uuid_t *run_id, int64 claim, pg_uuid_t *attempt_id)
{
	for (;;)
	{
		TimestampTz now = clock_now();
		RunList list;
		Attempt attempt;
		Account account;
		TimestampTz until;
		const char *why;
		bool send;
		Run run;
		PagerPlan plan;
		bool delayed;
		Datum values[3];
		Decided decided;
		Tried tried;

		CHECK_FOR_INTERRUPTS();
		if (!run_read_with_attempt(run_id, &run, &attempt) || run.status == PP_COMPLETED ||
			run.deadline_at > now)
			return DECIDED_NOTHING;
		if (run.has_attempt && !attempt_ended(attempt.state))
		{
			if (!time_is_over(&run, &attempt, claim, now, &decided))
			{
				*attempt_id = attempt.attempt_id;
				return decided;
			}
			continue;
		}
		if (run.test && test_call_too_late(&run, now))
		{
			complete(&run, "CANCELED", "it could not be placed in time", now);
			return DECIDED_NOTHING;
		}
		if (!is_needed(&run))
		{
			complete(&run, "CANCELED", "the order was closed", now);
			return DECIDED_NOTHING;
		}
		if (!account_of(run.osp_tenant, &account))
		{
			complete(&run, "FAILED", "no telephone account is configured", now);
			return DECIDED_NOTHING;
		}
		if (!account.can_page)
		{
			complete(&run, "FAILED", "the telephone account has no Studio flow", now);
			return DECIDED_NOTHING;
		}
		list_read(&run, now, &list);
		if (list_pass_over(&run, &list, now))
			continue;
		plan = pager_plan(list.plan, list.n, now, strike_pager_deadline * INT64CONST(1000));
		values[0] = UUIDPGetDatum(&run.run_id);
		if (run.test && plan.action != PLAN_ALL_TRIED &&
			(plan.action != PLAN_CALL ||
			 test_call_in_the_way(&run, list.contacts[plan.which].phone)))
		{
			complete(&run, "CANCELED", "this telephone is needed for a page", now);
			return DECIDED_NOTHING;
		}
		switch (plan.action)
		{
			case PLAN_CALL:
				if (!account_admits(&account, &run, now, &until, &why))
				{
					if (!run.test)
						test_calls_yield(&account.account_id);
					if (await_turn(&run, until, why, now))
						return DECIDED_NOTHING;
				}
				else if (call(&run, &list.contacts[plan.which], &account, claim, now, attempt_id,
							  &send))
					return send ? DECIDED_SEND : DECIDED_NOTHING;
				break; /* somebody was faster: read again */
			case PLAN_WAIT:
				test_call_yield(&list.contacts[plan.which].holder);
				delayed = held_up(&run, now);
				if (delayed)
					run.last_error = pstrdup(HELD_UP);
				run.deadline_at = plan.until;
				run.waiting = true;
				run.waiting_for = list.contacts[plan.which].holder;
				run.waiting_line = list.contacts[plan.which].phone;
				if (!run_write(&run, now))
					break;
				values[1] = Int32GetDatum(list.contacts[plan.which].contact_no);
				values[2] = TimestampTzGetDatum(now);
				(void) query_run(&waiting_sql, values, NULL, 0);
				if (delayed)
					run_append_delayed(&run, HELD_UP, ACTOR);
				return DECIDED_NOTHING;
			case PLAN_POSTPONE:
				values[1] = Int32GetDatum(list.contacts[plan.which].contact_no);
				(void) query_run(&postpone_sql, values, NULL, 0);
				run.waiting_line = NULL;
				(void) run_write(&run, now);
				break;
			case PLAN_ALL_TRIED:
				tried = all_tried(&run, &list);
				if ((tried == TRIED_RUNG || tried == TRIED_SOME) && !run.test &&
					run.round < strike_pager_rounds)
				{
					if (list_next_round(&run, now))
						return DECIDED_NOTHING;
					break;
				}
				switch (tried)
				{
					case TRIED_NOBODY:
						complete(&run, "FAILED", list_nobody(&list), now);
						return DECIDED_NOTHING;
					case TRIED_RUNG:
						complete(&run, "EXHAUSTED", "nobody on the list said yes", now);
						return DECIDED_NOTHING;
					case TRIED_REFUSED:
						complete(&run, "FAILED", "the telephone provider refuses every call", now);
						return DECIDED_NOTHING;
					case TRIED_SOME:
					case TRIED_UNREACHED:
						complete(&run, "FAILED", "the telephone provider could not be reached",
								 now);
						return DECIDED_NOTHING;
					case TRIED_ONCE_MORE:
						break;
				}
				break;
		}
	}
}

void
pager_fail_run(const pg_uuid_t *run_id, const char *words)
{
	for (;;)
	{
		TimestampTz now = clock_now();
		Run run;

		CHECK_FOR_INTERRUPTS();
		if (!run_read(run_id, &run) || run.status == PP_COMPLETED)
			return;
		/* another contact may be called meanwhile: nobody would handle that call's end */
		(void) pager_lock(&run.eco_id);
		pager_end_calls(&run.eco_id, NULL, NULL, words, ACTOR);
		if (!run_read(run_id, &run) || run.status == PP_COMPLETED)
			return;
		run_complete(&run, "FAILED", now);
		run.last_error = pstrdup(words);
		if (run_write(&run, now))
		{
			run_append_completed(&run, words, ACTOR);
			return;
		}
	}
}

/* pager_decide(run_id uuid): the worker's decision, for administrators and tests. */
Datum
strike_pager_decide(PG_FUNCTION_ARGS)
{
	pg_uuid_t *run_id = PG_GETARG_UUID_P(0);
	pg_uuid_t attempt_id;
	bool called;

	SPI_connect();
	called = pager_decide(run_id, 0, &attempt_id) == DECIDED_SEND;
	SPI_finish();
	PG_RETURN_BOOL(called);
}
