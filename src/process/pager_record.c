/*
 * pager_record.c
 *		One way for all news about an attempt.
 *
 *		read run and attempt ─► key press 1? lock the order's runs: does it count? ─► table ─►
 *		write the run behind its version (somebody was faster: read again) ─► attempt, events
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "process/eco_view.h"
#include "process/pager_record.h"
#include "process/pager_share.h"
#include "process/pager_stop.h"

#define ACTOR "strike:pager"
#define ASK_EVERY_US INT64CONST(10000000)
#define ASK_ALONE_US INT64CONST(5000000) /* without webhooks */
#define ASK_LEAST_US INT64CONST(1000000)
#define SHARED_AGAIN_US INT64CONST(3000000)
#define PLACED_LATE 3	   /* later than this part of the deadline after the intent */
#define QUEUE_DEADLINES 10 /* at most so long a call may wait at the provider */

static SqlStatement open_runs_sql = {
	.sql = "SELECT run_id FROM strike.pager_process_state"
		   " WHERE eco_id = $1 AND run_id <> $2 AND status <> 'COMPLETED'",
	.nargs = 2,
	.argtypes = {UUIDOID, UUIDOID},
};

static SqlStatement free_line_sql = {
	.sql = "UPDATE strike.pager_process_state SET deadline_at = LEAST(deadline_at, $2),"
		   " waiting_for = NULL, version = version + 1"
		   " WHERE waiting_for = $1 AND status <> 'COMPLETED'",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

void
run_complete(Run *run, const char *outcome, TimestampTz now)
{
	run->status = PP_COMPLETED;
	run->outcome = pstrdup(outcome);
	run->deadline_at = 0;
	run->waiting = false;
	run->waiting_line = NULL;
	run->slot_at = 0;
	if (run->completed_at == 0)
		run->completed_at = now;
}

void
pager_free_line(Attempt *attempt, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(&attempt->attempt_id), TimestampTzGetDatum(now)};

	if (attempt->line == NULL)
		return;
	attempt->line = NULL;
	if (query_run(&free_line_sql, values, NULL, 0) > 0)
		shared_wake_at_commit(WORKER_PAGER);
}

/*
 * Would a key press 1 count now?  Not once somebody has accepted (since the last page after a
 * dispatch), not after a take-over until somebody pages again, not on a closed order.  NULL: it
 * counts; else why not.
 */
static const char *
why_late(const Run *run)
{
	Pages pages = pager_lock(&run->eco_id);

	/* in a page from before the last one after a dispatch it doesn't count either */
	if (pages.accepted)
		return "somebody else has accepted";
	if (pages.taken_over)
		return "the NOC handles it";
	if (run->epoch < pages.epoch)
		return "a later page is under way";
	if (run->test)
		return NULL;
	return eco_is_open(&run->eco_id) ? NULL : "the order is closed";
}

/*
 * How often a live call is asked after: reports get lost, and without webhooks asking is all there
 * is.  An answer is found within this time, at the latest at the deadline.
 */
static int64
ask_every(void)
{
	int64 share = strike_pager_deadline * INT64CONST(1000) / 3;

	return Max(Min(share, strike_public_url[0] ? ASK_EVERY_US : ASK_ALONE_US), ASK_LEAST_US);
}

