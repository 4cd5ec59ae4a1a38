/*
 * loop.c
 *		The loop that drives a worker: one wait for the latch, curl's sockets and the next due
 *		time; between two waits the driver does what is due.
 *
 * No transaction is open while it waits.  SIGTERM ends it at the next wait or statement; requests
 * under way are left alone, and their rows, which carry this worker's generation, are settled by
 * the next one.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ground/clock.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "ground/unit.h"
#include "process/driver.h"
#include "remote/http.h"
#include "worker/worker.h"

static const struct
{
	const WorkerDriver *driver;
	const int *safety_ms; /* comes round at least this often */
} kinds[] = {
	[WORKER_OUTBOX] = {&outbox_driver, &strike_outbox_interval},
	[WORKER_RENDER] = {&render_driver, &strike_pager_interval},
	[WORKER_PAGER] = {&pager_driver, &strike_pager_interval},
};

#define LOOK_US 1000000 /* between two looks whether the extension is there */

/* What a worker's session has, whatever the server's defaults are. */
static void
settle_session(void)
{
	static const struct
	{
		const char *name;
		const char *value;
	} own[] = {
		{"synchronous_commit", "on"},
		{"lock_timeout", "250ms"},
		{"statement_timeout", "0"},
		{"idle_in_transaction_session_timeout", "0"},
		{"idle_session_timeout", "0"},
		{"default_transaction_isolation", "read committed"},
		{"default_transaction_read_only", "off"},
		{"session_replication_role", "origin"},
		{"search_path", "pg_catalog, pg_temp"},
		{"jit", "off"},
		{"plan_cache_mode", "force_generic_plan"},
		/* plans are kept for long and are made while tables may still be empty */
		{"enable_seqscan", "off"},
	};

	for (int i = 0; i < lengthof(own); i++)
		SetConfigOption(own[i].name, own[i].value, PGC_SUSET, PGC_S_OVERRIDE);
}

/* Ends the worker when the extension it was started for is gone; the launcher looks for a new one. */
static void
exit_without_extension(WorkerRole role, Oid mine)
{
	Oid present = unit_extension();

	if (OidIsValid(present) && present == mine)
		return;
	shared_note(role, OidIsValid(present) ? "the extension was made anew" : NOTE_NO_EXTENSION);
	proc_exit(0);
}

/* Milliseconds to sleep: until 'due', the safety poll, or curl's own timer. */
static long
sleep_ms(TimestampTz due, long safety)
{
	long ms = clock_ms_until(due, safety);
	long curl = http_wait_ms();

	if (curl >= 0)
		ms = Min(ms, curl);
	return ms;
}

void
strike_worker_main(Datum main_arg)
{
	WorkerRole role = DatumGetInt32(main_arg);
	const WorkerDriver *driver = kinds[role].driver;
	int64 looked_at = 0; /* clock_ticks() */
	int64 generation;
	Oid extension;
	bool woken = true;	/* not by a request's answer alone */
	MemoryContext turn; /* what one turn of the loop allocates */
	char name[64];

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	/* before anybody can see it: there are never two of a kind */
	generation = shared_take_slot(role);
	if (generation == 0)
		ereport(FATAL, (errcode(ERRCODE_OBJECT_IN_USE),
						errmsg("another %s worker runs already", worker_role_names[role])));
	BackgroundWorkerInitializeConnection(strike_database, "strike_worker", 0);
	snprintf(name, sizeof(name), "strike %s", worker_role_names[role]);
	pgstat_report_appname(name);
	SetConfigOption("application_name", name, PGC_USERSET, PGC_S_SESSION);
	settle_session();

	http_init();
	extension = unit_extension();
	exit_without_extension(role, extension);
	shared_note(role, "started");
	shared_wake(WORKER_LAUNCHER);
	turn = AllocSetContextCreate(TopMemoryContext, "strike turn", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(turn);
	driver->attach(generation);
	for (;;)
	{
		TimestampTz due;
		long ms;
		int event;

		woken = woken || MyLatch->is_set;
		ResetLatch(MyLatch);
		if (ProcDiePending)
			proc_exit(0);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		if (unit_extension_gone() || clock_ticks() - looked_at > LOOK_US)
		{
			exit_without_extension(role, extension);
			looked_at = clock_ticks();
			MemoryContextSwitchTo(turn); /* a commit leaves TopMemoryContext current */
		}
		(void) http_collect();
		due = driver->run(woken);
		MemoryContextSwitchTo(turn);
		MemoryContextReset(turn);
		shared_note_run(role);

		ms = sleep_ms(due, *kinds[role].safety_ms);
		woken = clock_ms_until(due, 1) <= 0;
		if (ms <= 0)
			continue;
		pgstat_report_activity(STATE_IDLE, http_pending() ? "waiting for answers" : NULL);
		if (http_wait_fd() >= 0)
			event = WaitLatchOrSocket(
				MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_SOCKET_READABLE | WL_EXIT_ON_PM_DEATH,
				http_wait_fd(), ms, PG_WAIT_EXTENSION);
		else
			event = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms,
							  PG_WAIT_EXTENSION);
		woken = event != WL_SOCKET_READABLE;
	}
}
