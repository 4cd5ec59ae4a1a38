/*
 * subscriber.h
 *		The outbox worker's subscribers: who gets every event, in feed order, at least once in
 *		effect exactly once (delivery and its record commit together).
 */
#ifndef STRIKE_SUBSCRIBER_H
#define STRIKE_SUBSCRIBER_H

#include "store/stream.h"

typedef struct Subscriber
{
	const char *name; /* as in delivery_failure.subscriber and the outbox view */

	/*
	 * Handles n events in feed order, inside the outbox worker's transaction, SPI connected.
	 * Usually events of many streams; after an error the same events come again stream by
	 * stream, and then one by one.  Raising an error parks the stream for this subscriber.
	 * May append (to other streams too), write rows, shared_wake_at_commit(); never waits for
	 * the network.  Must tolerate an event it has handled before.
	 */
	void (*deliver)(const StoredEvent *events, int n);

	bool never_dead; /* true: retried for ever (pager, Render) */
} Subscriber;

#define SUBSCRIBERS_MAX 16

/* From _PG_init, in the order in which each batch is handed out. */
extern void subscriber_register(const Subscriber *subscriber);
extern int subscriber_count(void);
extern const Subscriber *subscriber_at(int i);

/*
 * The one who shows people that a stream's delivery is parked, or not any more: called in a unit
 * of work of its own after the fact, SPI connected.
 */
extern void subscriber_tell_parked(void (*fn)(const pg_uuid_t *stream_id, bool parked));
extern void subscriber_parked(const pg_uuid_t *stream_id, bool parked);

#endif
