/*
 * websocket.c
 *		Tells listeners (the gateway) how far the feed has come: NOTIFY strike_feed, the last seq.
 *		The only notifier, so the lock that NOTIFY takes at commit is nobody else's.
 */
#include "postgres.h"

#include "commands/async.h"

#include "process/subscribers.h"

static void
deliver(const StoredEvent *events, int n)
{
	char seq[32];

	snprintf(seq, sizeof(seq), INT64_FORMAT, events[n - 1].seq);
	Async_Notify("strike_feed", seq);
}

const Subscriber websocket_subscriber = {"websocket", deliver, false};
