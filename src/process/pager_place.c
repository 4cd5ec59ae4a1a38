/*
 * pager_place.c
 *		Requests that make a telephone ring, and one that ends the call.
 *
 *		place ─► 201 ─► PLACED            409 ─► whose is the active one? ours: adopt it
 *		         lost ─► UNKNOWN ─► (its time and a margin pass) ─► pager_ask.c
 *		         429, not sent ─► certainly without effect: placed again, when it may be
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/pg_prng.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/pager_call.h"
#include "process/pager_calls.h"

#define STUCK_US INT64CONST(15000000) /* after its end a call has no business to be active */
#define THROTTLE_S 2				  /* when a 429 doesn't say how long */
#define THROTTLE_MOST_S 300

static SqlStatement stuck_sql = {
	.sql = "SELECT FROM strike.pager_attempts WHERE attempt_id = $1::uuid AND ended_at < $2"
		   " AND line IS NULL",
	.nargs = 2,
	.argtypes = {TEXTOID, TIMESTAMPTZOID},
};

static int64 my_generation;

void
pager_calls_attach(int64 generation)
{
	my_generation = generation;
}

static void
stuck_unit(void *arg)
{
	Call *call = arg;
	Datum values[] = {CStringGetTextDatum(call->holder),
					  TimestampTzGetDatum(clock_now() - STUCK_US)};

	call->known = query_run(&stuck_sql, values, NULL, 1) == 1;
}

/* Certainly nothing was placed: again, when it may be.  stretch: the wait isn't the contact's time. */
static void
not_now(Call *call, const char *reason, int64 wait_us, bool stretch)
{
	/* up to a quarter later, so that those who wait don't come back together */
	wait_us += (int64) (wait_us * 0.25 * pg_prng_double(&pg_global_prng_state));
	call->news.until = clock_now() + wait_us;
	call->news.stretch = stretch;
	call->sid = NULL;
	(void) call_record(call, AI_DELAYED, reason);
	if (call->result != NEWS_UNKNOWN && attempt_ended(call->after.state) &&
		call->after.provider_sid == NULL)
		call_settle(call);
	call_finish(call);
}

/* The line is free, or will be soon, or not: tried again. */
static void
on_unblocked(const HttpAnswer *answer, void *arg)
{
	not_now(arg, "another call to this number is active", AGAIN_US, false);
}

/* An execution is active, and whose it is couldn't be found out: perhaps ours, so nothing is sent. */
static void
lost_behind_another(Call *call)
{
	call->sid = NULL;
	(void) call_record(call, AI_LOST, "another call was active, and couldn't be looked at");
	call_finish(call);
}

/*
 * Somebody's execution is active for that number: ours, whose answer was lost, or another's.  One
 * of an attempt that ended a while ago is stuck, and is ended: it would block every page.
 */
static void
on_conflict(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	char *ours = call_attempt_text(call);
	TwilioState there = {0};
	bool usable = twilio_read_context(answer, ours, &there);

	call->known = false;
	if (usable && there.attempt_id != NULL && strcmp(there.attempt_id, ours) == 0)
	{
		(void) call_record(call, AI_PLACED, NULL);
		call_finish(call);
		return;
	}
	if (!usable && !(answer->outcome == HTTP_ANSWERED && answer->status == 404))
	{
		lost_behind_another(call);
		return;
	}
	if (usable && there.attempt_id != NULL && strlen(there.attempt_id) == 36)
	{
		call->holder = MemoryContextStrdup(call->context, there.attempt_id);
		(void) unit_run("looking for a stuck call", stuck_unit, call, NULL);
	}
	if (call->known)
		twilio_end(&call->account, call->sid, on_unblocked, call);
	else
		on_unblocked(answer, call);
}

static void
on_placed(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	TwilioPlaced placed = twilio_read_placed(&call->account, answer);
	int wait_s = placed.retry_after_s > 0 ? Min(placed.retry_after_s, THROTTLE_MOST_S) : THROTTLE_S;

	FAULT_POINT("pager_answer");
	call->answered = 1;
	switch (placed.reply)
	{
		case TWILIO_PLACED:
			call->sid = MemoryContextStrdup(call->context, placed.sid);
			(void) call_record(call, AI_PLACED, NULL);
			break;
		case TWILIO_LINE_BUSY:
			if (placed.sid == NULL)
			{
				lost_behind_another(call);
				return;
			}
			call->sid = MemoryContextStrdup(call->context, placed.sid);
			twilio_context(&call->account, call->sid, on_conflict, call);
			return;
		case TWILIO_NOT_NOW:
			not_now(call, "the telephone provider asks to wait", wait_s * INT64CONST(1000000),
					true);
			return;
		case TWILIO_NOT_SENT:
			call->answered = -1;
			not_now(call, "the telephone provider can't be reached", AGAIN_US, false);
			return;
		case TWILIO_REFUSED:
			(void) call_record(call, AI_FAILED,
							   psprintf("the provider refuses this call (code %d)", placed.code));
			break;
		case TWILIO_ACCOUNT:
			call->cant_page = "the telephone account is refused";
			(void) call_record(call, AI_FAILED, "the telephone account is refused");
			break;
		case TWILIO_LOST:
			call->answered = -1;
			(void) call_record(call, AI_LOST, "no answer to the request");
			break;
	}
	call_finish(call);
}

void
pager_calls_send(const pg_uuid_t *attempt_id)
{
	Call *call = call_begin(attempt_id, true);

	if (call == NULL)
		return;
	if (attempt_ended(call->state))
	{
		/* accepted elsewhere, taken over or canceled since the intent: nothing was sent */
		call_settle(call);
		call_finish(call);
	}
	else
		twilio_place(&call->account, call->to, call->pages, call->npages, strike_public_url,
					 on_placed, call);
}

void
pager_calls_send_again(const pg_uuid_t *attempt_id)
{
	Call *call = call_begin(attempt_id, true);

	if (call == NULL)
		return;
	call->sid = NULL;
	call->news.claim = my_generation;
	if (!call->shares && call_record(call, AI_RESEND, NULL) && call->result == NEWS_RECORDED &&
		unit_commit_confirmed())
	{
		call->news.claim = 0;
		twilio_place(&call->account, call->to, call->pages, call->npages, strike_public_url,
					 on_placed, call);
	}
	else
	{
		/* it ended meanwhile; or it rings, so it is there, whatever the provider's list says */
		if (call->result == NEWS_NOTHING && attempt_ended(call->after.state) &&
			call->after.provider_sid == NULL)
			call_settle(call);
		else if (call->result == NEWS_NOTHING)
			call_schedule(call, "ask", call_patience(call));
		call_finish(call);
	}
}
