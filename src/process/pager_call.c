/*
 * pager_call.c
 *		Beginning, recording and ending an attempt's business with the provider.
 *
 * What an answer means is recorded by pager_record(), behind the run's version.  A request whose
 * answer could not be recorded keeps its claim: the pager's sweep finds it there.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "ground/activation.h"
#include "ground/clock.h"
#include "ground/query.h"
#include "ground/unit.h"
#include "process/pager_account.h"
#include "process/pager_call.h"
#include "process/pager_calls.h"
#include "process/pager_decide.h"

#define ASK_MOST_US INT64CONST(600000000)

static SqlStatement load_sql = {
	.sql = "SELECT t.transport = 'calls', t.studio_url, t.api_url, t.account_sid, t.auth_token,"
		   " t.from_number, t.flow_sid, coalesce(a.line, r.phone), a.provider_sid, a.state,"
		   " a.created_at, a.deadline_asked, a.run_id, a.account_id, a.call_of IS NOT NULL,"
		   " a.calling_at IS NOT NULL OR a.answered_at IS NOT NULL, s.failures > 0"
		   " FROM strike.pager_attempts a"
		   " JOIN strike.twilio_accounts t ON t.account_id = a.account_id"
		   " JOIN strike.contact_refs r ON r.contact_ref = a.contact_ref"
		   " LEFT JOIN strike.pager_account_state s ON s.account_id = a.account_id"
		   " WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* The order of the call and those that share it and still wait, in their order. */
static SqlStatement pages_sql = {
	.sql = "SELECT a.attempt_id::text, a.eco_id::text, 'ECO-' || p.job_id, p.message"
		   " FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id"
		   " WHERE a.attempt_id = $1 OR (a.call_of = $1"
		   " AND a.state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED')) ORDER BY a.call_no",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/*
 * Behind a fence: what somebody else has made of the attempt since it was read (a key, a cancel, the
 * deadline) stands, and what he wants done is due now, since our business kept it waiting.
 */
#define AS_READ "state = $4 AND deadline_asked = $5"
static SqlStatement schedule_sql = {
	.sql = "UPDATE strike.pager_attempts SET"
		   " next_action = CASE WHEN " AS_READ " THEN $2 ELSE next_action END,"
		   " next_action_at = CASE WHEN " AS_READ " THEN $3"
		   " WHEN next_action IS NOT NULL THEN LEAST(next_action_at, $6) END,"
		   " claim = CASE WHEN " AS_READ " THEN NULL ELSE claim END"
		   " WHERE attempt_id = $1",
	.nargs = 6,
	.argtypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TIMESTAMPTZOID},
};

static dlist_head under_way = DLIST_STATIC_INIT(under_way);

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
	call->account.calls = query_bool(0, 1, false);
	call->account.studio_url = query_text(0, 2);
	call->account.api_url = query_text(0, 3);
	call->account.account_sid = query_text(0, 4);
	call->account.auth_token = query_text(0, 5);
	call->account.from_number = query_text(0, 6);
	call->account.flow_sid = query_text(0, 7);
	call->to = query_text(0, 8);
	call->sid = query_text(0, 9);
	call->state = machine_state(&pager_attempt_machine, query_text(0, 10));
	call->created_at = DatumGetTimestampTz(query_datum(0, 11, &isnull));
	call->deadline_asked = query_bool(0, 12, false);
	(void) query_uuid(0, 13, &call->run_id);
	(void) query_uuid(0, 14, &call->account_id);
	call->shares = query_bool(0, 15, false);
	call->rang = query_bool(0, 16, false);
	call->in_trouble = query_bool(0, 17, false);
	/* a query leaves SPI's own memory current */
	if (call->placing)
		call->npages = (int) query_run(&pages_sql, &argument, NULL, TWILIO_PAGES_MAX);
	MemoryContextSwitchTo(call->context);
	for (int i = 0; i < call->npages; i++)
	{
		call->pages[i].attempt_id = query_text(i, 1);
		call->pages[i].eco_id = query_text(i, 2);
		call->pages[i].subsector = query_text(i, 3);
		call->pages[i].message = query_text(i, 4);
	}
	call->loaded = true;
	MemoryContextSwitchTo(outside);
}

static void
settle_unit(void *arg)
{
	unit_commit_lazily();
	pager_settle(&((Call *) arg)->attempt_id);
}

void
call_settle(Call *call)
{
	(void) unit_run("freeing a line", settle_unit, call, NULL);
}