/* What a step does to the attempt's row besides its state. */
static void
note_news(Attempt *a, AttemptState was, const AttemptNews *news, AttemptInput input,
		  TimestampTz now)
{
	if (news->provider_sid != NULL)
		a->provider_sid = pstrdup(news->provider_sid);
	if (news->call_sid != NULL)
		a->call_sid = pstrdup(news->call_sid);
	switch (input)
	{
		case AI_PLACED:
			a->claim = 0;
			if (a->sent_at == 0 && a->provider_sid != NULL)
				a->sent_at = now;
			a->next_action = a->provider_sid != NULL ? "ask" : NULL;
			a->next_action_at = news->ask ? now : now + ask_every();
			break;
		case AI_LOST:
		case AI_OWNER_DIED:
			/* what was sent may still be on the wire, and lists lag: ask when that is over */
			a->claim = 0;
			a->next_action = "ask";
			a->next_action_at =
				Min(a->requested_at, now) + (strike_twilio_timeout + 2000) * INT64CONST(1000);
			break;
		case AI_RESEND:
			a->claim = news->claim;
			a->possible_repeat = a->possible_repeat || was == AT_UNKNOWN;
			a->requests++;
			a->requested_at = now;
			a->next_action = NULL;
			break;
		case AI_DELAYED:
			a->claim = 0;
			a->next_action = a->provider_sid != NULL || was == AT_UNKNOWN ? "ask" : "send";
			a->next_action_at = news->until;
			a->deadline_asked = false;
			break;
		case AI_CALLING:
			a->deadline_asked = false;
			if (a->calling_at == 0)
				a->calling_at = now;
			break;
		case AI_DEADLINE:
			/* the flow reports CALLING before the call itself is begun */
			if (news->not_rung && !attempt_ended(was))
				a->calling_at = 0;
			break;
		case AI_ANSWERED:
			a->deadline_asked = false;
			if (a->answered_at == 0)
				a->answered_at = now;
			break;
		case AI_ACCEPT_FIRST:
		case AI_ACCEPT_LATE:
		case AI_DECLINE:
			if (a->answered_at == 0)
				a->answered_at = now;
			break;
		default:
			break;
	}
}

/* The call is over for us.  Is it for the provider?  What isn't is ended there. */
void
attempt_note_end(Attempt *a, AttemptInput input, TimestampTz now)
{
	/* nothing was sent, or what was sent was certainly not carried out */
	bool never_there = a->provider_sid == NULL && a->claim == 0 &&
					   (a->next_action == NULL || strcmp(a->next_action, "send") == 0);
	bool nobody = input == AI_NO_ANSWER || input == AI_BUSY || input == AI_VOICEMAIL;
	bool ended_there = never_there || nobody || input == AI_DECLINE || input == AI_FAILED ||
					   input == AI_ACCEPT_FIRST || input == AI_ACCEPT_LATE;
	/* others may still be asked about in it: then it is asked after until they are done */
	bool goes_on = !a->shares && !never_there && !nobody && share_is_needed(&a->attempt_id);

	/*
	 * Who pressed a key still hears what became of it: his line is busy until the call is over, and
	 * the next call would find it so.  (Studio refuses a second execution by itself.)
	 */
	if (attempt_by_key(a->state) && a->line != NULL && a->provider_sid != NULL &&
		strncmp(a->provider_sid, "CA", 2) == 0)
	{
		goes_on = true;
		a->claim = 0;
	}

	if (a->ended_at == 0)
		a->ended_at = now;
	if (ended_there && !goes_on)
	{
		a->next_action = NULL;
		a->claim = 0;
		pager_free_line(a, now);
	}
	else if (a->shares)
	{
		/* the call is the other's, and may go on: Studio knows what is pressed in it */
		a->next_action =
			a->provider_sid != NULL && strncmp(a->provider_sid, "FN", 2) == 0 ? "ask" : NULL;
		a->next_action_at = now + SHARED_AGAIN_US;
		shared_wake_at_commit(WORKER_PAGER);
	}
	else if (a->provider_sid != NULL && a->line != NULL)
	{
		a->next_action = goes_on ? "ask" : "end";
		a->next_action_at = goes_on ? now + SHARED_AGAIN_US : now;
		shared_wake_at_commit(WORKER_PAGER);
	}
	/* no sid yet: the answer under way, or asking, will bring it, and it is ended then */
}

