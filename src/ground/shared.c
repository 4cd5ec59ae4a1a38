/*
 * shared.c
 *		Shared memory of the workers: who holds which role, whom to wake, the clock's offset.
 *
 * A latch pointer is published and read under a spinlock.  It may be stale when it is used: a
 * latch lies in a PGPROC, which is never freed, so that is a spurious wake-up and nothing more.
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/shared.h"

PG_FUNCTION_INFO_V1(strike_workers);

const char *const worker_role_names[WORKER_ROLES] = {"outbox", "render", "pager", "launcher"};

typedef struct WorkerSlot
{
	slock_t lock; /* protects all of the slot; held for a few instructions */
	int pid;	  /* 0 = nobody */
	int64 generation;
	Latch *latch;
	TimestampTz started_at; /* wall clock */
	TimestampTz last_run_at;
	int64 runs;
	char note[WORKER_NOTE_SIZE];
} WorkerSlot;

typedef struct SharedState
{
	pg_atomic_uint64 next_generation;
	pg_atomic_uint64 clock_offset; /* µs */
	pg_atomic_uint32 look_again;   /* the launcher was told of something new */
	WorkerSlot slot[WORKER_ROLES];
} SharedState;

static SharedState *shared = NULL;
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

/* Roles to wake when the current top-level transaction commits: a bit each. */
static int wake_mask = 0;
static bool callback_registered = false;

static void
request(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(SharedState)));
}