/*
 * Can the provider be asked at all?  Not once the account has lost its flow, nor with a sid of the
 * other transport, nor for a call that isn't known there when its person was erased.
 */
static bool
can_be_asked(const Call *call)
{
	if (!call->account.calls && call->account.flow_sid == NULL)
		return false;
	if (call->sid == NULL)
		return call->to != NULL;
	return twilio_is_sid(call->sid, call->account.calls ? "CA" : "FN");
}

Call *
call_begin(const pg_uuid_t *attempt_id, bool placing)
{
	MemoryContext context;
	Call *call;

	if (pager_calls_under_way(attempt_id))
		return NULL;
	context = AllocSetContextCreate(TopMemoryContext, "strike call", ALLOCSET_SMALL_SIZES);
	call = MemoryContextAllocZero(context, sizeof(Call));
	call->context = context;
	call->attempt_id = *attempt_id;
	call->placing = placing;
	if (unit_run("reading an attempt", load_unit, call, NULL) != UNIT_DONE || !call->loaded ||
		!can_be_asked(call))
	{
		if (call->loaded && attempt_ended(call->state))
			call_settle(call);
		MemoryContextDelete(context);
		return NULL;
	}
	dlist_push_tail(&under_way, &call->node);
	return call;
}

void
call_finish(Call *call)
{
	dlist_delete(&call->node);
	MemoryContextDelete(call->context);
}

static void
schedule(const Call *call, const char *action, TimestampTz at)
{
	bool isnull[6] = {false};
	Datum values[] = {UUIDPGetDatum(&call->attempt_id),
					  action ? CStringGetTextDatum(action) : (Datum) 0,
					  TimestampTzGetDatum(at),
					  CStringGetTextDatum(pager_attempt_machine.states[call->state]),
					  BoolGetDatum(call->deadline_asked),
					  TimestampTzGetDatum(clock_now())};

	isnull[1] = isnull[2] = action == NULL;
	(void) query_run(&schedule_sql, values, isnull, 0);
}

static void
record_unit(void *arg)
{
	Call *call = arg;
	TimestampTz now = clock_now();
	const char *why;

	if (call->answered > 0 && call->in_trouble)
		account_answered(&call->account_id, now);
	else if (call->answered < 0)
		account_failed(&call->account_id, call->news.reason ? call->news.reason : "no answer", now);
	/* a crash may take it away: then the provider is asked again */
	if (call->news.input != AI_RESEND && call->news.input != AI_ACCEPT_FIRST &&
		call->news.input != AI_DECLINE && call->cant_page == NULL)
		unit_commit_lazily();
	/* paused since it was asked after, or the provider doesn't answer: it stays due */
	call->result = NEWS_UNKNOWN;
	if (call->news.input == AI_RESEND)
	{
		if (!effects_allowed(&why))
			return;
		if (!account_may_send(&call->account_id, now, &call->action_at))
		{
			schedule(call, "send", Max(call->action_at, now + AGAIN_US));
			return;
		}
	}
	if (call->news.input == AI_DELAYED && call->news.stretch)
		account_throttled(&call->account_id, call->news.until, now);
	call->result = pager_record(&call->attempt_id, &call->news, &call->after);
	if (call->cant_page != NULL)
		pager_fail_run(&call->run_id, call->cant_page);
}

bool
call_record(Call *call, AttemptInput input, const char *reason)
{
	UnitResult result = UNIT_RETRY;

	call->news.input = input;
	call->news.reason = reason;
	call->news.provider_sid = call->sid;
	for (int i = 0; i < 3 && result == UNIT_RETRY; i++)
		result = unit_run("recording news of a call", record_unit, call, NULL);
	if (result == UNIT_DONE && call->result != NEWS_UNKNOWN)
	{
		call->state = call->after.state;
		call->deadline_asked = call->after.deadline_asked;
	}
	return result == UNIT_DONE;
}

static void
schedule_unit(void *arg)
{
	Call *call = arg;

	unit_commit_lazily();
	if (call->answered < 0)
		account_failed(&call->account_id, "no answer", clock_now());
	schedule(call, call->action, call->action_at);
}

void
call_schedule(Call *call, const char *action, int64 in_us)
{
	call->action = action;
	call->action_at = clock_now() + in_us;
	(void) unit_run("scheduling a call", schedule_unit, call, NULL);
}

int64
call_patience(const Call *call)
{
	return Min(Max(AGAIN_US, (clock_now() - call->created_at) / 8), ASK_MOST_US);
}

char *
call_attempt_text(const Call *call)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&call->attempt_id)));
}
