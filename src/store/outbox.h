/*
 * outbox.h
 *		The outbox worker's database work: numbers committed events into the feed, hands them to
 *		the subscribers, retries what is parked.
 */
#ifndef STRIKE_OUTBOX_H
#define STRIKE_OUTBOX_H

#include "datatype/timestamp.h"

/* Forgets what is remembered of the feed: it is read back before the next batch. */
extern void outbox_attach(void);

/*
 * Does what can be done now, batch by batch, in units of work of its own (call with no
 * transaction open); returns when to come again at the latest (0 = at once, DT_NOEND = nothing is
 * known).  Works for about a tenth of a second at most, then returns 0.
 */
extern TimestampTz outbox_run(void);

#endif
