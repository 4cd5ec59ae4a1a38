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
 * Calls fold(state, event) for each event of these streams that the caller's snapshot sees, up to
 * occurred_at <= as_of (DT_NOEND = all), in the order in which subscribers get them: by feed.seq,
 * then those that have no number yet.  The event lives during the call only.  SPI connected.
 */
extern void streams_replay(const pg_uuid_t *ids, int n, TimestampTz as_of,
						   void (*fold)(void *state, const StoredEvent *event), void *state);

/* Had the stream begun by then?  As the caller's snapshot sees it; SPI connected. */
extern bool stream_begun(const pg_uuid_t *id, TimestampTz as_of);

#endif
