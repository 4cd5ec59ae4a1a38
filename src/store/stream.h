/*
 * stream.h
 *		Reading events: replay of one stream, and the shape in which subscribers get them.
 */
#ifndef STRIKE_STREAM_H
#define STRIKE_STREAM_H

#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct StoredEvent
{
	int64 seq; /* feed number; 0 when read by stream */
	pg_uuid_t stream_id;
	int32 version;
	const char *stream_type;
	const char *event_type;
	Jsonb *payload;
	Jsonb *metadata;
	TimestampTz occurred_at;
} StoredEvent;

/*
 * Calls fold(state, event) for each event of the stream that the caller's snapshot sees, in
 * order, from version 'after' + 1 on, up to occurred_at <= as_of (DT_NOEND = all).  Returns the
 * last version folded, 'after' if none.  The event lives during the call only.
 */
extern int32 stream_replay(const pg_uuid_t *stream_id, int32 after, TimestampTz as_of,
						   void (*fold)(void *state, const StoredEvent *event), void *state);

#endif
