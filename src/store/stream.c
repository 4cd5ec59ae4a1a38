/*
 * stream.c
 *		Replaying streams into a state.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "ground/query.h"
#include "store/stream.h"

#define REPLAY_CHUNK 200 /* rows fetched at once: bounds memory on long streams */

/* OFFSET 0 keeps the look into the feed a look-up by index, whatever the statistics say. */
static SqlStatement replay_sql = {
	.sql = "SELECT e.stream_id, e.version, e.stream_type, e.event_type, e.payload, e.metadata,"
		   " e.occurred_at FROM strike.events e LEFT JOIN LATERAL"
		   " (SELECT n.seq FROM strike.feed n WHERE n.position = e.position OFFSET 0) f ON true"
		   " WHERE e.stream_id = ANY ($1) AND e.occurred_at <= $2"
		   " ORDER BY f.seq NULLS LAST, e.position",
	.nargs = 2,
	.argtypes = {UUIDARRAYOID, TIMESTAMPTZOID},
};

static SqlStatement begun_sql = {
	.sql = "SELECT FROM strike.events WHERE stream_id = $1 AND version = 1 AND occurred_at <= $2",
	.nargs = 2,
	.argtypes = {UUIDOID, TIMESTAMPTZOID},
};

/* One row of replay_sql, copied into the current memory context. */
static StoredEvent
event_of(uint64 row)
{
	StoredEvent event = {0};
	bool isnull;

	(void) query_uuid(row, 1, &event.stream_id);
	event.version = query_int4(row, 2, 0);
	event.stream_type = query_text(row, 3);
	event.event_type = query_text(row, 4);
	event.payload = DatumGetJsonbPCopy(query_datum(row, 5, &isnull));
	event.metadata = DatumGetJsonbPCopy(query_datum(row, 6, &isnull));
	event.occurred_at = query_time(row, 7);
	return event;
}

void
streams_replay(const pg_uuid_t *ids, int n, TimestampTz as_of,
			   void (*fold)(void *state, const StoredEvent *event), void *state)
{
	MemoryContext chunk =
		AllocSetContextCreate(CurrentMemoryContext, "strike replay", ALLOCSET_DEFAULT_SIZES);
	Datum *keys = palloc(n * sizeof(Datum));
	Datum values[2];
	Portal rows;

	for (int i = 0; i < n; i++)
		keys[i] = UUIDPGetDatum(&ids[i]);
	values[0] = PointerGetDatum(construct_array(keys, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
	values[1] = TimestampTzGetDatum(as_of);
	rows = query_open(&replay_sql, values, NULL);
	for (;;)
	{
		SPITupleTable *table;
		uint64 fetched;

		SPI_cursor_fetch(rows, true, REPLAY_CHUNK);
		table = SPI_tuptable;
		fetched = SPI_processed;
		for (uint64 row = 0; row < fetched; row++)
		{
			MemoryContext outside = MemoryContextSwitchTo(chunk);
			StoredEvent event;

			SPI_tuptable = table; /* fold may have run statements of its own */
			event = event_of(row);
			MemoryContextSwitchTo(outside);
			fold(state, &event);
			MemoryContextReset(chunk);
		}
		SPI_freetuptable(table);
		if (fetched < REPLAY_CHUNK)
			break;
	}
	SPI_cursor_close(rows);
	MemoryContextDelete(chunk);
}

bool
stream_begun(const pg_uuid_t *id, TimestampTz as_of)
{
	Datum values[] = {UUIDPGetDatum(id), TimestampTzGetDatum(as_of)};

	return query_read(&begun_sql, values, NULL, 1) > 0;
}
