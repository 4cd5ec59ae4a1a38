/*
 * query.c
 *		Named SQL statements with plans kept for the life of the backend.
 *
 * A kept plan survives DROP and CREATE EXTENSION: the plan cache analyses the text again when
 * an object it depends on is gone.
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/snapmgr.h"

#include "ground/query.h"

/* Prepares the statement if need be; fills the flags that SPI wants for nulls. */
static void
prepare(SqlStatement *q, const bool *nulls, char *flags)
{
	Assert(q->nargs <= QUERY_MAX_ARGS);
	if (q->plan == NULL)
	{
		SPIPlanPtr plan = SPI_prepare(q->sql, q->nargs, q->argtypes);

		if (plan == NULL)
			elog(ERROR, "could not prepare statement: %s", SPI_result_code_string(SPI_result));
		if (SPI_keepplan(plan) != 0)
			elog(ERROR, "could not keep statement");
		q->plan = plan;
	}
	for (int i = 0; i < q->nargs; i++)
		flags[i] = (nulls != NULL && nulls[i]) ? 'n' : ' ';
}

static uint64
run(SqlStatement *q, const Datum *values, const bool *nulls, long limit, bool read_only)
{
	char flags[QUERY_MAX_ARGS];
	int code;

	prepare(q, nulls, flags);
	code = SPI_execute_plan(q->plan, (Datum *) values, flags, read_only, limit);
	if (code < 0)
		elog(ERROR, "could not run statement: %s", SPI_result_code_string(code));
	return SPI_processed;
}

uint64
query_run(SqlStatement *q, const Datum *values, const bool *nulls, long limit)
{
	return run(q, values, nulls, limit, false);
}

uint64
query_read(SqlStatement *q, const Datum *values, const bool *nulls, long limit)
{
	return run(q, values, nulls, limit, true);
}

Portal
query_open(SqlStatement *q, const Datum *values, const bool *nulls)
{
	char flags[QUERY_MAX_ARGS];
	Portal rows;

	prepare(q, nulls, flags);
	rows = SPI_cursor_open(NULL, q->plan, (Datum *) values, flags, true);
	if (rows == NULL)
		elog(ERROR, "could not open a cursor: %s", SPI_result_code_string(SPI_result));
	return rows;
}

void
query_push_snapshot(void)
{
	PushCopiedSnapshot(GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
}

Datum
query_datum(uint64 row, int col, bool *isnull)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	Form_pg_attribute attribute = TupleDescAttr(desc, col - 1);
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], desc, col, isnull);

	if (*isnull)
		return (Datum) 0;
	return datumCopy(value, attribute->attbyval, attribute->attlen);
}

char *
query_text(uint64 row, int col)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, col);
}

int32
query_int4(uint64 row, int col, int32 if_null)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, col, &isnull);

	return isnull ? if_null : DatumGetInt32(value);
}

int64
query_int8(uint64 row, int col, int64 if_null)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, col, &isnull);

	return isnull ? if_null : DatumGetInt64(value);
}

bool
query_bool(uint64 row, int col, bool if_null)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, col, &isnull);

	return isnull ? if_null : DatumGetBool(value);
}

TimestampTz
query_time(uint64 row, int col)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, col, &isnull);

	return isnull ? 0 : DatumGetTimestampTz(value);
}

bool
query_uuid(uint64 row, int col, pg_uuid_t *out)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, col, &isnull);

	if (!isnull)
		*out = *DatumGetUUIDP(value);
	return !isnull;
}
