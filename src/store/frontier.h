/*
 * frontier.h
 *		Which positions may still appear?  Each transaction that draws positions publishes a
 *		lower bound first, in shared memory, and clears it when it is over.  The lowest bound is
 *		the frontier: everything below it is visible to a snapshot taken afterwards, or will
 *		never be.
 */
#ifndef STRIKE_FRONTIER_H
#define STRIKE_FRONTIER_H

#include "postgres_ext.h"

/* Asks for and maps the memory; from _PG_init, preloading only. */
extern void frontier_install_hooks(void);

/*
 * Draws the next position from the sequence; the first call of a transaction publishes the
 * bound before it draws.  Also remembers that this transaction appended: it can't be PREPAREd,
 * and wakes the outbox worker when it commits.
 */
extern int64 frontier_draw(Oid sequence);

/* Tells shared memory of a number that was drawn before the server started. */
extern void frontier_make_known(Oid sequence, int64 position);

/* Beside a bound: the transaction is committing, or has committed just now. */
#define FRONTIER_ENDING (UINT64CONST(1) << 62)

/*
 * What may still appear.  A position at or below 'highest' that a snapshot taken afterwards
 * doesn't show belongs to a transaction whose bound stands in 'bound', or will never be.  What
 * the last ended transaction of a slot drew is at or below 'last' of that slot.
 */
typedef struct FrontierView
{
	int64 highest; /* known to be drawn, 0 = none */
	int nslots;
	int64 *
		bound; /* per backend slot: its lowest possible position, 0 = none open; or with FRONTIER_ENDING */
	int64 *last; /* per backend slot: the highest position drawn in it, ever */
} FrontierView;

/* Memory for a view, in the current memory context; nslots is 0 without shared memory. */
extern FrontierView *frontier_view_create(void);

/* Reads the view: before the snapshot is taken. */
extern void frontier_look(Oid sequence, FrontierView *view);

#endif
