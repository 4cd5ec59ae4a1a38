/*
 * stream.c
 *		Replaying a stream into a state.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/memutils.h"

#include "ground/query.h"
#include "store/stream.h"

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
