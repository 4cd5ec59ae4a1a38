/*
 * pager_calls.c
 *		Requests to Twilio and the meaning of their answers.
 *
 *		place ─► 201 ─► PLACED            409 ─► whose is the active one? ours: adopt it
 *		         lost ─► UNKNOWN ─► (its time and a margin pass) ─► list ─► found: adopt it
 *		                                                                 └► not there: place again
 *		ask   ─► state, then context: a key press counts however late it is found
 *		end   ─► ended; then the context once more, for a key pressed in the last moment
 *
 * What an answer means is recorded by pager_record(), behind the run's version.  A request whose
 * answer could not be recorded keeps its claim: the pager's sweep finds it there.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/ilist.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "ground/activation.h"
#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/pager_calls.h"
#include "process/pager_decide.h"
#include "process/pager_record.h"
#include "remote/twilio_api.h"

#define AGAIN_US INT64CONST(1000000)	 /* after "not now" */
#define ASK_AGAIN_US INT64CONST(5000000) /* after an answer that couldn't be used */
#define ASK_MOST_US INT64CONST(600000000)
#define SKEW_US INT64CONST(60000000)  /* between the provider's clock and ours */
#define STUCK_US INT64CONST(15000000) /* after its end a call has no business to be active */
#define LIST_PAGES_MAX 20

static SqlStatement load_sql = {
	.sql = "SELECT t.studio_url, t.account_sid, t.auth_token, t.from_number, t.flow_sid,"
		   " coalesce(a.line, r.phone), a.provider_sid, a.state, a.eco_id, p.job_id, p.message,"
		   " a.created_at, a.deadline_asked, a.run_id"
		   " FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id"
		   " JOIN strike.twilio_accounts t ON t.account_id = a.account_id"
		   " JOIN strike.contact_refs r ON r.contact_ref = a.contact_ref"
		   " WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement schedule_sql = {
	.sql = "UPDATE strike.pager_attempts SET next_action = $2, next_action_at = $3, claim = NULL"
		   " WHERE attempt_id = $1",
	.nargs = 3,
	.argtypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID},
};

static SqlStatement known_sid_sql = {
	.sql = "SELECT FROM strike.pager_attempts WHERE provider_sid = $1 AND account_id ="
		   " (SELECT account_id FROM strike.pager_attempts WHERE attempt_id = $2)",
	.nargs = 2,
	.argtypes = {TEXTOID, UUIDOID},
};

static SqlStatement stuck_sql = {
	.sql = "SELECT FROM strike.pager_attempts WHERE attempt_id = $1::uuid AND ended_at < $2"
		   " AND line IS NULL",
	.nargs = 2,
	.argtypes = {TEXTOID, TIMESTAMPTZOID},
};

/* One attempt's business with the provider, over one or more requests. */
typedef struct Call
{
	dlist_node node; /* in 'under_way' */
	MemoryContext context;
	pg_uuid_t attempt_id;
	pg_uuid_t run_id;
	pg_uuid_t eco_id;
	TwilioAccount account;
	char *to;
	char *sid; /* NULL = not known yet */
	char *job_id;
	char *message;
	AttemptState state;
	bool deadline_asked;
	TimestampTz created_at;
	bool loaded;

	/* what was heard so far */
	int ended; /* 1, 0, -1 = not known */
	char **candidates;
	int ncandidates;
	int candidate;
	int page;
	char *next_page; /* URL, NULL = the last one was read */

	/* for the units */
	AttemptNews news;
	NewsResult result;
	Attempt after;
	const char *action; /* schedule_unit */
	TimestampTz action_at;
	char *holder;		   /* attempt whose execution is in the way */
	const char *cant_page; /* ends the run, with these words */
	bool known;
} Call;

static dlist_head under_way = DLIST_STATIC_INIT(under_way);
static int64 my_generation;

void
pager_calls_attach(int64 generation)
{
	my_generation = generation;
}

bool
pager_calls_under_way(const pg_uuid_t *attempt_id)
{
	dlist_iter iter;

	dlist_foreach (iter, &under_way)
	{
		Call *call = dlist_container(Call, node, iter.cur);

		if (memcmp(&call->attempt_id, attempt_id, UUID_LEN) == 0)
			return true;
	}
	return false;
}

