/*
 * chain.h
 *		The SHA-256 chains: one per stream, one over the feed.
 */
#ifndef STRIKE_CHAIN_H
#define STRIKE_CHAIN_H

#include "utils/timestamp.h"
#include "utils/uuid.h"

#define CHAIN_HASH_SIZE 32

/*
 * SHA-256(previous ‖ stream_id (16) ‖ version (int8) ‖ lp(stream_type) ‖ lp(event_type) ‖
 * lp(payload) ‖ lp(metadata) ‖ occurred_at (int8, µs since 2000-01-01 UTC)), where lp(x) is the
 * int4 byte length and the UTF-8 bytes, and integers are big-endian.  payload and metadata are
 * jsonb's text form.  previous: 32 zero bytes for version 1 (NULL).
 */
extern void chain_event_hash(uint8 out[CHAIN_HASH_SIZE], const uint8 *previous,
							 const pg_uuid_t *stream_id, int32 version, const char *stream_type,
							 const char *event_type, const char *payload, int payload_length,
							 const char *metadata, int metadata_length, TimestampTz occurred_at);

/* SHA-256(previous ‖ seq (int8) ‖ event hash). */
extern void chain_feed_hash(uint8 out[CHAIN_HASH_SIZE], const uint8 *previous, int64 seq,
							const uint8 *event_hash);

#endif
