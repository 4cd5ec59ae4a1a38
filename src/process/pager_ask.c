/*
 * pager_ask.c
 *		Asking the provider what became of a call, and ending it there.
 *
 *		sid known ─► state, then what was pressed: a key press counts however late it is found
 *		sid not known ─► list since the intent ─► found: adopted, active or ended
 *											   └► read to its end, not there: placed again
 *		end ─► ended; then asked once more, for a key pressed in the last moment
 *			└► refused ─► state ─► over, or live: ended again
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/pager_call.h"
#include "process/pager_calls.h"
#include "process/pager_share.h"

#define ASK_EVERY_US INT64CONST(10000000) /* at most, while a call is live */
#define ASK_ALONE_US INT64CONST(5000000)  /* without webhooks */
#define SHARED_AGAIN_US INT64CONST(3000000)
#define SKEW_US INT64CONST(60000000) /* between the provider's clock and ours */
#define LIST_PAGES_MAX 100			 /* eight minutes of an account that calls at its limit */
#define LAG_US INT64CONST(60000000)	 /* so long the provider's list may lag */
#define LAG_AGAIN_US INT64CONST(5000000)
#define DEADLINE_US (INT64CONST(1000) * strike_pager_deadline)
#define QUEUE_US (10 * DEADLINE_US) /* a call waits at the provider at most */

static SqlStatement known_sid_sql = {
	.sql = "SELECT FROM strike.pager_attempts WHERE provider_sid = $1 AND attempt_id <> $2"
		   " AND call_of IS DISTINCT FROM $2 AND account_id ="
		   " (SELECT account_id FROM strike.pager_attempts WHERE attempt_id = $2)",
	.nargs = 2,
	.argtypes = {TEXTOID, UUIDOID},
};

static void on_end(const HttpAnswer *answer, void *arg);

/* Asked again after a while: an answer couldn't be used. */
static void
ask_again(Call *call, const HttpAnswer *answer)
{
	call->answered = answer->outcome == HTTP_ANSWERED && answer->status < 500 ? 0 : -1;
	call_schedule(call, "ask", call_patience(call));
	call_finish(call);
}

static void
sharers_unit(void *arg)
{
	Call *call = arg;

	call->known = share_is_needed(&call->attempt_id);
}

/* Our side of the call is over, the provider's isn't. */
static void
end_when_alone(Call *call)
{
	if (call->shares)
	{
		/* it isn't ours to end: until it is over a key may still be pressed in it */
		if (attempt_by_key(call->state) || call->account.calls)
			call_schedule(call, NULL, 0);
		else
			call_schedule(call, "ask", Max(SHARED_AGAIN_US, call_patience(call)));
		return;
	}
	call->known = false;
	(void) unit_run("looking for orders in a call", sharers_unit, call, NULL);
	if (call->known || (attempt_by_key(call->state) &&
						clock_now() - call->created_at < PAGER_STRETCH * DEADLINE_US))
		call_schedule(call, "ask", SHARED_AGAIN_US); /* it ends by itself */
	else
		call_schedule(call, "end", call->end_refused ? call_patience(call) : 0);
}

/* Nobody has answered in our time: recorded, and the call ended there. */
static void
time_is_over(Call *call)
{
	call->news.ends_it = true;
	if (call_record(call, AI_DEADLINE, "no answer in time") && call->result == NEWS_RECORDED &&
		call->after.next_action != NULL && strcmp(call->after.next_action, "end") == 0)
	{
		FAULT_POINT("pager_end");
		twilio_end(&call->account, call->sid, on_end, call);
		return;
	}
	call_finish(call);
}

/* The call is live, and our time for it over: unless it waits in the provider's queue. */
static void
on_queue(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;

	bool queued = answer != NULL ? twilio_read_queued(answer, call->to)
								 : strcmp(call->heard.call_status, "queued") == 0;

	if (queued && clock_now() - call->created_at >= QUEUE_US)
	{
		call->news.not_rung = true;
		(void) call_record(call, AI_DEADLINE,
						   "the call waited in the provider's queue for too long");
	}
	else if (queued)
	{
		call->news.until = clock_now() + Min(ASK_EVERY_US, strike_pager_deadline * INT64CONST(500));
		call->news.stretch = true;
		(void) call_record(call, AI_DELAYED, "the call waits in the provider's queue");
	}
	else
	{
		time_is_over(call);
		return;
	}
	call_finish(call);
}

/* Has it perhaps not rung yet?  The flow reports CALLING before the call itself is begun. */
static bool
may_be_queued(const Call *call)
{
	return !call->rang || (!call->account.calls && call->state == AT_CALLING);
}

