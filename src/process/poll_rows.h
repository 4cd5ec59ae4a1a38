/*
 * poll_rows.h
 *		The rows behind the looks: which orders are due, how the circuits stand, and the times of
 *		looks that found nothing.  All need a transaction, SPI connected.
 */
#ifndef STRIKE_POLL_ROWS_H
#define STRIKE_POLL_ROWS_H

#include "process/poll_look.h"

/* A contractor as configured, with his circuit as it was kept. */
typedef struct PollListed
{
	const char *osp_tenant;
	bool configured;
	RenderInstance instance;
	bool has_circuit;
	Circuit circuit;
} PollListed;

/* Calls take() for each contractor; the texts live until it returns. */
extern void poll_rows_survey(void (*take)(const PollListed *listed));

/*
 * The first rows of the instance by due time, from instance->low on, at most 'most'; take() gets a
 * look with the row's part filled, allocated in a context of its own below 'parent', or gives it
 * back as false: then it's freed.  Returns how many rows there were.
 */
extern int
poll_rows_due(PollInstance *instance, int most, MemoryContext parent, bool (*take)(PollLook *look));

/*
 * Writes the next look's time and what goes with it for looks that found nothing, or failed.  Rows
 * that have changed since they were read are left alone.  waiting: false = locked rows are passed
 * over, and their looks' 'recorded' stays false.
 */
extern void poll_rows_write_times(PollLook *const *looks, int n, bool waiting);

/*
 * The instance's orders whose time lies beyond the horizon get another one within 'interval' (us) from
 * 'now' on: no look is put off so far, so the clock was set back, or the interval is shorter now.  A
 * locked row is left to the next time.
 */
extern void poll_rows_bring_back(const PollInstance *instance, TimestampTz horizon, TimestampTz now,
								 int64 interval);

extern void poll_rows_write_circuit(const PollInstance *instance);

#endif
