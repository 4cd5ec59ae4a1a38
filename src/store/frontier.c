/*
 * frontier.c
 *		The frontier of drawn positions.
 *
 * Why it is right.  A backend stores the bound "highest known + 1" in its slot, then (after a
 * full barrier) draws.  The sequence hands out rising numbers under a buffer lock, so what it
 * draws is above every number that was drawn before, hence at or above its bound.  The reader
 * loads "highest known" first and the slots after.  If it knows a number p, then every number
 * below p was drawn before p was known, and the slot of whoever drew it was stored before that:
 * the reader sees the slot, or the transaction is over.
 *
 * A commit becomes visible before its callback can clear the slot.  So the slot is marked as
 * ending before it, and what a marked one drew may be visible or not.
 *
 * Slots and "highest known" carry the database's and the sequence's oid, so that other databases
 * of the cluster (one made with this one as TEMPLATE has the same sequence oid), and an extension
 * that was dropped and made again, don't mix.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/backendid.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "storage/spin.h"

#include "ground/settings.h"
#include "ground/shared.h"
#include "store/frontier.h"

typedef struct Slot
{
	pg_atomic_uint64 bound; /* 0 = no transaction under way that drew; or with FRONTIER_ENDING */
	pg_atomic_uint64 last;	/* drawn last, by whatever transaction; only rises */
	pg_atomic_uint64 owner; /* owner_of() the sequence */
} Slot;

typedef struct Frontier
{
	slock_t lock;	/* protects the next two; held for a few instructions */
	uint64 owner;	/* whose positions: owner_of() the sequence, 0 = nobody's yet */
	uint64 highest; /* highest known to be drawn; 0 = none since the server started */
	int nslots;
	Slot slot[FLEXIBLE_ARRAY_MEMBER];
} Frontier;

static Frontier *frontier = NULL;
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

static bool appended = false; /* in the current top-level transaction */
static bool callback_registered = false;

static Size
frontier_size(void)
{
	return add_size(offsetof(Frontier, slot), mul_size(MaxBackends, sizeof(Slot)));
}

static void
request(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(frontier_size());
}

static void
startup(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	frontier = ShmemInitStruct("strike frontier", frontier_size(), &found);
	if (!found)
	{
		SpinLockInit(&frontier->lock);
		frontier->owner = 0;
		frontier->highest = 0;
		frontier->nslots = MaxBackends;
		for (int i = 0; i < frontier->nslots; i++)
		{
			pg_atomic_init_u64(&frontier->slot[i].bound, 0);
			pg_atomic_init_u64(&frontier->slot[i].last, 0);
			pg_atomic_init_u64(&frontier->slot[i].owner, 0);
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

void
frontier_install_hooks(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

/* A sequence of this database, told from those of all others. */
static uint64
owner_of(Oid sequence)
{
	return ((uint64) MyDatabaseId << 32) | sequence;
}

static Slot *
my_slot(void)
{
	if (frontier == NULL || MyBackendId < 1 || MyBackendId > frontier->nslots)
		return NULL;
	return &frontier->slot[MyBackendId - 1];
}

/* At the end of the transaction: no palloc, no ereport but the refusal of PREPARE. */
static void
at_transaction_end(XactEvent event, void *arg)
{
	Slot *slot;

	if (!appended)
		return;
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
							errmsg("cannot PREPARE a transaction that has appended events"),
							errhint("Append events in a transaction that commits by COMMIT.")));
			break;
		case XACT_EVENT_PRE_COMMIT:
			slot = my_slot();
			if (slot != NULL)
			{
				pg_atomic_write_u64(&slot->bound,
									pg_atomic_read_u64(&slot->bound) | FRONTIER_ENDING);
				pg_memory_barrier();
			}
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
			slot = my_slot();
			if (slot != NULL)
			{
				pg_write_barrier();
				pg_atomic_write_u64(&slot->bound, 0);
			}
			appended = false;
			break;
		default:
			break;
	}
}

/*
 * "Highest known" belongs to the sequence of the database that the workers serve.  A sequence
 * that is new here (first use since the server's start, extension made again) takes it over
 * and begins at zero, which only makes the first bounds lower than need be.
 */
static uint64
highest_known(uint64 owner)
{
	uint64 highest;
	uint64 present;

	SpinLockAcquire(&frontier->lock);
	present = frontier->owner;
	highest = frontier->highest;
	SpinLockRelease(&frontier->lock);
	if (present == owner)
		return highest;
	if (present == 0 || strcmp(get_database_name(MyDatabaseId), strike_database) == 0)
	{
		SpinLockAcquire(&frontier->lock);
		if (frontier->owner == present)
		{
			frontier->owner = owner;
			frontier->highest = 0;
		}
		SpinLockRelease(&frontier->lock);
	}
	return 0;
}

static void
make_known(uint64 owner, uint64 position)
{
	SpinLockAcquire(&frontier->lock);
	if (frontier->owner == owner && frontier->highest < position)
		frontier->highest = position;
	SpinLockRelease(&frontier->lock);
}

int64
frontier_draw(Oid sequence)
{
	int64 position;

	if (!appended)
	{
		Slot *slot = my_slot();

		/* callbacks run last registered first: the slot is cleared, then the worker woken */
		shared_wake_at_commit(WORKER_OUTBOX);
		if (!callback_registered)
		{
			RegisterXactCallback(at_transaction_end, NULL);
			callback_registered = true;
		}
		appended = true;
		if (slot != NULL)
		{
			pg_atomic_write_u64(&slot->owner, owner_of(sequence));
			pg_atomic_write_u64(&slot->bound, highest_known(owner_of(sequence)) + 1);
			pg_memory_barrier();
		}
	}
	position = nextval_internal(sequence, false);
	if (my_slot() != NULL)
	{
		pg_atomic_write_u64(&my_slot()->last, (uint64) position);
		make_known(owner_of(sequence), (uint64) position);
	}
	return position;
}

void
frontier_make_known(Oid sequence, int64 position)
{
	if (frontier == NULL)
		return;
	(void) highest_known(owner_of(sequence)); /* takes the sequence over if it is new here */
	make_known(owner_of(sequence), (uint64) position);
}

FrontierView *
frontier_view_create(void)
{
	FrontierView *view = palloc0(sizeof(FrontierView));

	view->nslots = frontier ? frontier->nslots : 0;
	view->bound = palloc0(sizeof(int64) * Max(view->nslots, 1));
	view->last = palloc0(sizeof(int64) * Max(view->nslots, 1));
	return view;
}

void
frontier_look(Oid sequence, FrontierView *view)
{
	uint64 owner = owner_of(sequence);

	view->highest = (int64) highest_known(owner);
	pg_memory_barrier();
	for (int i = 0; i < view->nslots; i++)
	{
		uint64 bound = pg_atomic_read_u64(&frontier->slot[i].bound);

		if (bound != 0 && pg_atomic_read_u64(&frontier->slot[i].owner) != owner)
			bound = 0;
		view->bound[i] = (int64) bound;
		pg_read_barrier();
		view->last[i] = (int64) pg_atomic_read_u64(&frontier->slot[i].last);
	}
}
