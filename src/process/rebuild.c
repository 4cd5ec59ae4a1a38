/*
 * rebuild.c
 *		The C half of strike_rebuild_eco_views: orders folded anew, beside the live table.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"

#include "ground/query.h"
#include "process/subscribers.h"

PG_FUNCTION_INFO_V1(strike_project_beside);

static SqlStatement events_sql = {
	.sql = "SELECT e.stream_id, e.version, e.stream_type, e.event_type, e.payload, e.metadata,"
		   " e.occurred_at, f.seq FROM strike.events e CROSS JOIN LATERAL"
		   " (SELECT n.seq FROM strike.feed n WHERE n.position = e.position OFFSET 0) f"
		   " WHERE e.stream_id = ANY ($1) AND f.seq <= $2 ORDER BY f.seq",
	.nargs = 2,
	.argtypes = {UUIDARRAYOID, INT8OID},
};

/* project_beside(streams uuid[], upto bigint): how many orders were written */
Datum
strike_project_beside(PG_FUNCTION_ARGS)
{
	Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	StoredEvent *events;
	uint64 n;
	int orders;

	SPI_connect();
	n = query_run(&events_sql, values, NULL, 0);
	events = palloc0(sizeof(StoredEvent) * (n + 1));
	for (uint64 row = 0; row < n; row++)
	{
		StoredEvent *event = &events[row];
		bool isnull;

		(void) query_uuid(row, 1, &event->stream_id);
		event->version = query_int4(row, 2, 0);
		event->stream_type = query_text(row, 3);
		event->event_type = query_text(row, 4);
		event->payload = DatumGetJsonbPCopy(query_datum(row, 5, &isnull));
		event->metadata = DatumGetJsonbPCopy(query_datum(row, 6, &isnull));
		event->occurred_at = query_time(row, 7);
		event->seq = query_int8(row, 8, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	orders = projection_write_beside(events, (int) n);
	SPI_finish();
	PG_RETURN_INT32(orders);
}
