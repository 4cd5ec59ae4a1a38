/*
 * pager_driver.c
 *		The pager worker: runs whose time has come, then attempts with something to do.
 *
 * Attempts that carry the claim of a dead worker, or one of ours with no request under way any
 * more, are UNKNOWN: the provider is asked before anything is repeated.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ground/activation.h"
#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "ground/unit.h"
#include "process/driver.h"
#include "process/pager_calls.h"
#include "process/pager_clock.h"
#include "process/pager_decide.h"
#include "process/pager_record.h"
#include "remote/http.h"

#define BATCH 50
#define UNDER_WAY_MOST (2 * strike_http_max_concurrency)
#define FAILED_US INT64CONST(2000000) /* a run's pause after an error of our own */
#define RETRY_US INT64CONST(100000)	  /* after trouble that is nobody's fault */

static SqlStatement runs_sql = {
	.sql = "SELECT run_id FROM strike.pager_process_state"
		   " WHERE status <> 'COMPLETED' AND deadline_at <= $1 ORDER BY deadline_at, created_at"
		   " LIMIT $2",
	.nargs = 2,
	.argtypes = {TIMESTAMPTZOID, INT4OID},
};

static SqlStatement postpone_sql = {
	.sql = "UPDATE strike.pager_process_state SET deadline_at = $2, last_error = $3,"
		   " updated_at = GREATEST(updated_at, $4), version = version + 1"
		   " WHERE run_id = $1 AND status <> 'COMPLETED' AND deadline_at < $2",
	.nargs = 4,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID},
};

/* Taken for as long as a request can take: then it is due again. */
static SqlStatement actions_sql = {
	.sql = "UPDATE strike.pager_attempts a SET next_action_at = $2 FROM"
		   " (SELECT attempt_id, next_action FROM strike.pager_attempts WHERE next_action_at <= $1"
		   " ORDER BY next_action_at LIMIT $3 FOR UPDATE SKIP LOCKED) due"
		   " WHERE a.attempt_id = due.attempt_id RETURNING a.attempt_id, due.next_action",
	.nargs = 3,
	.argtypes = {TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID},
};

static SqlStatement claimed_sql = {
	.sql = "SELECT attempt_id, claim FROM strike.pager_attempts WHERE claim IS NOT NULL LIMIT 1000",
};

static SqlStatement next_sql = {
	.sql = "SELECT LEAST((SELECT min(deadline_at) FROM strike.pager_process_state"
		   " WHERE status <> 'COMPLETED'), (SELECT min(next_action_at) FROM strike.pager_attempts"
		   " WHERE next_action_at IS NOT NULL))",
};

/* What a unit found. */
typedef struct Due
{
	int n;
	pg_uuid_t id[BATCH];
	char action[BATCH]; /* 's'end, 'a'sk, 'e'nd */
	bool allowed;
} Due;

static int64 generation;
static int64 swept_at; /* clock_ticks(); 0 = not yet */
static char noted[WORKER_NOTE_SIZE];
static bool paging; /* not paused when it was last looked */

static void
attach(int64 my_generation)
{
	generation = my_generation;
	swept_at = 0;
	noted[0] = '\0';
	paging = false;
	pager_calls_attach(my_generation);
	pager_clock_attach();
}

static void
note(const char *text)
{
	if (strcmp(noted, text) != 0)
	{
		strlcpy(noted, text, sizeof(noted));
		shared_note(WORKER_PAGER, noted);
		ereport(LOG, (errmsg("strike pager: %s", noted)));
	}
}

static void
runs_unit(void *arg)
{
	Due *due = arg;
	Datum values[] = {TimestampTzGetDatum(clock_now()), Int32GetDatum(BATCH)};
	const char *why;

	due->n = 0;
	due->allowed = effects_allowed(&why);
	note(due->allowed ? "paging" : why);
	if (!due->allowed)
		return;
	due->n = (int) query_run(&runs_sql, values, NULL, 0);
	for (int i = 0; i < due->n; i++)
		(void) query_uuid(i, 1, &due->id[i]);
}

