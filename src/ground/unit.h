/*
 * unit.h
 *		A worker's unit of work: one transaction with its own memory context, whose error is
 *		caught, classified and logged, and never kills the worker.
 */
#ifndef STRIKE_UNIT_H
#define STRIKE_UNIT_H

typedef enum UnitResult
{
	UNIT_DONE,	/* committed */
	UNIT_RETRY, /* nobody's fault: lock or deadlock, cancel, serialization, resources, shutdown */
	UNIT_FAILED /* an error that will come again */
} UnitResult;

typedef struct UnitError
{
	int sqlstate;
	char message[512]; /* primary message only: never detail, never parameters */
} UnitError;

/*
 * Runs fn(arg) in a transaction of its own at READ COMMITTED, with an active snapshot, SPI
 * connected, the statement start set (so now() moves), and 'what' in pg_stat_activity.
 * synchronous_commit is on.  Call with no transaction open.  On error: AbortCurrentTransaction,
 * one log line (UNIT_FAILED only), err filled if not NULL.  FATAL and PANIC pass through.
 */
extern UnitResult unit_run(const char *what, void (*fn)(void *arg), void *arg, UnitError *err);

/* The extension's oid now, InvalidOid without it.  Opens and ends a transaction. */
extern Oid unit_extension(void);

/*
 * Did a unit fail since its tables were dropped with the extension?  Such a failure is not
 * logged; the worker has to exit.
 */
extern bool unit_extension_gone(void);

/* The rule behind UNIT_RETRY: 55P03, 57014, 40P01, 40001, class 53, 57P0x. */
extern bool unit_is_transient(int sqlstate);

/*
 * Whether the unit just committed is durable where synchronous replication asks for it: false
 * when the wait was cancelled.  An effect behind such an intent isn't carried out.
 */
extern bool unit_commit_confirmed(void);

/*
 * This unit's commit isn't waited for.  Only for what would be found out again if a crash takes it
 * away; never for an intent, a claim, or a key press.
 */
extern void unit_commit_lazily(void);

#endif
