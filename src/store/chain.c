/*
 * chain.c
 *		Hashing events and feed entries.
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "port/pg_bswap.h"

#include "store/chain.h"

static const uint8 zeros[CHAIN_HASH_SIZE];

static void
update(pg_cryptohash_ctx *ctx, const void *bytes, size_t length)
{
	if (pg_cryptohash_update(ctx, bytes, length) < 0)
		elog(ERROR, "could not compute SHA-256: %s", pg_cryptohash_error(ctx));
}

static void
update_int8(pg_cryptohash_ctx *ctx, int64 value)
{
	uint64 bytes = pg_hton64((uint64) value);

	update(ctx, &bytes, sizeof(bytes));
}

/* lp(): length and bytes. */
static void
update_text(pg_cryptohash_ctx *ctx, const char *text, int length)
{
	uint32 bytes = pg_hton32((uint32) length);

	update(ctx, &bytes, sizeof(bytes));
	update(ctx, text, length);
}

static pg_cryptohash_ctx *
begin(const uint8 *previous)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (ctx == NULL || pg_cryptohash_init(ctx) < 0)
		elog(ERROR, "could not begin SHA-256");
	update(ctx, previous ? previous : zeros, CHAIN_HASH_SIZE);
	return ctx;
}

static void
finish(pg_cryptohash_ctx *ctx, uint8 out[CHAIN_HASH_SIZE])
{
	if (pg_cryptohash_final(ctx, out, CHAIN_HASH_SIZE) < 0)
		elog(ERROR, "could not finish SHA-256: %s", pg_cryptohash_error(ctx));
	pg_cryptohash_free(ctx);
}

void
chain_event_hash(uint8 out[CHAIN_HASH_SIZE], const uint8 *previous, const pg_uuid_t *stream_id,
				 int32 version, const char *stream_type, const char *event_type,
				 const char *payload, int payload_length, const char *metadata, int metadata_length,
				 TimestampTz occurred_at)
{
	pg_cryptohash_ctx *ctx = begin(previous);

	update(ctx, stream_id->data, UUID_LEN);
	update_int8(ctx, version);
	update_text(ctx, stream_type, strlen(stream_type));
	update_text(ctx, event_type, strlen(event_type));
	update_text(ctx, payload, payload_length);
	update_text(ctx, metadata, metadata_length);
	update_int8(ctx, occurred_at);
	finish(ctx, out);
}

void
chain_feed_hash(uint8 out[CHAIN_HASH_SIZE], const uint8 *previous, int64 seq,
				const uint8 *event_hash)
{
	pg_cryptohash_ctx *ctx = begin(previous);

	update_int8(ctx, seq);
	update(ctx, event_hash, CHAIN_HASH_SIZE);
	finish(ctx, out);
}
