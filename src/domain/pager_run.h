/*
 * pager_run.h
 *		The PagerRun aggregate: one page through a list of contacts, and how it ended.
 */
#ifndef STRIKE_PAGER_RUN_H
#define STRIKE_PAGER_RUN_H

#include "domain/machine.h"

typedef enum RunState
{
	RUN_NONE,
	RUN_RUNNING,
	RUN_DISPATCHED,
	RUN_EXHAUSTED,
	RUN_FAILED,
	RUN_TAKEN_OVER,
	RUN_CANCELED,
	RUN_STATES
} RunState;

typedef enum RunInput
{
	RI_START,
	RI_ATTEMPT,	 /* something happened to one of its attempts */
	RI_ACCEPTED, /* a key press 1 that counts */
	RI_ALL_TRIED,
	RI_CANT_PAGE, /* no region, nobody on the list, account refused */
	RI_TAKE_OVER,
	RI_CANCEL,
	RUN_INPUTS
} RunInput;

extern const Machine pager_run_machine;

#endif
