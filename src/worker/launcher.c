/*
 * launcher.c
 *		Starts the three workers, and starts them again after any exit.
 *
 *		           role and database there?        registered            exits
 *		WAITING ───────────────────────────► DUE ───────────► RUNNING ─────────► DUE (backoff)
 *
 * It connects to no database, only to the shared catalogs.  A worker that finds no extension
 * says so in its note and exits; it is tried again when CREATE EXTENSION wakes the launcher, and
 * every LOOK_MS in any case.  One log line per change of what it waits for, not one per try.
 *
 * It can be ended itself: the server starts it again after bgw_restart_time, and it finds the
 * workers of the launcher before it by their slots.  They wake it when they exit.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "ground/clock.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "worker/worker.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MOST_MS 5000
#define SETTLED_MS 10000	   /* a worker that lived this long starts again at once */
#define LOOK_MS 5000		   /* for a database, a role or an extension that is missing */
#define DRIVEN WORKER_LAUNCHER /* the roles before it are started by it */

typedef struct Charge
{
	BackgroundWorkerHandle *handle; /* NULL = not running */
	int64 started_at;				/* clock_ticks() */
	int64 due;						/* not before */
	int backoff_ms;
	bool warned; /* that there is no place for it */
} Charge;

static Charge charges[DRIVEN];
static char waiting_for[WORKER_NOTE_SIZE]; /* as last logged */

void
launcher_register(void)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 1;
	strcpy(worker.bgw_library_name, "strike");
	strcpy(worker.bgw_function_name, "strike_launcher_main");
	strcpy(worker.bgw_name, "strike launcher");
	strcpy(worker.bgw_type, "strike launcher");
	RegisterBackgroundWorker(&worker);
}

/* Logs and notes what is waited for, when that has changed; "" = nothing. */
static void
wait_for(const char *what)
{
	if (strcmp(waiting_for, what) != 0)
	{
		if (what[0] != '\0')
			ereport(LOG, (errmsg("strike: no worker runs: %s", what)));
		else if (waiting_for[0] != '\0')
			ereport(LOG, (errmsg("strike: starting the workers")));
		strlcpy(waiting_for, what, sizeof(waiting_for));
	}
	shared_note(WORKER_LAUNCHER, what[0] ? what : "watching the workers");
}

/*
 * Is there a row of that name?  Read from the heap: a process without a database has no indexes
 * of shared catalogs before another one has written their descriptors to a file.
 */
