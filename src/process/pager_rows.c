/*
 * pager_rows.c
 *		Reading and writing the pager's rows, and the events that go with them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "ground/query.h"
#include "ground/settings.h"
#include "process/pager_rows.h"
#include "store/append.h"

#define RUN_COLUMNS                                                                                \
	" p.run_id, p.eco_id, p.run_no, p.status, p.outcome, p.deadline_at, p.contact_no,"             \
	" p.contact_count, p.attempt_id, p.version, p.last_error, p.accepted_by, p.accepted_at,"       \
	" p.osp_tenant, p.job_id, p.message, p.epoch, p.waiting_for, p.completed_at, p.created_at,"    \
	" p.round, p.duty_ignored, p.waiting_line, p.slot_at, p.test_of IS NOT NULL"
#define RUN_COLUMN_COUNT 25

#define ATTEMPT_COLUMNS                                                                            \
	" a.attempt_id, a.run_id, a.eco_id, a.contact_no, a.contact_ref, a.account_id, a.state,"       \
	" a.reason, a.provider_sid, a.call_sid, a.line, a.requests, a.possible_repeat, a.claim,"       \
	" a.next_action, a.next_action_at, a.deadline_asked, a.created_at, a.requested_at, a.sent_at," \
	" a.calling_at, a.answered_at, a.ended_at, a.call_of, a.call_no, a.last_sequence"

static SqlStatement run_sql = {
	.sql = "SELECT" RUN_COLUMNS " FROM strike.pager_process_state p WHERE p.run_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement attempt_sql = {
	.sql = "SELECT" ATTEMPT_COLUMNS " FROM strike.pager_attempts a WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* Two rows as they were at one moment. */
