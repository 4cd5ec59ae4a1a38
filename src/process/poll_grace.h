/*
 * poll_grace.h
 *		How long an order is observed after its completion, with the history in the database.
 */
#ifndef STRIKE_POLL_GRACE_H
#define STRIKE_POLL_GRACE_H

#include "process/poll_events.h"
#include "store/stream.h"

/* For an order of this contractor and type, now.  SPI connected. */
extern PollGrace poll_grace(const char *osp_tenant, const char *job_type);

/* Late work: an order that was completed is in progress again.  Kept for the reckoning. */
extern void poll_grace_learn(const StoredEvent *event);

#endif
