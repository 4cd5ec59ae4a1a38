/*
 * poll_calls.h
 *		A look's requests: token, then page after page.
 */
#ifndef STRIKE_POLL_CALLS_H
#define STRIKE_POLL_CALLS_H

#include "process/poll_look.h"

/*
 * Asks for the look's tasks.  done(look) is called when all pages are there or one can't be used:
 * look->trouble says which.  It may be called before this returns.  No transaction open.
 */
extern void poll_calls_start(PollLook *look, void (*done)(PollLook *look));

#endif