static void
startup(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("strike workers", sizeof(SharedState), &found);
	if (!found)
	{
		uint32 base = 0;

		/* another base after each start: a claim from before is never taken for one's own */
		if (!pg_strong_random(&base, sizeof(base)))
			base = (uint32) MyStartTimestamp;
		pg_atomic_init_u64(&shared->next_generation, ((uint64) (base & 0x7fffffff) << 20) + 1);
		pg_atomic_init_u64(&shared->clock_offset, (uint64) clock_kept_offset());
		pg_atomic_init_u32(&shared->look_again, 0);
		for (int role = 0; role < WORKER_ROLES; role++)
		{
			SpinLockInit(&shared->slot[role].lock);
			shared->slot[role].pid = 0;
			shared->slot[role].generation = 0;
			shared->slot[role].latch = NULL;
			shared->slot[role].runs = 0;
			shared->slot[role].started_at = shared->slot[role].last_run_at = 0;
			strcpy(shared->slot[role].note, "not started");
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

void
shared_install_hooks(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

bool
shared_present(void)
{
	return shared != NULL;
}

static void
give_slot_back(int code, Datum role)
{
	WorkerSlot *slot = &shared->slot[DatumGetInt32(role)];

	SpinLockAcquire(&slot->lock);
	if (slot->pid == MyProcPid)
	{
		slot->pid = 0;
		slot->generation = 0;
		slot->latch = NULL;
	}
	SpinLockRelease(&slot->lock);
	/* a launcher that didn't start this worker isn't told by the server */
	if (DatumGetInt32(role) != WORKER_LAUNCHER)
		shared_wake(WORKER_LAUNCHER);
}

/*
 * A holder that died without its exit callbacks leaves its pid; the server restarts then, and
 * with it this memory, but an exit between fork and callback is possible.
 */
static bool
lives(int pid)
{
	return pid != 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

int64
shared_take_slot(WorkerRole role)
{
	WorkerSlot *slot = &shared->slot[role];
	int64 generation = 0;
	int holder = shared_pid(role);

	if (lives(holder))
		return 0;
	SpinLockAcquire(&slot->lock);
	if (slot->pid == holder)
	{
		slot->pid = MyProcPid;
		slot->generation = generation =
			(int64) pg_atomic_fetch_add_u64(&shared->next_generation, 1);
		slot->latch = MyLatch;
		slot->started_at = slot->last_run_at = MyStartTimestamp;
		slot->runs = 0;
		strcpy(slot->note, WORKER_NOTE_STARTING);
	}
	SpinLockRelease(&slot->lock);
	/* runs after the transaction's end, and after pg_stat_activity has forgotten the process */
	if (generation != 0)
		on_shmem_exit(give_slot_back, Int32GetDatum(role));
	return generation;
}

int64
shared_generation(WorkerRole role)
{
	int64 generation;

	if (shared == NULL)
		return 0;
	SpinLockAcquire(&shared->slot[role].lock);
	generation = shared->slot[role].generation;
	SpinLockRelease(&shared->slot[role].lock);
	return generation;
}

int
shared_pid(WorkerRole role)
{
	int pid;

	if (shared == NULL)
		return 0;
	SpinLockAcquire(&shared->slot[role].lock);
	pid = shared->slot[role].pid;
	SpinLockRelease(&shared->slot[role].lock);
	return pid;
}

bool
shared_is_held(WorkerRole role)
{
	return lives(shared_pid(role));
}

void
shared_note(WorkerRole role, const char *note)
{
	char copy[WORKER_NOTE_SIZE];

	if (shared == NULL)
		return;
	strlcpy(copy, note, sizeof(copy));
	SpinLockAcquire(&shared->slot[role].lock);
	memcpy(shared->slot[role].note, copy, sizeof(copy));
	SpinLockRelease(&shared->slot[role].lock);
}

void
shared_note_run(WorkerRole role)
{
	TimestampTz now = GetCurrentTimestamp();

	SpinLockAcquire(&shared->slot[role].lock);
	shared->slot[role].last_run_at = now;
	shared->slot[role].runs++;
	SpinLockRelease(&shared->slot[role].lock);
}

void
shared_read_note(WorkerRole role, char note[WORKER_NOTE_SIZE])
{
	if (shared == NULL)
	{
		strlcpy(note, "strike isn't in shared_preload_libraries", WORKER_NOTE_SIZE);
		return;
	}
	SpinLockAcquire(&shared->slot[role].lock);
	memcpy(note, shared->slot[role].note, WORKER_NOTE_SIZE);
	SpinLockRelease(&shared->slot[role].lock);
}

/* strike_workers(): a row a worker, also for those that don't run. */
Datum
strike_workers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int role = 0; role < WORKER_ROLES; role++)
	{
		WorkerSlot copy = {0};
		Datum values[7];
		bool nulls[7] = {false};

		if (shared != NULL)
		{
			SpinLockAcquire(&shared->slot[role].lock);
			copy = shared->slot[role];
			SpinLockRelease(&shared->slot[role].lock);
		}
		else
			shared_read_note(role, copy.note);
		values[0] = CStringGetTextDatum(worker_role_names[role]);
		values[1] = Int32GetDatum(copy.pid);
		values[2] = Int64GetDatum(copy.generation);
		values[3] = TimestampTzGetDatum(copy.started_at);
		values[4] = TimestampTzGetDatum(copy.last_run_at);
		values[5] = Int64GetDatum(copy.runs);
		values[6] = CStringGetTextDatum(copy.note);
		nulls[1] = nulls[2] = copy.pid == 0;
		nulls[3] = nulls[4] = copy.started_at == 0;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

void
shared_wake(WorkerRole role)
{
	Latch *latch;

	if (shared == NULL)
		return;
	SpinLockAcquire(&shared->slot[role].lock);
	latch = shared->slot[role].latch;
	SpinLockRelease(&shared->slot[role].lock);
	/* The latch lies in a PGPROC, which is never freed: a stale one is a spurious wake-up. */
	if (latch != NULL)
		SetLatch(latch);
}

/* At the end of each top-level transaction: only flags and latches, no palloc, no ereport. */
static void
at_transaction_end(XactEvent event, void *arg)
{
	int mask = wake_mask;

	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
			wake_mask = 0;
			if ((mask & (1 << WORKER_LAUNCHER)) && shared != NULL)
				pg_atomic_write_u32(&shared->look_again, 1);
			for (int role = 0; role < WORKER_ROLES && !FAULT_SKIP("wake"); role++)
				if (mask & (1 << role))
					shared_wake(role);
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			wake_mask = 0;
			break;
		default:
			break;
	}
}

void
shared_wake_at_commit(WorkerRole role)
{
	if (!callback_registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		callback_registered = true;
	}
	wake_mask |= 1 << role;
}

bool
shared_take_look_again(void)
{
	return pg_atomic_exchange_u32(&shared->look_again, 0) != 0;
}

pg_atomic_uint64 *
shared_clock_offset(void)
{
	return &shared->clock_offset;
}
