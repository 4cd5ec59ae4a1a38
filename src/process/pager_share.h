/*
 * pager_share.h
 *		Several orders in one call: runs that wait for the same telephone are asked about one after
 *		the other, each with an attempt of its own.
 */
#ifndef STRIKE_PAGER_SHARE_H
#define STRIKE_PAGER_SHARE_H

#include "process/pager_record.h"

/*
 * Takes along the runs that wait for the number of this new attempt, oldest wait first, as many as
 * a call holds.  What somebody else changed meanwhile is left where it is.
 */
extern void share_call(const Attempt *first, const char *phone, TimestampTz now);

/*
 * What happened to the call's first attempt, told to the others' attempts.  Who rode along in a call
 * that was canceled before it was placed is called again, by himself.
 */
extern void share_news(const Attempt *first, const AttemptNews *news, AttemptInput input);

/* Do attempts that share this one's call still wait for their answer? */
extern bool share_is_needed(const pg_uuid_t *attempt_id);

#endif
