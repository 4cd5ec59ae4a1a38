/*
 * shared.h
 *		Strike's fixed shared memory: a slot a worker (pid, generation, latch) and the virtual
 *		clock's offset.  Without preloading there is none: shared_present() is false and
 *		everything but the workers and the wake-up works.
 */
#ifndef STRIKE_SHARED_H
#define STRIKE_SHARED_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/latch.h"

typedef enum WorkerRole
{
	WORKER_OUTBOX,
	WORKER_RENDER,
	WORKER_PAGER,
	WORKER_LAUNCHER, /* starts the three above */
	WORKER_ROLES
} WorkerRole;

#define WORKER_NOTE_SIZE 160			/* bytes with the NUL */
#define WORKER_NOTE_STARTING "starting" /* from taking the slot until the extension is found */

/* 'outbox', 'render', 'pager', 'launcher' */
extern const char *const worker_role_names[WORKER_ROLES];

/* Asks for the memory (shmem_request_hook) and maps it (shmem_startup_hook).  From _PG_init. */
extern void shared_install_hooks(void);
extern bool shared_present(void);

/*
 * The calling worker takes its role's slot.  Returns the new generation (rises with each take,
 * over the life of the server; starts from a random 31-bit base at server start, so that a
 * restart never repeats one), or 0 when a live process holds it.
 * The slot is given back at exit, whatever the reason, and the launcher woken.  Call it before the
 * connection to a database: then the slot is held as long as the process can be seen.
 */
extern int64 shared_take_slot(WorkerRole role);

/* The generation that holds the role's slot now; 0 = nobody. */
extern int64 shared_generation(WorkerRole role);
extern int shared_pid(WorkerRole role);

/* Is the role's slot held by a process that lives? */
extern bool shared_is_held(WorkerRole role);

/* What the calling worker is doing or why it isn't, for strike.workers and strike_health(). */
extern void shared_note(WorkerRole role, const char *note);
extern void shared_note_run(WorkerRole role); /* one more turn of the loop, now */

/* Copies the role's note; it outlives the worker. */
extern void shared_read_note(WorkerRole role, char note[WORKER_NOTE_SIZE]);

/* Sets the role's latch at once.  Allowed in callbacks: no palloc, no ereport, no lock wait. */
extern void shared_wake(WorkerRole role);

/*
 * Sets the role's latch when the current top-level transaction commits (not when it aborts; a
 * rolled-back subtransaction's request may wake for nothing, which is harmless).
 */
extern void shared_wake_at_commit(WorkerRole role);

/*
 * Was the launcher woken at a commit since the last call (by strike_wake('launcher')), not by a
 * worker that starts or ends?  Forgets it.
 */
extern bool shared_take_look_again(void);

/* The virtual clock's offset, µs; clock.c alone uses it. */
extern pg_atomic_uint64 *shared_clock_offset(void);

#endif