static SqlStatement attempt_of_run_sql = {
	.sql = "SELECT" RUN_COLUMNS "," ATTEMPT_COLUMNS " FROM strike.pager_process_state p"
		   " LEFT JOIN strike.pager_attempts a ON a.attempt_id = p.attempt_id WHERE p.run_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement run_of_attempt_sql = {
	.sql = "SELECT" RUN_COLUMNS "," ATTEMPT_COLUMNS " FROM strike.pager_attempts a"
		   " JOIN strike.pager_process_state p ON p.run_id = a.run_id WHERE a.attempt_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/*
 * updated_at never goes back here: a row from before the clock was set back is one until all of its
 * times were looked at (pager_clock.c).
 */
static SqlStatement write_run_sql = {
	.sql = "UPDATE strike.pager_process_state SET status = $3, outcome = $4, deadline_at = $5,"
		   " contact_no = $6, attempt_id = $7, last_error = $8, accepted_by = $9,"
		   " accepted_at = $10, waiting_for = $11, completed_at = $12,"
		   " updated_at = GREATEST(updated_at, $13),"
		   " round = $14, duty_ignored = $15, waiting_line = $16, slot_at = $17,"
		   " version = version + 1 WHERE run_id = $1 AND version = $2",
	.nargs = 17,
	.argtypes = {UUIDOID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT4OID, UUIDOID, TEXTOID,
				 UUIDOID, TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, BOOLOID,
				 TEXTOID, TIMESTAMPTZOID},
};

static SqlStatement insert_attempt_sql = {
	.sql = "INSERT INTO strike.pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref,"
		   " account_id, state, line, requests, claim, created_at, requested_at, updated_at,"
		   " call_of, call_no)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11, $12, $13)",
	.nargs = 13,
	.argtypes = {UUIDOID, UUIDOID, UUIDOID, INT4OID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, INT4OID,
				 INT8OID, TIMESTAMPTZOID, UUIDOID, INT4OID},
};

static SqlStatement write_attempt_sql = {
	.sql = "UPDATE strike.pager_attempts SET state = $2, reason = $3, provider_sid = $4,"
		   " call_sid = $5, line = $6, requests = $7, possible_repeat = $8, claim = $9,"
		   " next_action = $10, next_action_at = $11, deadline_asked = $12, requested_at = $13,"
		   " sent_at = $14, calling_at = $15, answered_at = $16, ended_at = $17,"
		   " updated_at = GREATEST(updated_at, $18), last_sequence = $19 WHERE attempt_id = $1",
	.nargs = 19,
	.argtypes = {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, BOOLOID, INT8OID,
				 TEXTOID, TIMESTAMPTZOID, BOOLOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
				 TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID},
};

static Datum
text_value(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static Datum
time_value(TimestampTz time, bool *isnull)
{
	*isnull = time == 0;
	return TimestampTzGetDatum(time);
}

/* The first row's columns. */
static void
take_run(Run *run)
{
	memset(run, 0, sizeof(*run));
	(void) query_uuid(0, 1, &run->run_id);
	(void) query_uuid(0, 2, &run->eco_id);
	run->run_no = query_int4(0, 3, 0);
	run->status = machine_state(&pager_process_machine, query_text(0, 4));
	run->outcome = query_text(0, 5);
	run->deadline_at = query_time(0, 6);
	run->contact_no = query_int4(0, 7, 0);
	run->contact_count = query_int4(0, 8, 0);
	run->has_attempt = query_uuid(0, 9, &run->attempt_id);
	run->version = query_int4(0, 10, 0);
	run->last_error = query_text(0, 11);
	run->accepted = query_uuid(0, 12, &run->accepted_by);
	run->accepted_at = query_time(0, 13);
	run->osp_tenant = query_text(0, 14);
	run->job_id = query_text(0, 15);
	run->message = query_text(0, 16);
	run->epoch = query_int4(0, 17, 1);
	run->waiting = query_uuid(0, 18, &run->waiting_for);
	run->completed_at = query_time(0, 19);
	run->created_at = query_time(0, 20);
	run->round = query_int4(0, 21, 1);
	run->duty_ignored = query_bool(0, 22, false);
	run->waiting_line = query_text(0, 23);
	run->slot_at = query_time(0, 24);
	run->test = query_bool(0, 25, false);
}

/* Read by a key that may lie in the row, which is overwritten. */
static bool
read_by(SqlStatement *statement, const pg_uuid_t *id)
{
	pg_uuid_t key = *id;
	Datum argument = UUIDPGetDatum(&key);

	return query_run(statement, &argument, NULL, 1) > 0;
}

bool
run_read(const pg_uuid_t *run_id, Run *run)
{
	if (!read_by(&run_sql, run_id))
		return false;
	take_run(run);
	return true;
}

bool
run_write(Run *run, TimestampTz now)
{
	Datum values[17];
	bool isnull[17] = {false};

	values[0] = UUIDPGetDatum(&run->run_id);
	values[1] = Int32GetDatum(run->version);
	values[2] = CStringGetTextDatum(pager_process_machine.states[run->status]);
	values[3] = text_value(run->outcome, &isnull[3]);
	values[4] = time_value(run->deadline_at, &isnull[4]);
	values[5] = Int32GetDatum(run->contact_no);
	isnull[5] = run->contact_no == 0;
	values[6] = UUIDPGetDatum(&run->attempt_id);
	isnull[6] = !run->has_attempt;
	values[7] = text_value(run->last_error, &isnull[7]);
	values[8] = UUIDPGetDatum(&run->accepted_by);
	isnull[8] = !run->accepted;
	values[9] = time_value(run->accepted_at, &isnull[9]);
	values[10] = UUIDPGetDatum(&run->waiting_for);
	isnull[10] = !run->waiting;
	values[11] = time_value(run->completed_at, &isnull[11]);
	values[12] = TimestampTzGetDatum(now);
	values[13] = Int32GetDatum(run->round);
	values[14] = BoolGetDatum(run->duty_ignored);
	values[15] = text_value(run->waiting_line, &isnull[15]);
	values[16] = time_value(run->slot_at, &isnull[16]);
	if (query_run(&write_run_sql, values, isnull, 0) == 0)
		return false;
	run->version++;
	return true;
}

int64
pager_lease(void)
{
	return (strike_twilio_timeout * 2 + 2000) * INT64CONST(1000);
}

static const char *
action_named(const char *text)
{
	static const char *const actions[] = {"send", "ask", "end"};

	for (int i = 0; text != NULL && i < lengthof(actions); i++)
		if (strcmp(text, actions[i]) == 0)
			return actions[i];
	return NULL;
}

/* The first row's columns after 'before' others. */
static void
take_attempt(Attempt *a, int before)
{
	memset(a, 0, sizeof(*a));
	(void) query_uuid(0, before + 1, &a->attempt_id);
	(void) query_uuid(0, before + 2, &a->run_id);
	(void) query_uuid(0, before + 3, &a->eco_id);
	a->contact_no = query_int4(0, before + 4, 0);
	(void) query_uuid(0, before + 5, &a->contact_ref);
	(void) query_uuid(0, before + 6, &a->account_id);
	a->state = machine_state(&pager_attempt_machine, query_text(0, before + 7));
	a->reason = query_text(0, before + 8);
	a->provider_sid = query_text(0, before + 9);
	a->call_sid = query_text(0, before + 10);
	a->line = query_text(0, before + 11);
	a->requests = query_int4(0, before + 12, 0);
	a->possible_repeat = query_bool(0, before + 13, false);
	a->claim = query_int8(0, before + 14, 0);
	a->next_action = action_named(query_text(0, before + 15));
	a->next_action_at = query_time(0, before + 16);
	a->deadline_asked = query_bool(0, before + 17, false);
	a->created_at = query_time(0, before + 18);
	a->requested_at = query_time(0, before + 19);
	a->sent_at = query_time(0, before + 20);
	a->calling_at = query_time(0, before + 21);
	a->answered_at = query_time(0, before + 22);
	a->ended_at = query_time(0, before + 23);
	a->shares = query_uuid(0, before + 24, &a->call_of);
	a->call_no = query_int4(0, before + 25, 1);
	a->sequence = query_int4(0, before + 26, -1);
}

bool
attempt_read(const pg_uuid_t *attempt_id, Attempt *a)
{
	if (!read_by(&attempt_sql, attempt_id))
		return false;
	take_attempt(a, 0);
	return true;
}

bool
attempt_read_with_run(const pg_uuid_t *attempt_id, Attempt *a, Run *run)
{
	if (!read_by(&run_of_attempt_sql, attempt_id))
		return false;
	take_run(run);
	take_attempt(a, RUN_COLUMN_COUNT);
	return true;
}

bool
run_read_with_attempt(const pg_uuid_t *run_id, Run *run, Attempt *a)
{
	bool isnull;

	if (!read_by(&attempt_of_run_sql, run_id))
		return false;
	take_run(run);
	(void) query_datum(0, RUN_COLUMN_COUNT + 1, &isnull);
	if (isnull)
		run->has_attempt = false;
	else
		take_attempt(a, RUN_COLUMN_COUNT);
	return true;
}

void
attempt_insert(const Attempt *a)
{
	bool isnull[13] = {false};
	Datum values[] = {UUIDPGetDatum(&a->attempt_id),
					  UUIDPGetDatum(&a->run_id),
					  UUIDPGetDatum(&a->eco_id),
					  Int32GetDatum(a->contact_no),
					  UUIDPGetDatum(&a->contact_ref),
					  UUIDPGetDatum(&a->account_id),
					  CStringGetTextDatum(pager_attempt_machine.states[a->state]),
					  text_value(a->line, &isnull[7]),
					  Int32GetDatum(a->requests),
					  Int64GetDatum(a->claim),
					  TimestampTzGetDatum(a->created_at),
					  UUIDPGetDatum(&a->call_of),
					  Int32GetDatum(Max(a->call_no, 1))};

	isnull[9] = a->claim == 0;
	isnull[11] = !a->shares;
	(void) query_run(&insert_attempt_sql, values, isnull, 0);
}

void
attempt_write(const Attempt *a, TimestampTz now)
{
	Datum values[19];
	bool isnull[19] = {false};

	values[0] = UUIDPGetDatum(&a->attempt_id);
	values[1] = CStringGetTextDatum(pager_attempt_machine.states[a->state]);
	values[2] = text_value(a->reason, &isnull[2]);
	values[3] = text_value(a->provider_sid, &isnull[3]);
	values[4] = text_value(a->call_sid, &isnull[4]);
	values[5] = text_value(a->line, &isnull[5]);
	values[6] = Int32GetDatum(a->requests);
	values[7] = BoolGetDatum(a->possible_repeat);
	values[8] = Int64GetDatum(a->claim);
	isnull[8] = a->claim == 0;
	values[9] = text_value(a->next_action, &isnull[9]);
	values[10] = TimestampTzGetDatum(a->next_action_at);
	isnull[10] = a->next_action == NULL;
	values[11] = BoolGetDatum(a->deadline_asked);
	values[12] = time_value(a->requested_at, &isnull[12]);
	values[13] = time_value(a->sent_at, &isnull[13]);
	values[14] = time_value(a->calling_at, &isnull[14]);
	values[15] = time_value(a->answered_at, &isnull[15]);
	values[16] = time_value(a->ended_at, &isnull[16]);
	values[17] = TimestampTzGetDatum(now);
	values[18] = Int32GetDatum(a->sequence);
	isnull[18] = a->sequence < 0;
	(void) query_run(&write_attempt_sql, values, isnull, 0);
}

void
run_put_key(JsonBuild *b, const Run *run)
{
	json_uuid(b, "eco_id", run->test ? NULL : &run->eco_id);
	json_uuid(b, "run_id", &run->run_id);
}

void
run_append(const Run *run, const char *type, Jsonb *payload, const char *actor)
{
	NewEvent event = {type, payload};

	if (append_events(&run->run_id, run->test ? "TestCall" : "PagerRun", APPEND_EXPECT_ANY, &event,
					  1, actor, NULL) == APPEND_CONFLICT)
		append_raise_conflict(&run->run_id, APPEND_EXPECT_ANY);
}

void
run_append_attempt(const Run *run, const Attempt *a, const char *at_provider, const char *actor)
{
	JsonBuild b;

	json_begin(&b);
	run_put_key(&b, run);
	json_uuid(&b, "attempt_id", &a->attempt_id);
	json_int(&b, "contact_no", a->contact_no);
	json_uuid(&b, "contact_ref", &a->contact_ref);
	json_text(&b, "state", pager_attempt_machine.states[a->state]);
	json_text(&b, "provider_sid", a->provider_sid);
	json_text(&b, "reason", a->reason);
	json_text(&b, "at_provider", at_provider);
	if (a->possible_repeat)
		json_bool(&b, "possible_repeat", true);
	if (run->round > 1)
		json_int(&b, "round", run->round);
	if (a->shares)
		json_uuid(&b, "shares_call_of", &a->call_of);
	run_append(run, "PagerAttemptUpdatedEvent", json_end(&b), actor);
}

void
run_append_delayed(const Run *run, const char *reason, const char *actor)
{
	JsonBuild b;

	json_begin(&b);
	run_put_key(&b, run);
	json_text(&b, "reason", reason);
	run_append(run, "PagerRunDelayedEvent", json_end(&b), actor);
}

void
run_append_waiting(const Run *run, const char *reason, const char *actor)
{
	JsonBuild b;

	json_begin(&b);
	run_put_key(&b, run);
	json_text(&b, "reason", reason);
	run_append(run, "PagerRunWaitingEvent", json_end(&b), actor);
}

void
run_append_completed(const Run *run, const char *reason, const char *actor)
{
	JsonBuild b;

	json_begin(&b);
	run_put_key(&b, run);
	json_text(&b, "outcome", run->outcome);
	json_uuid(&b, "accepted_by", run->accepted ? &run->accepted_by : NULL);
	if (reason != NULL)
		json_text(&b, "reason", reason);
	run_append(run, "PagerRunCompletedEvent", json_end(&b), actor);
}
