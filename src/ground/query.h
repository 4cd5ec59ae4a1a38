/*
 * query.h
 *		Named SQL statements with a plan kept per backend.  SQL text stands in one place at the
 *		top of the file that uses it; values always go in as parameters; names are qualified
 *		with the schema.
 */
#ifndef STRIKE_QUERY_H
#define STRIKE_QUERY_H

#include "executor/spi.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define QUERY_MAX_ARGS 32

typedef struct SqlStatement
{
	const char *sql;
	int nargs;
	Oid argtypes[QUERY_MAX_ARGS];
	SPIPlanPtr plan; /* filled at first use */
} SqlStatement;

/*
 * Runs the statement; SPI must be connected.  nulls may be NULL (none).  'limit' 0 = all rows.
 * Returns SPI_processed; rows are in SPI_tuptable.  Errors pass through as raised.
 */
extern uint64 query_run(SqlStatement *q, const Datum *values, const bool *nulls, long limit);

/* The same with the caller's snapshot and no writes (for reports in STABLE functions). */
extern uint64 query_read(SqlStatement *q, const Datum *values, const bool *nulls, long limit);

/* The same as a cursor, for SPI_cursor_fetch() and SPI_cursor_close(): rows without a bound. */
extern Portal query_open(SqlStatement *q, const Datum *values, const bool *nulls);

/*
 * Pushes a snapshot that sees all that is committed now and the transaction's own writes, for
 * query_read(); pop it with PopActiveSnapshot().
 */
extern void query_push_snapshot(void);

/* Column 'col' (1-based) of row 'row' of SPI_tuptable; the copies live in the caller's context. */
extern Datum query_datum(uint64 row, int col, bool *isnull);
extern char *query_text(uint64 row, int col); /* NULL if null; text and types with output */
extern int32 query_int4(uint64 row, int col, int32 if_null);
extern int64 query_int8(uint64 row, int col, int64 if_null);
extern bool query_bool(uint64 row, int col, bool if_null);
extern TimestampTz query_time(uint64 row, int col);			 /* 0 if null */
extern bool query_uuid(uint64 row, int col, pg_uuid_t *out); /* false, untouched, if null */

#endif
