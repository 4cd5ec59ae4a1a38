/*
 * pager_account.c
 *		Pace, lines and circuit of a telephone account.
 *
 *		429 ─► throttled_until: no new call before
 *		calls_per_second ─► each call takes a turn, in the order of asking
 *		max_calls ─► waits for a free line
 *		FAILURES_OPEN requests in a row without an answer ─► circuit open: one probe at a time,
 *		any answer closes it
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/pg_prng.h"
#include "utils/builtins.h"

#include "ground/query.h"
#include "ground/settings.h"
#include "process/pager_account.h"

#define FAILURES_OPEN 5
#define PROBE_LEAST_US INT64CONST(1000000)
#define PROBE_MOST_US INT64CONST(10000000)
#define LINES_AGAIN_US INT64CONST(1000000)
#define BURST_US INT64CONST(1000000) /* a second's calls may go out at once */

static SqlStatement account_sql = {
	.sql = "SELECT a.account_id, a.transport = 'calls',"
		   " a.transport = 'calls' OR a.flow_sid IS NOT NULL, a.calls_per_second, a.max_calls,"
		   " s.next_call_at, s.throttled_until, s.circuit <> 'closed'"
		   " FROM strike.twilio_accounts a"
		   " LEFT JOIN strike.pager_account_state s ON s.account_id = a.account_id"
		   " WHERE a.osp_tenant = $1 OR a.osp_tenant IS NULL"
		   " ORDER BY a.osp_tenant NULLS LAST LIMIT 1",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

static SqlStatement lines_sql = {
	.sql = "SELECT FROM strike.pager_attempts WHERE account_id = $1 AND line IS NOT NULL LIMIT $2",
	.nargs = 2,
	.argtypes = {UUIDOID, INT8OID},
};

static SqlStatement pace_sql = {
	.sql = "INSERT INTO strike.pager_account_state AS s (account_id, next_call_at) VALUES ($1, $2)"
		   " ON CONFLICT (account_id) DO UPDATE SET next_call_at = excluded.next_call_at",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static SqlStatement circuit_sql = {
	.sql = "SELECT probe_at FROM strike.pager_account_state"
		   " WHERE account_id = $1 AND circuit <> 'closed'",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static SqlStatement probe_sql = {
	.sql = "UPDATE strike.pager_account_state SET circuit = 'half-open', probe_at = $3"
		   " WHERE account_id = $1 AND circuit <> 'closed' AND probe_at <= $2",
	.nargs = 3,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static SqlStatement answered_sql = {
	.sql = "UPDATE strike.pager_account_state SET failures = 0, circuit = 'closed',"
		   " probe_at = NULL, last_ok_at = $2 WHERE account_id = $1 AND failures > 0",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static SqlStatement failed_sql = {
	.sql = "INSERT INTO strike.pager_account_state AS s"
		   " (account_id, failures, last_error, last_failure_at) VALUES ($1, 1, $2, $3)"
		   " ON CONFLICT (account_id) DO UPDATE SET failures = s.failures + 1,"
		   " last_error = excluded.last_error, last_failure_at = excluded.last_failure_at"
		   " RETURNING failures",
	.nargs = 3,
	.argtypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID},
};

static SqlStatement open_sql = {
	.sql = "UPDATE strike.pager_account_state SET circuit = 'open', probe_at = $2"
		   " WHERE account_id = $1",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

static SqlStatement throttled_sql = {
	.sql = "INSERT INTO strike.pager_account_state AS s (account_id, throttled_until)"
		   " VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE"
		   " SET throttled_until = GREATEST(s.throttled_until, excluded.throttled_until)",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

bool
account_of(const char *osp_tenant, Account *account)
{
	Datum argument = CStringGetTextDatum(osp_tenant);
	bool isnull;

	memset(account, 0, sizeof(*account));
	if (query_run(&account_sql, &argument, NULL, 1) == 0)
		return false;
	(void) query_uuid(0, 1, &account->account_id);
	account->calls = query_bool(0, 2, false);
	account->can_page = query_bool(0, 3, false);
	account->calls_per_second = DatumGetFloat4(query_datum(0, 4, &isnull));
	account->max_calls = query_int4(0, 5, 0);
	account->next_call_at = query_time(0, 6);
	account->throttled_until = query_time(0, 7);
	account->in_trouble = query_bool(0, 8, false);
	return true;
}

/* Up to a quarter more, so that those who wait don't come back together. */
static TimestampTz
spread(TimestampTz now, TimestampTz until)
{
	return until + (int64) ((until - now) * 0.25 * pg_prng_double(&pg_global_prng_state));
}

bool
account_admits(const Account *account, Run *run, TimestampTz now, TimestampTz *until,
			   const char **why)
{
	Datum values[2] = {UUIDPGetDatum(&account->account_id)};
	int32 lines = account->max_calls;

	if (account->throttled_until > now)
	{
		*until = spread(now, account->throttled_until);
		*why = "the telephone provider asks to wait";
		return false;
	}
	if (lines > 0)
	{
		values[1] = Int64GetDatum(lines);
		if (query_run(&lines_sql, values, NULL, lines) >= lines)
		{
			*until = now + LINES_AGAIN_US;
			*why = psprintf("all %d lines of the telephone account are in use", lines);
			return false;
		}
	}
	if (run->slot_at == 0)
	{
		TimestampTz next = account->next_call_at;

		run->slot_at =
			pager_turn(&next, now, (int64) (1000000 / account->calls_per_second), BURST_US);
		values[1] = TimestampTzGetDatum(next);
		(void) query_run(&pace_sql, values, NULL, 0);
	}
	if (run->slot_at <= now)
		return true;
	*until = run->slot_at;
	*why = psprintf("waits for its turn: the telephone account may place %g calls a second",
					account->calls_per_second);
	return false;
}

bool
account_may_send(const pg_uuid_t *account_id, TimestampTz now, TimestampTz *until)
{
	Datum values[] = {UUIDPGetDatum(account_id), TimestampTzGetDatum(now),
					  TimestampTzGetDatum(now + (strike_twilio_timeout + 1000) * INT64CONST(1000))};

	if (query_run(&circuit_sql, values, NULL, 1) == 0)
		return true;
	*until = query_time(0, 1);
	if (*until > now)
		return false;
	return query_run(&probe_sql, values, NULL, 0) > 0;
}

void
account_answered(const pg_uuid_t *account_id, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(account_id), TimestampTzGetDatum(now)};

	(void) query_run(&answered_sql, values, NULL, 0);
}

void
account_failed(const pg_uuid_t *account_id, const char *words, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(account_id), CStringGetTextDatum(words),
					  TimestampTzGetDatum(now)};
	int32 failures;

	(void) query_run(&failed_sql, values, NULL, 1);
	failures = query_int4(0, 1, 0);
	if (failures < FAILURES_OPEN)
		return;
	values[1] = TimestampTzGetDatum(
		spread(now, now + Min(PROBE_LEAST_US << Min(failures - FAILURES_OPEN, 10), PROBE_MOST_US)));
	(void) query_run(&open_sql, values, NULL, 0);
}

void
account_throttled(const pg_uuid_t *account_id, TimestampTz until, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(account_id), TimestampTzGetDatum(until)};

	(void) query_run(&throttled_sql, values, NULL, 0);
}