static void
load_unit(void *arg)
{
	Call *call = arg;
	Datum argument = UUIDPGetDatum(&call->attempt_id);
	MemoryContext outside;
	bool isnull;

	if (query_run(&load_sql, &argument, NULL, 1) == 0)
		return;
	outside = MemoryContextSwitchTo(call->context);
	call->account.studio_url = query_text(0, 1);
	call->account.account_sid = query_text(0, 2);
	call->account.auth_token = query_text(0, 3);
	call->account.from_number = query_text(0, 4);
	call->account.flow_sid = query_text(0, 5);
	call->to = query_text(0, 6);
	call->sid = query_text(0, 7);
	call->state = machine_state(&pager_attempt_machine, query_text(0, 8));
	(void) query_uuid(0, 9, &call->eco_id);
	call->job_id = query_text(0, 10);
	call->message = query_text(0, 11);
	call->created_at = DatumGetTimestampTz(query_datum(0, 12, &isnull));
	call->deadline_asked = query_bool(0, 13, false);
	(void) query_uuid(0, 14, &call->run_id);
	call->loaded = true;
	MemoryContextSwitchTo(outside);
}

static void settle_unit(void *arg);

/*
 * Can the provider be asked at all?  Not once the account has lost its flow, nor for a call that
 * isn't known there when its person was erased.
 */
static bool
can_be_asked(const Call *call)
{
	return call->account.flow_sid != NULL && (call->sid != NULL || call->to != NULL);
}

/* NULL when one is under way for the attempt, or it can't be read now, or nobody can be asked. */
static Call *
begin(const pg_uuid_t *attempt_id)
{
	MemoryContext context;
	Call *call;

	if (pager_calls_under_way(attempt_id))
		return NULL;
	context = AllocSetContextCreate(TopMemoryContext, "strike call", ALLOCSET_SMALL_SIZES);
	call = MemoryContextAllocZero(context, sizeof(Call));
	call->context = context;
	call->attempt_id = *attempt_id;
	call->ended = -1;
	if (unit_run("reading an attempt", load_unit, call, NULL) != UNIT_DONE || !call->loaded ||
		!can_be_asked(call))
	{
		if (call->loaded && attempt_ended(call->state))
			(void) unit_run("freeing a line", settle_unit, call, NULL);
		MemoryContextDelete(context);
		return NULL;
	}
	dlist_push_tail(&under_way, &call->node);
	return call;
}

static void
finish(Call *call)
{
	dlist_delete(&call->node);
	MemoryContextDelete(call->context);
}

static void
record_unit(void *arg)
{
	Call *call = arg;
	const char *why;

	/* paused since it was asked after: it stays due */
	call->result = NEWS_UNKNOWN;
	if (call->news.input == AI_RESEND && !effects_allowed(&why))
		return;
	call->result = pager_record(&call->attempt_id, &call->news, &call->after);
	if (call->cant_page != NULL)
		pager_fail_run(&call->run_id, call->cant_page);
}

/* Records news; false when the database couldn't take it, even tried again. */
static bool
record(Call *call, AttemptInput input, const char *reason)
{
	UnitResult result = UNIT_RETRY;

	call->news.input = input;
	call->news.reason = reason;
	call->news.provider_sid = call->sid;
	for (int i = 0; i < 3 && result == UNIT_RETRY; i++)
		result = unit_run("recording news of a call", record_unit, call, NULL);
	return result == UNIT_DONE;
}

static void
schedule_unit(void *arg)
{
	Call *call = arg;
	Datum values[] = {UUIDPGetDatum(&call->attempt_id), (Datum) 0,
					  TimestampTzGetDatum(call->action_at)};
	bool isnull[] = {false, call->action == NULL, call->action == NULL};

	if (call->action != NULL)
		values[1] = CStringGetTextDatum(call->action);
	(void) query_run(&schedule_sql, values, isnull, 0);
}

/* Puts the next action into the row; NULL = none. */
static void
schedule(Call *call, const char *action, int64 in_us)
{
	call->action = action;
	call->action_at = clock_now() + in_us;
	(void) unit_run("scheduling a call", schedule_unit, call, NULL);
}

/* The older the call, the less often it is asked after: a provider in trouble isn't flooded. */
static int64
ask_again_us(const Call *call)
{
	return Min(Max(ASK_AGAIN_US, (clock_now() - call->created_at) / 8), ASK_MOST_US);
}

static void
settle_unit(void *arg)
{
	pager_settle(&((Call *) arg)->attempt_id);
}