/* It is live. */
static void
still_live(Call *call)
{
	const char *words;
	int input = attempt_call_status(call->heard.call_status, call->heard.answered_by, &words);
	bool over = attempt_ended(call->state);
	bool queued = call->heard.call_status != NULL && strcmp(call->heard.call_status, "queued") == 0;

	if (over)
	{
		end_when_alone(call);
		call_finish(call);
		return;
	}
	if ((input == AI_CALLING && call->state != AT_CALLING && call->state != AT_ANSWERED) ||
		(input == AI_ANSWERED && call->state != AT_ANSWERED))
	{
		/* no report of it came: the contact has his time from now on */
		(void) call_record(call, input, "found by asking the provider");
	}
	if (!call->deadline_asked)
	{
		int64 every = Min(strike_public_url[0] ? ASK_EVERY_US : ASK_ALONE_US,
						  strike_pager_deadline * INT64CONST(1000) / 3);

		/* the longer it lasts the less often: ten thousand calls at once don't flood the provider */
		call_schedule(call, "ask", Max(Max(every, AGAIN_US), clock_now() - call->created_at));
	}
	else if (may_be_queued(call) && call->to != NULL && (queued || call->heard.call_status == NULL))
	{
		if (queued)
			on_queue(NULL, call);
		else
			twilio_queue(&call->account, call->to, on_queue, call);
		return;
	}
	else
	{
		time_is_over(call);
		return;
	}
	call_finish(call);
}

/* What the provider knows of a call has been heard: record what follows. */
static void
conclude(Call *call)
{
	const TwilioState *heard = &call->heard;
	const char *words = NULL;
	bool recorded = true;
	int input;

	call->answered = 1;
	call->news.call_sid = heard->call_sid;
	if (heard->digits != NULL && strcmp(heard->digits, "1") == 0)
		recorded = call_record(call, AI_ACCEPT_FIRST, "found by asking the provider");
	else if (heard->digits != NULL && strcmp(heard->digits, "2") == 0)
		recorded = call_record(call, AI_DECLINE, "found by asking the provider");
	else if (!heard->ended)
	{
		still_live(call);
		return;
	}
	else if (!attempt_ended(call->state))
	{
		input = attempt_call_status(heard->call_status, heard->answered_by, &words);
		if (input < 0 || input == AI_CALLING || input == AI_ANSWERED)
			input = attempt_call_status("completed", heard->answered_by, &words);
		recorded = call_record(call, input, words);
	}
	if (!recorded)
		call_schedule(call, "ask", call_patience(call)); /* it isn't known yet: found again */
	else if (heard->ended && !call->shares)
		call_settle(call);
	else if (heard->ended)
		call_schedule(call, NULL, 0);
	call_finish(call);
}

static void
on_context(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	bool gone = answer->outcome == HTTP_ANSWERED && answer->status == 404 && call->heard.ended;

	/* nothing there any more: nothing was pressed */
	if (gone || twilio_read_context(answer, call_attempt_text(call), &call->heard))
	{
		conclude(call);
		return;
	}
	if (call->deadline_asked && !attempt_ended(call->state))
	{
		time_is_over(call);
		return;
	}
	ask_again(call, answer);
}

static void
on_fetched(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;

	call->heard = twilio_read_state(&call->account, answer);
	if (call->heard.usable && call->heard.complete)
		conclude(call);
	else if (call->heard.usable)
		twilio_context(&call->account, call->sid, on_context, call);
	else if (call->deadline_asked && !attempt_ended(call->state))
		time_is_over(call);
	else
		ask_again(call, answer);
}

static void ask_candidate(Call *call);
static void ask_list(Call *call);

/* The list was read to its end, and our call isn't there. */
static void
not_there(Call *call)
{
	pg_uuid_t attempt_id = call->attempt_id;
	bool over = attempt_ended(call->state);

	if (over)
	{
		/* its line is free; the list may lag, so a call that rings after all is found and ended */
		call_settle(call);
		if (clock_now() - call->created_at < LAG_US)
			call_schedule(call, "ask", Max(call_patience(call), LAG_AGAIN_US));
	}
	call_finish(call);
	if (!over)
		pager_calls_send_again(&attempt_id);
}

/* Ours, active or ended: never placed again. */
static void
adopt(Call *call)
{
	call->sid = call->candidates[call->candidate];
	if (!call_record(call, AI_PLACED, NULL))
	{
		/* nobody knows of it yet: it is looked for again */
		call_schedule(call, "ask", call_patience(call));
		call_finish(call);
		return;
	}
	twilio_fetch(&call->account, call->sid, on_fetched, call);
}

