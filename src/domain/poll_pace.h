/*
 * poll_pace.h
 *		When an order's field work is looked at next.  Times are µs of one clock, seeds come from the
 *		order's id: the same order always has the same place within the interval, and the places of
 *		many orders are spread evenly over it.
 */
#ifndef STRIKE_POLL_PACE_H
#define STRIKE_POLL_PACE_H

#include <stddef.h>
#include <stdint.h>

/* From an id's bytes. */
extern uint64_t pace_seed(const void *id, size_t size);

/* No order is looked at again sooner than this: a sixth of the interval. */
extern int64_t pace_floor(int64_t interval);

/*
 * After a look that was answered.  changed_at: when the last change was found, 0 = never.  A
 * quarter of the time that has passed since, but never below the floor or above the interval; and
 * then at the order's own place in it.  now + floor ≤ result ≤ now + interval.
 */
extern int64_t pace_next(int64_t now, int64_t interval, int64_t changed_at, uint64_t seed);

/*
 * After the failures-th look in a row that failed (1 = the first): the floor, doubled with each
 * failure up to the interval, less up to a quarter by the seed.
 */
extern int64_t pace_after_failure(int64_t now, int64_t interval, int failures, uint64_t seed);

/* A place within the interval that begins at 'from'. */
extern int64_t pace_spread(int64_t from, int64_t interval, uint64_t seed);

#endif
