/*
 * poll_schedule.h
 *		Which order's field work is looked at when: the Render worker's second half.
 */
#ifndef STRIKE_POLL_SCHEDULE_H
#define STRIKE_POLL_SCHEDULE_H

#include "datatype/timestamp.h"

/*
 * Records the answers that have come.  Units of work of its own, no transaction open; also while
 * effects are paused.
 */
extern void poll_schedule_record(void);

/* Begins the looks that are due and have a place; returns when to be called again at the latest. */
extern TimestampTz poll_schedule_begin(void);

#endif
