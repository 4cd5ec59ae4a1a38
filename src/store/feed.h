/*
 * feed.h
 *		The feed: every committed event once, numbered 1..n without gaps, chained by hashes.
 *		Only the outbox worker numbers.
 */
#ifndef STRIKE_FEED_H
#define STRIKE_FEED_H

#include "store/stream.h"

#define FEED_BATCH 1000 /* events numbered and delivered in one transaction */

/*
 * Reads where numbering stands (in a unit of work, once after connecting, and again after any
 * doubt): the last feed row, and the frontier that was saved with it.
 */
extern void feed_attach(void);

/* Does what was attached to still exist?  Not when the extension was dropped and made again. */
extern bool feed_attached(void);

/*
 * In the unit of work, before any other statement of it: looks at the frontier, reads the next events, gives them numbers and inserts the feed rows.
 * Returns how many (at most FEED_BATCH); *events lives as long as the transaction.
 */
extern int feed_number(StoredEvent **events);

/* After the unit of work committed: what feed_number() did counts from now on. */
extern void feed_committed(void);

/*
 * No transaction open: writes the feed's last seq and hash to the server's log, at most every
 * strike.anchor_interval and only when there is a later one.  The log leaves the machine; who
 * rewrites the feed afterwards is found by what stands there.
 */
extern void feed_tell_head(void);

/* Is there reason to call again at once (a full batch)? */
extern bool feed_more(void);

#endif
