/*
 * render_clock.c
 *		Tasks must be made when the server's clock is set back.
 *
 * As in pager_clock.c: a row written by a clock that ran an hour ahead says that its next try, or the
 * time when "not there" begins to mean "not made", is an hour away.  None of these times may be further
 * ahead than one that is written now.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/render_clock.h"
#include "process/render_rows.h"

#define AGAIN_US INT64CONST(2000000) /* soon, whatever pause it was in */

static SqlStatement rows_sql = {
	.sql = "UPDATE strike.render_process_state SET next_attempt_at = LEAST(next_attempt_at,"
		   " CASE WHEN status IN ('SENT', 'ASKING') THEN $2 ELSE $3 END),"
		   /* LEAST would take a bound for no time at all */
		   " give_up_at = CASE WHEN give_up_at > $2 THEN $2 ELSE give_up_at END,"
		   " settle_at = CASE WHEN settle_at > $4 THEN $4 ELSE settle_at END,"
		   " sent_at = CASE WHEN sent_at > $1 THEN $1 ELSE sent_at END,"
		   " updated_at = $1, version = version + 1"
		   " WHERE next_attempt_at IS NOT NULL AND updated_at > $1 + interval '1 second'",
	.nargs = 4,
	.argtypes = {TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static TimestampTz last_seen; /* 0 = not yet */

void
render_clock_attach(void)
{
	last_seen = 0;
}

static void
mind_unit(void *arg)
{
	TimestampTz now = *(TimestampTz *) arg;
	TimestampTz settled = now + strike_render_timeout * INT64CONST(1000) + RENDER_MARGIN_US;
	Datum values[] = {TimestampTzGetDatum(now),
					  TimestampTzGetDatum(Max(now + strike_render_give_up * INT64CONST(1000),
											  settled + RENDER_MARGIN_US)),
					  TimestampTzGetDatum(now + AGAIN_US), TimestampTzGetDatum(settled)};
	uint64 rows = query_run(&rows_sql, values, NULL, 0);

	if (rows > 0)
		ereport(LOG, (errmsg("strike render: the clock was set back: " UINT64_FORMAT
							 " tasks go on from now",
							 rows)));
}

void
render_clock_mind(void)
{
	TimestampTz now = clock_now();

	if (clock_follows(&last_seen, now))
		return;
	/* rows that somebody holds: the next round tries again */
	if (unit_run("minding the clock", mind_unit, &now, NULL) == UNIT_DONE)
		last_seen = now;
}
