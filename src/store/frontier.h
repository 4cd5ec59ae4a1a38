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

/*
 * The frontier of the sequence's positions.  Read it before taking the snapshot.  Without
 * shared memory (no preloading) it is 1: nothing is known.
 */
extern int64 frontier_read(Oid sequence);

#endif
