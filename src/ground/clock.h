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
 * Milliseconds of real waiting until 'due' on Strike's clock: 0 if past, at most 'most_ms'.
 * 'due' may be DT_NOEND.
 */
extern long clock_ms_until(TimestampTz due, long most_ms);

/* The virtual clock's offset (µs) as kept before the server's start; 0 without one. */
extern int64 clock_kept_offset(void);

#endif
