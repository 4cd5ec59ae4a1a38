/*
 * pager_clock.c
 *		Pages must go on when the server's clock is set back.
 *
 * Everything due is a time in a row.  A clock that ran an hour ahead and is put right makes each of
 * them an hour away: nobody would be called for an hour.  So what was written in the future is given
 * a time from now: whoever is being called has his whole time again, no longer.  (Forward is no
 * trouble: what is due is due, and the provider is asked before anybody's time is called over.)
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/pager_clock.h"

#define ASK_IN_US INT64CONST(5000000)

static SqlStatement runs_sql = {
	.sql = "UPDATE strike.pager_process_state SET deadline_at = LEAST(deadline_at, $2),"
		   " slot_at = NULL, updated_at = $1, version = version + 1"
		   " WHERE status <> 'COMPLETED' AND updated_at > $1 + interval '1 second'",
	.nargs = 2,
	.argtypes = {TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static SqlStatement attempts_sql = {
	/* LEAST would take a bound for no time at all */
	.sql = "UPDATE strike.pager_attempts SET requested_at = LEAST(requested_at, $1),"
		   " next_action_at = CASE WHEN next_action_at > $2 THEN $2 ELSE next_action_at END,"
		   " updated_at = LEAST(updated_at, $1)"
		   " WHERE next_action_at IS NOT NULL AND (updated_at > $1 + interval '1 second'"
		   " OR requested_at > $1 + interval '1 second'"
		   /* further ahead than anything is put off: by who doesn't touch updated_at */
		   " OR next_action_at > $1 + interval '11 minutes')",
	.nargs = 2,
	.argtypes = {TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static SqlStatement waiting_sql = {
	.sql = "UPDATE strike.pager_run_contacts SET waiting_since = $1 WHERE waiting_since > $1"
		   " AND run_id IN (SELECT run_id FROM strike.pager_process_state"
		   " WHERE status <> 'COMPLETED')",
	.nargs = 1,
	.argtypes = {TIMESTAMPTZOID},
};

/* Nobody's turn is later than after those who wait for theirs; probes and 429s have their bounds. */
static SqlStatement accounts_sql = {
	.sql =
		"UPDATE strike.pager_account_state s SET"
		" next_call_at = CASE WHEN s.next_call_at > b.turn THEN b.turn ELSE s.next_call_at END,"
		" throttled_until = CASE WHEN s.throttled_until > b.throttle THEN b.throttle"
		" ELSE s.throttled_until END,"
		" probe_at = CASE WHEN s.probe_at > b.probe THEN b.probe ELSE s.probe_at END"
		" FROM (SELECT t.account_id,"
		" $1 + make_interval(secs => (2 + (SELECT count(*) FROM strike.pager_process_state p"
		" WHERE p.status <> 'COMPLETED' AND p.slot_at IS NOT NULL)) / t.calls_per_second) turn,"
		" $1 + interval '400 seconds' throttle, $1 + interval '30 seconds' probe"
		" FROM strike.twilio_accounts t) b WHERE b.account_id = s.account_id"
		" AND (s.next_call_at > b.turn OR s.throttled_until > b.throttle OR s.probe_at > b.probe)",
	.nargs = 1,
	.argtypes = {TIMESTAMPTZOID},
};

static TimestampTz last_seen; /* 0 = not yet */

void
pager_clock_attach(void)
{
	last_seen = 0;
}

static void
mind_unit(void *arg)
{
	TimestampTz now = *(TimestampTz *) arg;
	Datum values[] = {TimestampTzGetDatum(now),
					  TimestampTzGetDatum(now + strike_pager_deadline * INT64CONST(1000))};
	uint64 runs = query_run(&runs_sql, values, NULL, 0);

	values[1] = TimestampTzGetDatum(now + ASK_IN_US);
	(void) query_run(&attempts_sql, values, NULL, 0);
	(void) query_run(&waiting_sql, values, NULL, 0);
	(void) query_run(&accounts_sql, values, NULL, 0);
	if (runs > 0)
		ereport(LOG, (errmsg("strike pager: the clock was set back: " UINT64_FORMAT
							 " pages go on from now",
							 runs)));
}

void
pager_clock_mind(void)
{
	TimestampTz now = clock_now();

	if (clock_follows(&last_seen, now))
		return;
	/* rows that somebody holds: the next round tries again */
	if (unit_run("minding the clock", mind_unit, &now, NULL) == UNIT_DONE)
		last_seen = now;
}
