/*
 * pager_duty.c
 *		The clock on the wall of a time zone: what duty windows are compared with.
 */
#include "postgres.h"

#include "fmgr.h"
#include "pgtime.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(strike_local_time);

/*
 * local_time(at timestamptz, zone text) → timestamp; null for an unknown zone.  Unlike AT TIME ZONE
 * it raises nothing: a page must not stand still because a zone's name went away.
 */
Datum
strike_local_time(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	text *name = PG_GETARG_TEXT_PP(1);
	char buffer[TZ_STRLEN_MAX + 1];
	Timestamp local;
	struct pg_tm tm;
	pg_tz *zone;
	fsec_t fsec;
	int offset;

	if (VARSIZE_ANY_EXHDR(name) > TZ_STRLEN_MAX || TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_NULL();
	memcpy(buffer, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	buffer[VARSIZE_ANY_EXHDR(name)] = '\0';
	zone = pg_tzset(buffer);
	if (zone == NULL || timestamp2tm(at, &offset, &tm, &fsec, NULL, zone) != 0 ||
		tm2timestamp(&tm, fsec, NULL, &local) != 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(local);
}
