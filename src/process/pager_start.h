/*
 * pager_start.h
 *		Starting a run.
 */
#ifndef STRIKE_PAGER_START_H
#define STRIKE_PAGER_START_H

#include "process/eco_view.h"

/*
 * Starts run number run_no of the order: region and list by its place, the snapshot of the people
 * on it, PagerRunStartedEvent and the row that the pager worker acts on.  Without a region or
 * anybody on its list the run fails at once, with words for the NOC.  False when that run exists.
 * Needs a transaction, SPI connected; wakes the pager worker at commit.
 */
extern bool pager_start_run(const EcoView *eco, int32 run_no, int32 epoch, const char *actor,
							const char *reason);

/*
 * Records that an operator takes over while no page is running: a run without contacts that is
 * TAKEN_OVER from the start, so that no other starts by itself.  As the caller.  False: a page has
 * begun meanwhile.
 */
extern bool
pager_record_take_over(const EcoView *eco, int32 run_no, int32 epoch, const char *reason);

#endif