static void
actions_unit(void *arg)
{
	Due *due = arg;
	TimestampTz now = clock_now();
	Datum values[] = {TimestampTzGetDatum(now), TimestampTzGetDatum(now + pager_lease()),
					  Int32GetDatum(BATCH)};

	unit_commit_lazily();
	due->n = (int) query_run(&actions_sql, values, NULL, 0);
	for (int i = 0; i < due->n; i++)
	{
		(void) query_uuid(i, 1, &due->id[i]);
		due->action[i] = query_text(i, 2)[0];
	}
}

typedef struct Decision
{
	pg_uuid_t run_id;
	Decided decided;
	pg_uuid_t attempt_id;
	UnitError error;
} Decision;

static void
decide_unit(void *arg)
{
	Decision *d = arg;

	d->decided = pager_decide(&d->run_id, generation, &d->attempt_id);
	if (d->decided != DECIDED_SEND)
		unit_commit_lazily(); /* what a crash takes away is decided again */
}

/* What was decided is committed.  An intent that isn't safe on the standbys is left to the sweep. */
static void
act_on(Decided decided, const pg_uuid_t *attempt_id, bool confirmed)
{
	if (decided == DECIDED_ASK)
		pager_calls_ask(attempt_id);
	if (decided != DECIDED_SEND)
		return;
	FAULT_POINT("pager_intent");
	if (confirmed)
		pager_calls_send(attempt_id);
}

/* All that are due, in one transaction: one flush of the log for all their intents. */
typedef struct Decisions
{
	const Due *due;
	Decided decided[BATCH];
	pg_uuid_t attempt_id[BATCH];
} Decisions;

static void
decide_together_unit(void *arg)
{
	Decisions *d = arg;
	bool any = false;

	for (int i = 0; i < d->due->n; i++)
	{
		d->decided[i] = pager_decide(&d->due->id[i], generation, &d->attempt_id[i]);
		any = any || d->decided[i] == DECIDED_SEND;
	}
	if (!any)
		unit_commit_lazily();
}

/* False: an error, or a lock that couldn't be had; then each is decided by itself. */
static bool
decide_together(const Due *due)
{
	Decisions d = {.due = due};
	bool confirmed;

	if (unit_run("deciding whom to call", decide_together_unit, &d, NULL) != UNIT_DONE)
		return false;
	confirmed = unit_commit_confirmed();
	for (int i = 0; i < due->n; i++)
		act_on(d.decided[i], &d.attempt_id[i], confirmed);
	return true;
}

/* Says so in the run's row, and lets the other runs have their turn. */
static void
postpone_unit(void *arg)
{
	Decision *d = arg;
	int length = pg_mbcliplen(d->error.message, strlen(d->error.message), 200);
	TimestampTz now = clock_now();
	Datum values[] = {UUIDPGetDatum(&d->run_id), TimestampTzGetDatum(now + FAILED_US),
					  PointerGetDatum(cstring_to_text_with_len(d->error.message, length)),
					  TimestampTzGetDatum(now)};

	(void) query_run(&postpone_sql, values, NULL, 0);
}

/*
 * Runs whose deadline has come, each in a unit of its own: one's trouble is not another's.
 * *allowed: may this server act?  False when that couldn't be found out.
 */
static bool
decide_all(bool *allowed, bool *more)
{
	Due due;
	bool progress = false;

	if (unit_run("looking for runs that are due", runs_unit, &due, NULL) != UNIT_DONE)
		return false;
	*allowed = due.allowed;
	if (due.n > 1 && decide_together(&due))
	{
		*more = due.n == BATCH;
		return true;
	}
	for (int i = 0; i < due.n; i++)
	{
		Decision d = {.run_id = due.id[i]};
		UnitResult result = unit_run("deciding whom to call", decide_unit, &d, &d.error);

		if (result == UNIT_FAILED)
			(void) unit_run("postponing a run", postpone_unit, &d, NULL);
		if (result != UNIT_DONE)
			continue;
		progress = true;
		act_on(d.decided, &d.attempt_id, unit_commit_confirmed());
		CHECK_FOR_INTERRUPTS();
	}
	*allowed = due.allowed;
	*more = progress && due.n == BATCH;
	return true;
}