static bool
shared_row_exists(Oid catalog, AttrNumber column, const char *name)
{
	Relation relation = table_open(catalog, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(relation, 0, NULL);
	HeapTuple tuple;
	bool found = false;

	while (!found && (tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		bool isnull;
		Datum value = heap_getattr(tuple, column, RelationGetDescr(relation), &isnull);

		found = !isnull && strcmp(NameStr(*DatumGetName(value)), name) == 0;
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	return found;
}

/* Are the database and the workers' role there?  Shared catalogs only. */
static bool
preconditions(void)
{
	char what[WORKER_NOTE_SIZE] = "";

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	if (!shared_row_exists(DatabaseRelationId, Anum_pg_database_datname, strike_database))
		snprintf(what, sizeof(what), "waiting for database \"%s\" (strike.database)",
				 strike_database);
	else if (!shared_row_exists(AuthIdRelationId, Anum_pg_authid_rolname, "strike_worker"))
		snprintf(what, sizeof(what), "%s in database \"%s\"", NOTE_NO_EXTENSION, strike_database);
	CommitTransactionCommand();
	if (what[0] != '\0')
	{
		wait_for(what);
		return false;
	}
	return true;
}

static bool
start(WorkerRole role)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strcpy(worker.bgw_library_name, "strike");
	strcpy(worker.bgw_function_name, "strike_worker_main");
	snprintf(worker.bgw_name, BGW_MAXLEN, "strike %s", worker_role_names[role]);
	snprintf(worker.bgw_type, BGW_MAXLEN, "strike %s", worker_role_names[role]);
	worker.bgw_main_arg = Int32GetDatum(role);
	worker.bgw_notify_pid = MyProcPid;
	return RegisterDynamicBackgroundWorker(&worker, &charges[role].handle);
}

/* Has the worker gone?  Then when may it be started again? */
static void
look_after(WorkerRole role, int64 now)
{
	Charge *c = &charges[role];
	char note[WORKER_NOTE_SIZE];
	pid_t pid;

	if (c->handle == NULL || GetBackgroundWorkerPid(c->handle, &pid) != BGWH_STOPPED)
		return;
	pfree(c->handle);
	c->handle = NULL;
	shared_read_note(role, note);
	if (strcmp(note, NOTE_NO_EXTENSION) == 0)
	{
		snprintf(note, sizeof(note), "%s in database \"%s\"", NOTE_NO_EXTENSION, strike_database);
		wait_for(note);
		c->backoff_ms = LOOK_MS;
	}
	else if (now - c->started_at >= SETTLED_MS * INT64CONST(1000))
		c->backoff_ms = 0;
	else
		c->backoff_ms = Min(Max(BACKOFF_FIRST_MS, c->backoff_ms * 2), BACKOFF_MOST_MS);
	c->due = now + c->backoff_ms * INT64CONST(1000);
}

/* Starts what is due; returns ms until the next is. */
static long
tend(void)
{
	int64 now = clock_ticks();
	long wait = LOOK_MS;
	bool checked = false;

	for (int role = 0; role < DRIVEN; role++)
	{
		Charge *c = &charges[role];

		look_after(role, now);
		if (c->handle != NULL || shared_is_held(role))
			continue;
		if (c->due <= now)
		{
			if (!checked && !preconditions())
				return LOOK_MS;
			checked = true;
			if (start(role))
			{
				c->started_at = now;
				c->warned = false;
				continue;
			}
			if (!c->warned)
				ereport(WARNING, (errmsg("strike: could not register the %s worker",
										 worker_role_names[role]),
								  errhint("Raise max_worker_processes: Strike needs four.")));
			c->warned = true;
			shared_note(role, "not started: max_worker_processes is too low");
			c->backoff_ms = BACKOFF_MOST_MS;
			c->due = now + c->backoff_ms * INT64CONST(1000);
		}
		wait = Min(wait, (long) ((c->due - now) / 1000) + 1);
	}
	return wait;
}

/* Somebody says that there is something new to look at: an extension, an activation. */
static void
forget_backoff(void)
{
	for (int role = 0; role < DRIVEN; role++)
		charges[role].due = 0;
}

/* Do all workers run, be they started by this launcher or by the one before it? */
static bool
all_run(void)
{
	for (int role = 0; role < DRIVEN; role++)
	{
		char note[WORKER_NOTE_SIZE];

		shared_read_note(role, note);
		if (!shared_is_held(role) || strcmp(note, WORKER_NOTE_STARTING) == 0 ||
			strcmp(note, NOTE_NO_EXTENSION) == 0)
			return false;
	}
	return true;
}

void
strike_launcher_main(Datum unused)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	if (shared_take_slot(WORKER_LAUNCHER) == 0)
		proc_exit(1);
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	pgstat_report_appname("strike launcher");
	shared_note(WORKER_LAUNCHER, "watching the workers");
	for (;;)
	{
		long wait;

		ResetLatch(MyLatch);
		if (ProcDiePending)
			proc_exit(1); /* 0 would mean: never start it again */
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		if (shared_take_look_again())
			forget_backoff();
		wait = tend();
		if (all_run())
			wait_for("");
		shared_note_run(WORKER_LAUNCHER);
		pgstat_report_activity(STATE_IDLE, waiting_for[0] ? waiting_for : "watching the workers");
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait,
						 PG_WAIT_EXTENSION);
	}
}
