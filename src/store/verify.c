/*
 * verify.c
 *		strike_verify_events: recomputes the chains, of each stream and of the feed.
 *
 * Shows what was changed behind the server's back.  Who rewrites all later hashes as well is
 * found by comparing the feed's last hash with one that was noted elsewhere before.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "ground/query.h"
#include "store/chain.h"

PG_FUNCTION_INFO_V1(strike_verify_events);

#define FETCH 1000 /* rows at once: bounds memory */

static const char verify_sql[] =
	"SELECT stream_id, version, stream_type, event_type, payload::text, metadata::text,"
	" occurred_at, hash FROM strike.events WHERE $1 IS NULL OR stream_id = $1"
	" ORDER BY stream_id, version";

/* What verification knows of the stream it is in. */
typedef struct Link
{
	bool any;
	pg_uuid_t stream_id;
	int32 version;
	TimestampTz occurred_at;
	char *stream_type;
	uint8 hash[CHAIN_HASH_SIZE]; /* as stored in the last row */
} Link;

static void
report(ReturnSetInfo *rsinfo, const pg_uuid_t *stream_id, int32 version, const char *problem)
{
	Datum values[3] = {UUIDPGetDatum(stream_id), Int32GetDatum(version),
					   CStringGetTextDatum(problem)};
	bool nulls[3] = {false, false, false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Checks row 'row' of SPI_tuptable against the link before it, and becomes that link. */
static void
verify_row(ReturnSetInfo *rsinfo, void *state, uint64 row)
{
	Link *link = state;
	bool isnull;
	pg_uuid_t *stream_id = DatumGetUUIDP(query_datum(row, 1, &isnull));
	int32 version = query_int4(row, 2, 0);
	char *stream_type = query_text(row, 3);
	char *event_type = query_text(row, 4);
	char *payload = query_text(row, 5);
	char *metadata = query_text(row, 6);
	TimestampTz occurred_at = DatumGetTimestampTz(query_datum(row, 7, &isnull));
	bytea *hash = DatumGetByteaPP(query_datum(row, 8, &isnull));
	uint8 expected[CHAIN_HASH_SIZE];

	if (!link->any || memcmp(link->stream_id.data, stream_id->data, UUID_LEN) != 0)
	{
		memset(link, 0, sizeof(*link));
		link->any = true;
		link->stream_id = *stream_id;
		link->occurred_at = occurred_at;
		strlcpy(link->stream_type = palloc(NAMEDATALEN * 2), stream_type, NAMEDATALEN * 2);
	}
	if (version != link->version + 1)
		report(rsinfo, stream_id, link->version + 1,
			   psprintf("version %d is missing, %d follows", link->version + 1, version));
	if (occurred_at < link->occurred_at)
		report(rsinfo, stream_id, version, "occurred before the event before it");
	if (strcmp(stream_type, link->stream_type) != 0)
		report(rsinfo, stream_id, version, "has another stream type than the stream");
	chain_event_hash(expected, version == 1 ? NULL : link->hash, stream_id, version, stream_type,
					 event_type, payload, strlen(payload), metadata, strlen(metadata), occurred_at);
	if (VARSIZE_ANY_EXHDR(hash) != CHAIN_HASH_SIZE ||
		memcmp(VARDATA_ANY(hash), expected, CHAIN_HASH_SIZE) != 0)
		report(rsinfo, stream_id, version,
			   "the hash doesn't fit: this event, or one before it, was changed");
	link->version = version;
	link->occurred_at = occurred_at;
	if (VARSIZE_ANY_EXHDR(hash) == CHAIN_HASH_SIZE)
		memcpy(link->hash, VARDATA_ANY(hash), CHAIN_HASH_SIZE);
}

static void
keep_link(void *state)
{
	Link *link = state;

	if (link->stream_type != NULL)
		link->stream_type = pstrdup(link->stream_type);
}

/* The feed with the hash that its event has now: null when there is no such event. */
static const char feed_sql[] =
	"SELECT f.stream_id, f.version, f.seq, f.hash, e.hash, f.position = e.position"
	" FROM strike.feed f LEFT JOIN strike.events e"
	" ON e.stream_id = f.stream_id AND e.version = f.version ORDER BY f.seq";

typedef struct FeedLink
{
	int64 seq;
	uint8 hash[CHAIN_HASH_SIZE]; /* as stored in the last row */
} FeedLink;

static bool
is_hash(const bytea *hash)
{
	return hash != NULL && VARSIZE_ANY_EXHDR(hash) == CHAIN_HASH_SIZE;
}

static bytea *
hash_column(uint64 row, int col)
{
	bool isnull;
	Datum value = query_datum(row, col, &isnull);

	return isnull ? NULL : DatumGetByteaPP(value);
}

static void
verify_feed_row(ReturnSetInfo *rsinfo, void *state, uint64 row)
{
	FeedLink *link = state;
	bool isnull;
	pg_uuid_t *stream_id = DatumGetUUIDP(query_datum(row, 1, &isnull));
	int32 version = query_int4(row, 2, 0);
	int64 seq = query_int8(row, 3, 0);
	bytea *hash = hash_column(row, 4);
	bytea *event_hash = hash_column(row, 5);
	uint8 expected[CHAIN_HASH_SIZE];

	if (seq != link->seq + 1)
		report(rsinfo, stream_id, version,
			   psprintf("feed: seq " INT64_FORMAT " is missing, " INT64_FORMAT " follows",
						link->seq + 1, seq));
	if (event_hash == NULL)
		report(rsinfo, stream_id, version,
			   psprintf("feed: seq " INT64_FORMAT " names an event that doesn't exist", seq));
	else if (!query_bool(row, 6, false))
		report(rsinfo, stream_id, version,
			   psprintf("feed: seq " INT64_FORMAT " has another position than its event", seq));
	if (is_hash(event_hash))
	{
		chain_feed_hash(expected, link->seq == 0 ? NULL : link->hash, seq,
						(const uint8 *) VARDATA_ANY(event_hash));
		if (!is_hash(hash) || memcmp(VARDATA_ANY(hash), expected, CHAIN_HASH_SIZE) != 0)
			report(rsinfo, stream_id, version,
				   psprintf("feed: the hash of seq " INT64_FORMAT
							" doesn't fit: it, its event, or a row before it was changed",
							seq));
	}
	link->seq = seq;
	if (is_hash(hash))
		memcpy(link->hash, VARDATA_ANY(hash), CHAIN_HASH_SIZE);
}

/* Runs verify(state, row) over the rows of a query, a bounded number in memory at once. */
static void
walk(ReturnSetInfo *rsinfo, const char *sql, int nargs, Datum *argument, const char *nulls,
	 void (*verify)(ReturnSetInfo *rsinfo, void *state, uint64 row), void (*keep)(void *state),
	 void *state)
{
	Oid types[] = {UUIDOID};
	MemoryContext rows =
		AllocSetContextCreate(CurrentMemoryContext, "strike verify", ALLOCSET_DEFAULT_SIZES);
	Portal portal = SPI_cursor_open_with_args(NULL, sql, nargs, types, argument, nulls, true, 0);

	for (;;)
	{
		MemoryContext outside;

		SPI_cursor_fetch(portal, true, FETCH);
		if (SPI_processed == 0)
			break;
		outside = MemoryContextSwitchTo(rows);
		for (uint64 row = 0; row < SPI_processed; row++)
			verify(rsinfo, state, row);
		MemoryContextSwitchTo(outside);
		if (keep != NULL)
			keep(state);
		MemoryContextReset(rows);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(rows);
}

/* strike_verify_events(stream_id uuid): a row a defect; without an argument the feed's too. */
Datum
strike_verify_events(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum argument = PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0);
	char nulls[] = {PG_ARGISNULL(0) ? 'n' : ' ', '\0'};
	Link link = {0};
	FeedLink feed = {0};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	walk(rsinfo, verify_sql, 1, &argument, nulls, verify_row, keep_link, &link);
	if (PG_ARGISNULL(0))
		walk(rsinfo, feed_sql, 0, NULL, NULL, verify_feed_row, NULL, &feed);
	SPI_finish();
	return (Datum) 0;
}
