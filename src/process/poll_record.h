/*
 * poll_record.h
 *		Recording what a look at an order's tasks found, where it may mean something.
 */
#ifndef STRIKE_POLL_RECORD_H
#define STRIKE_POLL_RECORD_H

#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "remote/render_api.h"

/*
 * Compares the tasks with those known, appends what has happened to the order's stream together
 * with the steps of its status that follow, and sets the time of the next look.  asked_at: when
 * the list was asked for, on Strike's clock; an observation is over only for a look that was asked
 * for after its end.  The row of the Render process is locked: two looks, or a look and a command,
 * can't interleave.  Needs a transaction at READ COMMITTED, SPI connected.  Returns when the order
 * is looked at next, 0 = never.
 */
extern TimestampTz
poll_record(const pg_uuid_t *eco_id, const RemoteTask *tasks, int n, TimestampTz asked_at);

/* Intervals for which an order can't be seen, or misses tasks, before its NOC is told. */
#define POLL_PATIENCE 10

/*
 * Is it time to tell that nothing is left of an order but tasks that are missing?  since: from then
 * on, 0 = it isn't so, or it has been told.
 */
extern bool poll_missing_too_long(TimestampTz since, TimestampTz now);

/*
 * The order can't be watched, and its NOC shall know: an event, once until a look succeeds.  The
 * row gets 'next' and 'words'.  Returns false when nobody watches the order any more.
 */
extern bool
poll_record_lost(const pg_uuid_t *eco_id, TimestampTz next, int failures, const char *words);

#endif
