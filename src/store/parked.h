/*
 * parked.h
 *		Deliveries that failed: a row per (subscriber, stream) in strike.delivery_failure.  What
 *		comes later for that stream waits behind it; everything else goes on.
 */
#ifndef STRIKE_PARKED_H
#define STRIKE_PARKED_H

#include "store/subscriber.h"

/* Reads which (subscriber, stream) pairs are parked; in a unit of work. */
extern void parked_load(void);

/* Is the stream parked for the subscriber?  From memory, as of the last parked_load(). */
extern bool parked_any(void);
extern bool parked_has(int subscriber, const pg_uuid_t *stream_id);

/*
 * Delivers the events in a subtransaction.  False when the subscriber raised: its writes are
 * rolled back, *sqlstate and *message (in the caller's context) tell why.
 */
extern bool parked_try(const Subscriber *subscriber, const StoredEvent *events, int n,
					   int *sqlstate, char **message);

/* Parks the stream for the subscriber from this event on, and remembers it in memory too. */
extern void parked_add(int subscriber, const StoredEvent *event, int sqlstate, const char *message);

/*
 * Retries what is due, each in a unit of work of its own, at most 'most'.  Returns when the next
 * is due (DT_NOEND = none).  Call with no transaction open.
 */
extern TimestampTz parked_retry(int most);

/* Tells the subscriber that shows it, for the streams parked or freed since the last call. */
extern void parked_tell(void);

#endif
