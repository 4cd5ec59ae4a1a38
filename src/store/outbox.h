/*
 * outbox.h
 *		The outbox worker's database work: numbers committed events into the feed, hands them to
 *		the subscribers, retries what is parked.
 */
#ifndef STRIKE_OUTBOX_H
#define STRIKE_OUTBOX_H

#include "datatype/timestamp.h"

/*
 * Once after the worker connected, in a unit of work: reads the frontier and the cursors back.
 */
extern void outbox_attach(void);

/*
 * Does all that can be done now, batch by batch, in units of work of its own (call with no
 * transaction open); returns when the next parked delivery or held stream is due (DT_NOEND =
 * nothing is known).  Checks for interrupts between batches.
 */
extern TimestampTz outbox_run(void);

#endif
