/*
 * clock.h
 *		The one source of time.  With strike.virtual_clock = on it can be advanced (never set
 *		back); otherwise it is the server's wall clock.
 */
#ifndef STRIKE_CLOCK_H
#define STRIKE_CLOCK_H

#include "datatype/timestamp.h"

/* Now, in µs since 2000-01-01 UTC.  No transaction needed; takes no lock. */
extern TimestampTz clock_now(void);

/*
 * Microseconds of a clock that nobody sets, from some moment on (the machine's start): for pauses and
 * ages that one process keeps in its memory.  The wall clock may be set back under it.
 */
extern int64 clock_ticks(void);

/*
 * Has the clock gone on since *last_seen, as clocks do?  Then *last_seen follows.  False: it was set
 * back, or *last_seen is 0, not known yet; what is to be done about that sets it to 'now'.
 */
extern bool clock_follows(TimestampTz *last_seen, TimestampTz now);

/*
 * Milliseconds of real waiting until 'due' on Strike's clock: 0 if past, at most 'most_ms'.
 * 'due' may be DT_NOEND.
 */
extern long clock_ms_until(TimestampTz due, long most_ms);

/* The virtual clock's offset (µs) as kept before the server's start; 0 without one. */
extern int64 clock_kept_offset(void);

#endif