/* It was given up as never placed, and a report of its call comes: that call is looked at. */
static void
rings_after_all(Attempt *a, AttemptInput input, TimestampTz now)
{
	bool live = input == AI_PLACED || input == AI_CALLING || input == AI_ANSWERED;

	if (!live || a->shares || a->line != NULL)
		return;
	a->next_action = "ask";
	a->next_action_at = now;
	shared_wake_at_commit(WORKER_PAGER);
}

/* A yes: this run is done, and every other call and page of the order ends. */
static void
end_the_others(const Run *run, const Attempt *accepted, TimestampTz now)
{
	Datum runs[] = {UUIDPGetDatum(&run->eco_id), UUIDPGetDatum(&run->run_id)};
	SPITupleTable *table;
	uint64 rows;

	pager_end_calls(&run->eco_id, &accepted->attempt_id, &run->run_id, "somebody else accepted",
					ACTOR);
	rows = query_run(&open_runs_sql, runs, NULL, 0);
	table = SPI_tuptable;
	for (uint64 row = 0; row < rows; row++)
	{
		bool isnull;
		Run other;

		SPI_tuptable = table;
		if (!run_read(DatumGetUUIDP(query_datum(row, 1, &isnull)), &other))
			continue;
		other.accepted = true;
		other.accepted_by = run->accepted_by;
		other.accepted_at = now;
		other.last_error = NULL;
		run_complete(&other, "DISPATCHED", now);
		if (!run_write(&other, now))
			elog(ERROR, "a locked run has changed");
		run_append_completed(&other, "accepted in another page of the order", ACTOR);
	}
}

static const char *
actor_for(const AttemptNews *news, AttemptInput input, const Attempt *a)
{
	if (news->actor != NULL)
		return news->actor;
	if (input == AI_ACCEPT_FIRST || input == AI_ACCEPT_LATE || input == AI_DECLINE)
		return psprintf("contact:%s", DatumGetCString(DirectFunctionCall1(
										  uuid_out, UUIDPGetDatum(&a->contact_ref))));
	return ACTOR;
}