static void
on_candidate(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	char *ours = call_attempt_text(call);
	TwilioState there = {0};
	bool usable = twilio_read_context(answer, ours, &there);

	if (!usable && !(answer->outcome == HTTP_ANSWERED && answer->status == 404))
		ask_again(call, answer);
	else if (usable && there.attempt_id != NULL && strcmp(there.attempt_id, ours) == 0)
		adopt(call);
	else
	{
		call->candidate++;
		ask_candidate(call);
	}
}

static void
known_unit(void *arg)
{
	Call *call = arg;
	Datum values[] = {CStringGetTextDatum(call->candidates[call->candidate]),
					  UUIDPGetDatum(&call->attempt_id)};

	call->known = query_run(&known_sid_sql, values, NULL, 1) == 1;
}

static void
ask_candidate(Call *call)
{
	for (; call->candidate < call->ncandidates; call->candidate++)
	{
		call->known = false;
		/* another attempt's own call needs no look */
		(void) unit_run("looking for a call", known_unit, call, NULL);
		if (call->known)
			continue;
		/* one line, one live call: what nobody else has placed there since is ours */
		if (call->account.calls)
			adopt(call);
		else
			twilio_context(&call->account, call->candidates[call->candidate], on_candidate, call);
		return;
	}
	if (call->next_page == NULL)
		not_there(call);
	else if (++call->page < LIST_PAGES_MAX)
		ask_list(call);
	else
	{
		/* not read to its end: it doesn't say that the call isn't there */
		call_schedule(call, "ask", call_patience(call));
		call_finish(call);
	}
}

/*
 * Since when our call can be in the list; the provider's time is the wall's, whatever Strike's is.
 * From a clock that has been set back meanwhile: within the day.
 */
static TimestampTz
since(const Call *call)
{
	if (call->created_at > clock_now())
		return GetCurrentTimestamp() - USECS_PER_DAY;
	return call->created_at - (clock_now() - GetCurrentTimestamp()) - SKEW_US;
}

static void
on_listed(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	MemoryContext outside = MemoryContextSwitchTo(call->context);

	call->candidates = palloc0(sizeof(char *) * TWILIO_LIST_PAGE);
	call->candidate = 0;
	call->ncandidates = twilio_read_list(&call->account, answer, call->to, since(call),
										 call->candidates, TWILIO_LIST_PAGE, &call->next_page);
	MemoryContextSwitchTo(outside);
	if (call->ncandidates >= 0)
		ask_candidate(call);
	else
		ask_again(call, answer);
}

static void
ask_list(Call *call)
{
	if (call->next_page != NULL)
		twilio_list_next(&call->account, call->next_page, on_listed, call);
	else
		twilio_list(&call->account, call->to, since(call), on_listed, call);
}

void
pager_calls_ask(const pg_uuid_t *attempt_id)
{
	Call *call = call_begin(attempt_id, false);

	if (call == NULL)
		return;
	FAULT_POINT("pager_asking");
	if (call->sid != NULL)
		twilio_fetch(&call->account, call->sid, on_fetched, call);
	else if (!call->shares)
		ask_list(call);
	else
		call_finish(call);
}

static void
on_end(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	bool answered = answer->outcome == HTTP_ANSWERED;
	bool refused = answered && answer->status >= 400 && answer->status < 500 &&
				   answer->status != 401 && answer->status != 429;

	call->news.ends_it = false;
	if (answered && (answer->status == 200 || answer->status == 404))
	{
		/* ended, or not there to be ended */
		call->heard = (TwilioState){.usable = true, .ended = true};
		if (call->account.calls)
			conclude(call);
		else
			twilio_context(&call->account, call->sid, on_context, call);
		return;
	}
	if (refused)
	{
		/* it may be over, or ring on: then it is ended again */
		call->end_refused = true;
		twilio_fetch(&call->account, call->sid, on_fetched, call);
		return;
	}
	call->answered = answered && answer->status < 500 ? 0 : -1;
	call_schedule(call, "end", call_patience(call));
	call_finish(call);
}

void
pager_calls_end(const pg_uuid_t *attempt_id)
{
	Call *call = call_begin(attempt_id, false);

	if (call == NULL)
		return;
	if (call->sid != NULL)
		twilio_end(&call->account, call->sid, on_end, call);
	else if (!call->shares)
		ask_list(call); /* which call it is was never recorded */
	else
		call_finish(call);
}