/* What the provider knows of a call has been heard: record what follows. */
static void
conclude(Call *call, const TwilioContext *context)
{
	bool machine = context->answered_by != NULL && strncmp(context->answered_by, "machine", 7) == 0;
	bool over = attempt_ended(call->state);

	if (context->digits != NULL && strcmp(context->digits, "1") == 0)
		(void) record(call, AI_ACCEPT_FIRST, "found by asking the provider");
	else if (context->digits != NULL && strcmp(context->digits, "2") == 0)
		(void) record(call, AI_DECLINE, "found by asking the provider");
	else if (call->ended != 1)
	{
		if (over)
			schedule(call, "end", 0);
		else if (call->deadline_asked)
			(void) record(call, AI_DEADLINE, "no answer in time");
		else
			(void) record(call, AI_PLACED, NULL);
	}
	else if (!over)
	{
		const char *status = context->call_status ? context->call_status : "";

		if (machine)
			(void) record(call, AI_VOICEMAIL, "voicemail");
		else if (strcmp(status, "no-answer") == 0)
			(void) record(call, AI_NO_ANSWER, NULL);
		else if (strcmp(status, "busy") == 0)
			(void) record(call, AI_BUSY, NULL);
		else if (strcmp(status, "failed") == 0)
			(void) record(call, AI_FAILED, "the call could not be connected");
		else
			(void) record(call, AI_FAILED, "no key press");
	}
	if (call->ended == 1)
		(void) unit_run("freeing a line", settle_unit, call, NULL);
}

static void
on_context(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	TwilioContext context = twilio_read_context(answer);

	if (answer->outcome == HTTP_ANSWERED && answer->status == 404 && call->ended == 1)
		context.usable = true; /* nothing there any more: nothing was pressed */
	if (context.usable)
		conclude(call, &context);
	else if (call->deadline_asked && !attempt_ended(call->state))
		(void) record(call, AI_DEADLINE, "no answer in time");
	else
		schedule(call, "ask", ask_again_us(call));
	finish(call);
}

static void
on_fetched(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;

	call->ended = twilio_read_ended(answer);
	if (call->ended >= 0)
	{
		twilio_context(&call->account, call->sid, on_context, call);
		return;
	}
	if (call->deadline_asked && !attempt_ended(call->state))
		(void) record(call, AI_DEADLINE, "no answer in time");
	else
		schedule(call, "ask", ask_again_us(call));
	finish(call);
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
		(void) unit_run("freeing a line", settle_unit, call, NULL);
	finish(call);
	if (!over)
		pager_calls_send_again(&attempt_id);
}

static void
on_candidate(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	TwilioContext context = twilio_read_context(answer);
	char *ours = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&call->attempt_id)));

	if (!context.usable && !(answer->outcome == HTTP_ANSWERED && answer->status == 404))
	{
		schedule(call, "ask", ask_again_us(call));
		finish(call);
	}
	else if (context.usable && context.attempt_id != NULL && strcmp(context.attempt_id, ours) == 0)
	{
		/* ours, active or ended: adopted, never placed again */
		call->sid = call->candidates[call->candidate];
		(void) record(call, AI_PLACED, NULL);
		twilio_fetch(&call->account, call->sid, on_fetched, call);
	}
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
		schedule(call, "ask", ask_again_us(call));
		finish(call);
	}
}

static void
on_listed(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	MemoryContext outside = MemoryContextSwitchTo(call->context);

	call->candidates = palloc0(sizeof(char *) * TWILIO_LIST_PAGE);
	call->candidate = 0;
	call->ncandidates = twilio_read_list(answer, &call->account, call->to, call->candidates,
										 TWILIO_LIST_PAGE, &call->next_page);
	MemoryContextSwitchTo(outside);
	if (call->ncandidates >= 0)
		ask_candidate(call);
	else
	{
		schedule(call, "ask", ask_again_us(call));
		finish(call);
	}
}

static void
ask_list(Call *call)
{
	/* the provider's time is the wall's, whatever Strike's clock says */
	TimestampTz offset = clock_now() - GetCurrentTimestamp();

	if (call->next_page != NULL)
		twilio_list_next(&call->account, call->next_page, on_listed, call);
	else
		twilio_list(&call->account, call->created_at - offset - SKEW_US, on_listed, call);
}

void
pager_calls_ask(const pg_uuid_t *attempt_id)
{
	Call *call = begin(attempt_id);

	if (call == NULL)
		return;
	if (call->sid != NULL)
		twilio_fetch(&call->account, call->sid, on_fetched, call);
	else
		ask_list(call);
}

static void
stuck_unit(void *arg)
{
	Call *call = arg;
	Datum values[] = {CStringGetTextDatum(call->holder),
					  TimestampTzGetDatum(clock_now() - STUCK_US)};

	call->known = query_run(&stuck_sql, values, NULL, 1) == 1;
}

