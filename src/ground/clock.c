/*
 * clock.c
 *		Strike's time, and the SQL functions that show and advance it.
 *
 * The virtual clock is the wall clock plus an offset in shared memory.  The offset is kept in a
 * file of the data directory, so a restart doesn't set the clock back behind what has happened.
 */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"

#include "ground/clock.h"
#include "ground/settings.h"
#include "ground/shared.h"

PG_FUNCTION_INFO_V1(strike_now);
PG_FUNCTION_INFO_V1(strike_clock_shift);

#define KEPT_IN "strike_clock"
#define KEPT_NEW "strike_clock.new"
#define STEP_US INT64CONST(1000000) /* what a clock may do without being noticed */

int64
clock_kept_offset(void)
{
	long long offset = 0;
	FILE *file;

	if (!strike_virtual_clock || (file = AllocateFile(KEPT_IN, "r")) == NULL)
		return 0;
	if (fscanf(file, "%lld", &offset) != 1 || offset < 0)
		offset = 0;
	FreeFile(file);
	if (offset > 0)
		ereport(LOG, (errmsg("strike: the virtual clock is %lld s ahead", offset / 1000000)));
	return offset;
}

/* Keeps the offset as it is now; two that turn the clock at once write one after the other. */
static void
keep_offset(void)
{
	FILE *file;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	file = AllocateFile(KEPT_NEW, "w");
	if (file == NULL ||
		fprintf(file, "%lld\n", (long long) pg_atomic_read_u64(shared_clock_offset())) < 0 ||
		FreeFile(file) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not keep the virtual clock in \"%s\": %m", KEPT_NEW)));
	(void) durable_rename(KEPT_NEW, KEPT_IN, ERROR);
	LWLockRelease(AddinShmemInitLock);
}

TimestampTz
clock_now(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (strike_virtual_clock && shared_present())
		now += (int64) pg_atomic_read_u64(shared_clock_offset());
	return now;
}

int64
clock_ticks(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64CONST(1000000) + now.tv_nsec / 1000;
}

bool
clock_follows(TimestampTz *last_seen, TimestampTz now)
{
	if (*last_seen == 0 || now < *last_seen - STEP_US)
		return false;
	*last_seen = Max(*last_seen, now);
	return true;
}

long
clock_ms_until(TimestampTz due, long most_ms)
{
	TimestampTz now;

	if (due == DT_NOEND)
		return most_ms;
	now = clock_now();
	if (due <= now)
		return 0;
	if (due - now >= (int64) most_ms * 1000)
		return most_ms;
	return (long) ((due - now + 999) / 1000); /* never early */
}

Datum
strike_now(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(clock_now());
}

/*
 * strike_clock_shift(microseconds int8): the C half of strike_clock_advance.  Superuser only; adds to the offset, keeps it over a restart, and wakes every worker.  Returns the new offset.
 */
Datum
strike_clock_shift(PG_FUNCTION_ARGS)
{
	int64 shift = PG_GETARG_INT64(0);
	uint64 before;

	if (!superuser())
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("only a superuser may advance the clock")));
	if (!strike_virtual_clock || !shared_present())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the virtual clock is off"),
						errhint("Set strike.virtual_clock = on in postgresql.conf, with strike in "
								"shared_preload_libraries, and restart; never on a live system.")));
	if (shift < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the clock can't be set back"),
				 errhint("Advance it by a positive interval.")));
	before = pg_atomic_fetch_add_u64(shared_clock_offset(), (uint64) shift);
	keep_offset();
	for (int role = 0; role < WORKER_ROLES; role++)
		shared_wake(role);
	PG_RETURN_INT64((int64) before + shift);
}
