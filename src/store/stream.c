/*
 * stream.c
 *		Reading streams: replay into a state, and verification of the chains.
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
#include "store/stream.h"

PG_FUNCTION_INFO_V1(strike_verify_events);

#define REPLAY_CHUNK 200 /* rows fetched at once: bounds memory on long streams */

static SqlStatement replay_sql = {
	.sql = "SELECT version, stream_type, event_type, payload, metadata, occurred_at"
		   " FROM strike.events"
		   " WHERE stream_id = $1 AND version > $2 AND occurred_at <= $3"
		   " ORDER BY version LIMIT $4",
	.nargs = 4,
	.argtypes = {UUIDOID, INT4OID, TIMESTAMPTZOID, INT4OID},
};

int32
stream_replay(const pg_uuid_t *stream_id, int32 after, TimestampTz as_of,
			  void (*fold)(void *state, const StoredEvent *event), void *state)
{
	MemoryContext chunk =
		AllocSetContextCreate(CurrentMemoryContext, "strike replay", ALLOCSET_DEFAULT_SIZES);
	uint64 rows;

	do
	{
		Datum values[] = {UUIDPGetDatum(stream_id), Int32GetDatum(after),
						  TimestampTzGetDatum(as_of), Int32GetDatum(REPLAY_CHUNK)};
		SPITupleTable *table;

		rows = query_read(&replay_sql, values, NULL, 0);
		table = SPI_tuptable;
		for (uint64 row = 0; row < rows; row++)
		{
			MemoryContext outside = MemoryContextSwitchTo(chunk);
			StoredEvent event = {0};
			bool isnull;

			SPI_tuptable = table; /* fold may have run statements of its own */
			event.stream_id = *stream_id;
			event.version = query_int4(row, 1, 0);
			event.stream_type = query_text(row, 2);
			event.event_type = query_text(row, 3);
			event.payload = DatumGetJsonbPCopy(query_datum(row, 4, &isnull));
			event.metadata = DatumGetJsonbPCopy(query_datum(row, 5, &isnull));
			event.occurred_at = DatumGetTimestampTz(query_datum(row, 6, &isnull));
			after = event.version;
			MemoryContextSwitchTo(outside);
			fold(state, &event);
			MemoryContextReset(chunk);
		}
		SPI_freetuptable(table);
	} while (rows == REPLAY_CHUNK);
	MemoryContextDelete(chunk);
	return after;
}

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
verify_row(ReturnSetInfo *rsinfo, Link *link, uint64 row)
{
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

/* strike_verify_events(stream_id uuid): a row a defect. */
Datum
strike_verify_events(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum argument = PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0);
	char nulls[] = {PG_ARGISNULL(0) ? 'n' : ' ', '\0'};
	Oid types[] = {UUIDOID};
	MemoryContext row_context;
	Portal portal;
	Link link = {0};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	row_context =
		AllocSetContextCreate(CurrentMemoryContext, "strike verify", ALLOCSET_DEFAULT_SIZES);
	portal = SPI_cursor_open_with_args(NULL, verify_sql, 1, types, &argument, nulls, true, 0);
	for (;;)
	{
		MemoryContext outside;

		SPI_cursor_fetch(portal, true, 1000);
		if (SPI_processed == 0)
			break;
		outside = MemoryContextSwitchTo(row_context);
		for (uint64 row = 0; row < SPI_processed; row++)
			verify_row(rsinfo, &link, row);
		MemoryContextSwitchTo(outside);
		link.stream_type = pstrdup(link.stream_type);
		MemoryContextReset(row_context);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}
