/*
 * poll_events.h
 *		What a look found, as events of the order's stream.
 */
#ifndef STRIKE_POLL_EVENTS_H
#define STRIKE_POLL_EVENTS_H

#include "process/poll_compare.h"
#include "store/append.h"

/* Room that the events of a look may need. */
#define POLL_EVENTS_MAX(ntasks) (2 * (ntasks) + 8)

/* The events of the tasks themselves, written from events[0] on; returns how many. */
extern int poll_task_events(const WatchItems *items, NewEvent *events);

/* The length of the observation and its reason, for the event that begins it. */
typedef struct PollGrace
{
	int64 grace_s;
	const char *reason;
} PollGrace;

/*
 * The steps of the order's status that follow, appended behind the n events that are there;
 * returns how many in all.  *status is the status after them; *grace_until is set when an
 * observation begins, and it lasts as *grace says.
 */
extern int
poll_status_events(const EcoInput *inputs, int ninputs, EcoStatus *status, const PollGrace *grace,
				   TimestampTz now, TimestampTz *grace_until, NewEvent *events, int n);

/* Does one of the steps begin an observation? */
extern bool poll_completes(const EcoInput *inputs, int ninputs);

#endif