/* One try: false when the run was changed meanwhile. */
static bool
try_record(const pg_uuid_t *attempt_id, const AttemptNews *told, Attempt *a, NewsResult *result)
{
	AttemptNews reported = *told;
	const AttemptNews *news = &reported;
	AttemptInput input = news->input;
	TimestampTz now = clock_now();
	bool was_completed;
	AttemptState was;
	const Step *step;
	const char *late = NULL;
	bool current;
	bool said;
	Run run;

	*result = NEWS_UNKNOWN;
	FAULT_POINT("pager_read");
	if (!attempt_read_with_run(attempt_id, a, &run))
		return true;
	FAULT_POINT("pager_news");
	if (input == AI_ACCEPT_FIRST && a->state != AT_ACCEPTED)
	{
		late = why_late(&run);
		if (late != NULL)
			input = AI_ACCEPT_LATE;
		/* locked now: as it stands */
		if (!attempt_read_with_run(attempt_id, a, &run))
			return true;
	}
	if (a->provider_sid == NULL && reported.provider_sid == NULL)
		reported.provider_sid = reported.reporting_sid;
	was = a->state;
	was_completed = run.status == PP_COMPLETED;
	current = run.has_attempt && memcmp(&run.attempt_id, attempt_id, UUID_LEN) == 0;
	step = machine_step(&pager_attempt_machine, was, input);
	*result = NEWS_NOTHING;
	/* what has a call isn't called again, whatever the provider's list says */
	if (step->to == REFUSED || (input == AI_RESEND && a->provider_sid != NULL))
		return true;
	if (news->has_sequence && news->sequence <= a->sequence)
		return true;
	if (step->emits == NULL && news->provider_sid == NULL && input != AI_LOST &&
		input != AI_OWNER_DIED && input != AI_RESEND && input != AI_DELAYED && !news->ask)
		return true;

	/* why it has to wait is said once */
	said = input == AI_DELAYED && a->reason != NULL && news->reason != NULL &&
		   strcmp(a->reason, news->reason) == 0;
	a->state = step->to;
	if (news->has_sequence)
		a->sequence = news->sequence;
	note_news(a, was, news, input, now);
	if (step->emits != NULL)
		a->reason = late != NULL ? pstrdup(late) : news->reason ? pstrdup(news->reason) : NULL;
	if (attempt_ended(a->state))
	{
		attempt_note_end(a, input, now);
		if (told->provider_sid == NULL && news->provider_sid != NULL)
			rings_after_all(a, input, now);
		if (news->ends_it && a->next_action != NULL && strcmp(a->next_action, "end") == 0)
			a->next_action_at = now + pager_lease();
	}
	else if (a->state != was && current && !was_completed &&
			 (a->state == AT_CALLING || a->state == AT_ANSWERED))
		run.deadline_at =
			pager_deadline(Min(a->sent_at ? a->sent_at : a->created_at, now), now,
						   strike_pager_deadline * INT64CONST(1000) * Max(a->call_no, 1));
	else if (input == AI_PLACED && a->provider_sid != NULL && current && !was_completed &&
			 now - a->created_at > strike_pager_deadline * INT64CONST(1000) / PLACED_LATE)
		/* lost requests and waiting took his time: he has it from now on */
		run.deadline_at =
			Max(run.deadline_at,
				pager_deadline(now, now,
							   strike_pager_deadline * INT64CONST(1000) * Max(a->call_no, 1)));
	else if (input == AI_DELAYED && news->stretch && current && !was_completed)
		run.deadline_at =
			Min(news->until + strike_pager_deadline * INT64CONST(1000),
				a->created_at + QUEUE_DEADLINES * strike_pager_deadline * INT64CONST(1000));
	if (input == AI_ACCEPT_FIRST && a->state == AT_ACCEPTED)
	{
		run.accepted = true;
		run.accepted_by = a->contact_ref;
		run.accepted_at = now;
		run.last_error = NULL; /* a late yes: nobody is to be told any more that nobody said it */
		run_complete(&run, "DISPATCHED", now);
	}
	else if (attempt_ended(a->state) && !attempt_ended(was) && !was_completed && current)
	{
		run.deadline_at = now; /* whom to call next is decided at once */
		shared_wake_at_commit(WORKER_PAGER);
	}
	if (!run_write(&run, now))
		return false;
	attempt_write(a, now);
	FAULT_POINT("pager_record");
	*result = NEWS_RECORDED;
	if (step->emits != NULL && !said)
		run_append_attempt(&run, a, news->at_provider, actor_for(news, input, a));
	if (!a->shares)
		share_news(a, news, input);
	if (step->emits == NULL)
		return true;
	if (input == AI_ACCEPT_FIRST && a->state == AT_ACCEPTED)
	{
		run_append_completed(&run, NULL, actor_for(news, input, a));
		end_the_others(&run, a, now);
	}
	return true;
}

NewsResult
pager_record(const pg_uuid_t *attempt_id, const AttemptNews *news, Attempt *attempt)
{
	pg_uuid_t id = *attempt_id; /* may lie in *attempt, which is overwritten */
	NewsResult result;

	while (!try_record(&id, news, attempt, &result))
		CHECK_FOR_INTERRUPTS();
	return result;
}

void
pager_settle(const pg_uuid_t *attempt_id)
{
	for (;;)
	{
		TimestampTz now = clock_now();
		Attempt attempt;
		Run run;

		CHECK_FOR_INTERRUPTS();
		if (!attempt_read_with_run(attempt_id, &attempt, &run))
			return;
		if (!run_write(&run, now))
			continue;
		pager_free_line(&attempt, now);
		attempt.next_action = NULL;
		attempt.claim = 0;
		attempt_write(&attempt, now);
		if (!attempt.shares && attempt.provider_sid == NULL)
		{
			AttemptNews news = {.reason = "the call it shared was never placed"};

			share_news(&attempt, &news, AI_CANCEL);
		}
		return;
	}
}
