/*
 * pager_clock.h
 *		A clock that was set back: what waits for a time that is suddenly far away.
 */
#ifndef STRIKE_PAGER_CLOCK_H
#define STRIKE_PAGER_CLOCK_H

#include "utils/timestamp.h"

/* The worker starts: nothing is known of the time before. */
extern void pager_clock_attach(void);

/*
 * Called before each round of the worker, with no transaction open.  When the time went back since
 * the last round, or this is the first one, rows from the future get times that come: a page goes on
 * after a contact's time at most.
 */
extern void pager_clock_mind(void);

#endif
