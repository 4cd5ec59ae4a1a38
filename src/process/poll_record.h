/*
 * poll_record.h
 *		Recording what a look at an order's tasks found.
 */
#ifndef STRIKE_POLL_RECORD_H
#define STRIKE_POLL_RECORD_H

#include "utils/uuid.h"

#include "remote/render_api.h"

/*
 * Compares the tasks with those known, appends what has happened to the order's stream together
 * with the steps of its status that follow, and sets the time of the next look.  A look that finds
 * nothing new writes that time and nothing else.  The row of the Render process is locked: two
 * looks, or a look and a command, can't interleave.  Needs a transaction at READ COMMITTED, SPI
 * connected.
 */
extern void poll_record(const pg_uuid_t *eco_id, const RemoteTask *tasks, int n);

/* The look failed: counted, and tried again with a growing pause, at most the usual interval. */
extern void poll_record_failure(const pg_uuid_t *eco_id, const char *words, int retry_after_s);

#endif