static bool
act_all(void)
{
	Due due;

	if (unit_run("looking for calls that are due", actions_unit, &due, NULL) != UNIT_DONE)
		return false;
	for (int i = 0; i < due.n; i++)
	{
		/* what is recorded until here counts: each reads the attempt again */
		if (due.action[i] == 's')
		{
			FAULT_POINT("pager_send");
			pager_calls_send_again(&due.id[i]);
		}
		else if (due.action[i] == 'a')
		{
			FAULT_POINT("pager_ask");
			pager_calls_ask(&due.id[i]);
		}
		else
		{
			FAULT_POINT("pager_end");
			pager_calls_end(&due.id[i]);
		}
		CHECK_FOR_INTERRUPTS();
	}
	return due.n == BATCH;
}

typedef struct Claimed
{
	int n;
	pg_uuid_t id[1000];
	bool ours[1000];
	pg_uuid_t one;
	bool one_is_ours;
} Claimed;

static void
claimed_unit(void *arg)
{
	Claimed *c = arg;

	c->n = (int) query_run(&claimed_sql, NULL, NULL, 0);
	for (int i = 0; i < c->n; i++)
	{
		(void) query_uuid(i, 1, &c->id[i]);
		c->ours[i] = query_int8(i, 2, 0) == generation;
	}
}

static void
orphan_unit(void *arg)
{
	Claimed *c = arg;
	AttemptNews news = {.input = AI_OWNER_DIED};
	Attempt attempt;

	if (c->one_is_ours)
	{
		news.input = AI_LOST;
		news.reason = "the answer could not be recorded";
	}
	else
		news.reason = "the worker was interrupted";
	(void) pager_record(&c->one, &news, &attempt);
}

/* Requests that nobody waits for any more. */
static void
sweep(void)
{
	Claimed *c = palloc0(sizeof(Claimed));

	if (swept_at != 0 && clock_ticks() - swept_at <= strike_pager_interval * INT64CONST(1000))
		return;
	if (unit_run("looking for interrupted calls", claimed_unit, c, NULL) != UNIT_DONE)
		return;
	for (int i = 0; i < c->n; i++)
	{
		c->one = c->id[i];
		c->one_is_ours = c->ours[i];
		if (c->one_is_ours && pager_calls_under_way(&c->one))
			continue;
		(void) unit_run("settling an interrupted call", orphan_unit, c, NULL);
	}
	swept_at = clock_ticks();
	pfree(c);
}

static void
next_unit(void *arg)
{
	bool isnull;
	Datum due;

	(void) query_run(&next_sql, NULL, NULL, 1);
	due = query_datum(0, 1, &isnull);
	*(TimestampTz *) arg = isnull ? DT_NOEND : DatumGetTimestampTz(due);
}

/* An answer that was recorded can have made something due sooner. */
static TimestampTz
next_due(void)
{
	TimestampTz due = DT_NOEND;

	if (unit_run("looking for the next deadline", next_unit, &due, NULL) != UNIT_DONE)
		return clock_now() + RETRY_US;
	return due;
}

static TimestampTz
run(bool woken)
{
	static int64 looked_at; /* clock_ticks(); 0 = not yet */
	int64 ticks = clock_ticks();
	bool allowed;
	bool more;

	/* each answer ends a wait: not each is followed by a look for runs and calls that are due */
	if (!woken && paging && looked_at != 0 &&
		ticks - looked_at < strike_pager_interval * INT64CONST(1000))
	{
		TimestampTz due = next_due();

		if (due > clock_now())
			return due;
	}
	looked_at = ticks;
	pager_clock_mind();
	sweep();
	/* what was begun would wait in our own queue, and its time pass there: answers first */
	if (http_pending() >= UNDER_WAY_MOST)
		return clock_now() + RETRY_US;
	if (!decide_all(&allowed, &more))
		return clock_now() + RETRY_US;
	paging = allowed;
	if (!allowed)
		return DT_NOEND; /* effects are paused */
	more = act_all() || more;
	if (more)
		return 0;
	/* what couldn't be decided just now isn't tried without a pause */
	return Max(next_due(), clock_now() + 5000);
}

const WorkerDriver pager_driver = {attach, run};