/* The line is free, or will be soon, or not: tried again. */
static void
on_unblocked(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;

	schedule(call, "send", AGAIN_US);
	finish(call);
}

/* An execution is active, and whose it is couldn't be found out: perhaps ours, so nothing is sent. */
static void
lost_behind_another(Call *call)
{
	call->sid = NULL;
	(void) record(call, AI_LOST, "another call was active, and couldn't be looked at");
	finish(call);
}

/*
 * Somebody's execution is active for that number: ours, whose answer was lost, or another's.  One
 * of an attempt that ended a while ago is stuck, and is ended: it would block every page.
 */
static void
on_conflict(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	TwilioContext context = twilio_read_context(answer);
	char *ours = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&call->attempt_id)));

	call->known = false;
	if (context.usable && context.attempt_id != NULL && strcmp(context.attempt_id, ours) == 0)
	{
		(void) record(call, AI_PLACED, NULL);
		finish(call);
		return;
	}
	if (!context.usable && !(answer->outcome == HTTP_ANSWERED && answer->status == 404))
	{
		lost_behind_another(call);
		return;
	}
	if (context.usable && context.attempt_id != NULL && strlen(context.attempt_id) == 36)
	{
		call->holder = MemoryContextStrdup(call->context, context.attempt_id);
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
	TwilioPlaced placed = twilio_read_placed(answer);
	int64 wait = placed.retry_after_s > 0 ? placed.retry_after_s * INT64CONST(1000000) : AGAIN_US;

	FAULT_POINT("pager_answer");
	switch (placed.reply)
	{
		case TWILIO_PLACED:
			call->sid = MemoryContextStrdup(call->context, placed.sid);
			(void) record(call, AI_PLACED, NULL);
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
			schedule(call, "send", wait);
			break;
		case TWILIO_REFUSED:
			(void) record(call, AI_FAILED,
						  psprintf("the provider refuses this call (code %d)", placed.code));
			break;
		case TWILIO_ACCOUNT:
			call->cant_page = "the telephone account is refused";
			(void) record(call, AI_FAILED, "the telephone account is refused");
			break;
		case TWILIO_LOST:
			(void) record(call, AI_LOST, "no answer to the request");
			break;
	}
	finish(call);
}

static void
place(Call *call)
{
	char *attempt =
		DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&call->attempt_id)));
	TwilioPage page = {
		.to = call->to,
		.attempt_id = attempt,
		.eco_id = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&call->eco_id))),
		.subsector = psprintf("ECO-%s", call->job_id),
		.message = call->message,
		.callback_url = strike_public_url[0]
							? psprintf("%s/twilio/studio/%s", strike_public_url, attempt)
							: NULL,
	};

	twilio_place(&call->account, &page, on_placed, call);
}

void
pager_calls_send(const pg_uuid_t *attempt_id)
{
	Call *call = begin(attempt_id);

	if (call != NULL)
		place(call);
}

void
pager_calls_send_again(const pg_uuid_t *attempt_id)
{
	Call *call = begin(attempt_id);

	if (call == NULL)
		return;
	call->sid = NULL;
	call->news.claim = my_generation;
	if (record(call, AI_RESEND, NULL) && call->result == NEWS_RECORDED && unit_commit_confirmed())
		place(call);
	else
	{
		/* it ended, or rings, meanwhile */
		if (call->result == NEWS_NOTHING && attempt_ended(call->after.state) &&
			call->after.provider_sid == NULL)
			(void) unit_run("freeing a line", settle_unit, call, NULL);
		else if (call->result == NEWS_NOTHING)
			schedule(call, NULL, 0);
		finish(call);
	}
}

static void
on_end(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	bool refused = answer->outcome == HTTP_ANSWERED && answer->status >= 400 &&
				   answer->status < 500 && answer->status != 401 && answer->status != 429;

	if ((answer->outcome == HTTP_ANSWERED && answer->status == 200) || refused)
	{
		/* ended, or not there to be ended */
		call->ended = 1;
		twilio_context(&call->account, call->sid, on_context, call);
		return;
	}
	schedule(call, "end", ask_again_us(call));
	finish(call);
}

void
pager_calls_end(const pg_uuid_t *attempt_id)
{
	Call *call = begin(attempt_id);

	if (call == NULL)
		return;
	if (call->sid != NULL)
		twilio_end(&call->account, call->sid, on_end, call);
	else
		finish(call);
}
