/*
 * outbox.c
 *		From committed events to numbered and delivered ones.
 *
 *		fast path		one transaction: number a batch, hand it to every subscriber
 *		after an error	the same batch again: number it, then subscriber by subscriber in
 *						subtransactions; for the one that fails stream by stream, and within
 *						a failing stream event by event.  What still fails is parked.
 *
 * Number and delivery commit together, so a feed row means "delivered, or parked", and there is
 * no cursor per subscriber that could be wrong.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ground/activation.h"
#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/unit.h"
#include "store/feed.h"
#include "store/outbox.h"
#include "store/parked.h"
#include "store/subscriber.h"

#define RUN_MS 100		  /* of work before the loop gets its turn */
#define PARKED_PER_RUN 50 /* retries between two looks at new events */
#define RETRY_US 100000	  /* after trouble that is nobody's fault */
#define FAILED_US 1000000 /* after an error in numbering itself */

static bool in_doubt = true;
static bool idle;		 /* not activated */
static int64 not_before; /* clock_ticks(): after a failure */
static int delivered;

void
outbox_attach(void)
{
	in_doubt = true;
}

/* Reads back what is remembered, if it is in doubt; false when this server may not number. */
static bool
ready(void)
{
	const char *why;

	idle = !activation_present(&why);
	if (idle)
		return false;
	if (in_doubt || !feed_attached())
	{
		feed_attach();
		parked_load();
		in_doubt = false;
	}
	else if (parked_any())
		parked_load(); /* an administrator may have taken some away */
	return true;
}

/* The events that aren't parked for the subscriber: the array itself, or a copy. */
static const StoredEvent *
not_parked(int subscriber, const StoredEvent *events, int n, int *kept)
{
	StoredEvent *copy;

	*kept = n;
	if (!parked_any())
		return events;
	copy = palloc(n * sizeof(StoredEvent));
	*kept = 0;
	for (int i = 0; i < n; i++)
		if (!parked_has(subscriber, &events[i].stream_id))
			copy[(*kept)++] = events[i];
	return copy;
}

static void
fast(void *arg)
{
	StoredEvent *events;

	delivered = 0;
	if (!ready())
		return;
	delivered = feed_number(&events);
	for (int s = 0; delivered > 0 && s < subscriber_count(); s++)
	{
		int n;
		const StoredEvent *mine = not_parked(s, events, delivered, &n);

		if (n > 0)
			subscriber_at(s)->deliver(mine, n);
		if (delivered > 0)
			FAULT_POINT("outbox_deliver");
	}
}

/* One stream's events, together or one by one; parks it at the first that fails. */
static void
deliver_stream(int s, const StoredEvent *events, int n)
{
	int sqlstate;
	char *message;

	if (parked_try(subscriber_at(s), events, n, &sqlstate, &message))
		return;
	for (int i = 0; i < n; i++)
		if ((n == 1 && i == 0) || !parked_try(subscriber_at(s), &events[i], 1, &sqlstate, &message))
		{
			parked_add(s, &events[i], sqlstate, message);
			return;
		}
}

/* Stream by stream, in order of first appearance. */
static void
deliver_by_stream(int s, const StoredEvent *events, int n)
{
	bool *done = palloc0(n * sizeof(bool));
	StoredEvent *stream = palloc(n * sizeof(StoredEvent));

	for (int i = 0; i < n; i++)
	{
		int length = 0;

		if (done[i])
			continue;
		for (int k = i; k < n; k++)
			if (memcmp(&events[k].stream_id, &events[i].stream_id, UUID_LEN) == 0)
			{
				done[k] = true;
				stream[length++] = events[k];
			}
		deliver_stream(s, stream, length);
	}
}

static void
careful(void *arg)
{
	StoredEvent *events;

	delivered = 0;
	if (!ready())
		return;
	delivered = feed_number(&events);
	for (int s = 0; delivered > 0 && s < subscriber_count(); s++)
	{
		int n;
		const StoredEvent *mine = not_parked(s, events, delivered, &n);
		int sqlstate;
		char *message;

		if (n > 0 && !parked_try(subscriber_at(s), mine, n, &sqlstate, &message))
			deliver_by_stream(s, mine, n);
	}
}

TimestampTz
outbox_run(void)
{
	int64 began = clock_ticks();
	TimestampTz due;

	if (began < not_before)
		return clock_now() + (not_before - began);
	do
	{
		UnitResult result = unit_run("delivering events", fast, NULL, NULL);

		if (result != UNIT_DONE)
		{
			in_doubt = true; /* what was parked in memory may have been rolled back */
			result = unit_run("delivering events one stream at a time", careful, NULL, NULL);
			if (result != UNIT_DONE)
			{
				int64 pause = result == UNIT_RETRY ? RETRY_US : FAILED_US;

				in_doubt = true;
				not_before = clock_ticks() + pause;
				return clock_now() + pause;
			}
		}
		if (idle)
			return DT_NOEND;
		if (delivered > 0)
			FAULT_POINT("outbox_committed");
		feed_committed();
		feed_tell_head();
		parked_tell();
		if (clock_ticks() - began > RUN_MS * 1000 && feed_more())
			return 0;
		CHECK_FOR_INTERRUPTS();
	} while (feed_more());

	due = parked_retry(PARKED_PER_RUN);
	parked_tell();
	return due;
}
