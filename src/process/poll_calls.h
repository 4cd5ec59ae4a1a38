/*
 * poll_calls.h
 *		Looking at the field work: the Render worker asks for an order's tasks.
 */
#ifndef STRIKE_POLL_CALLS_H
#define STRIKE_POLL_CALLS_H

#include "datatype/timestamp.h"

/*
 * Begins the looks that are due, at most a batch; returns whether there may be more.  Units of work
 * of its own, no transaction open.
 */
extern bool poll_calls_begin(void);

#endif
