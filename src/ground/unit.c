/*
 * unit.c
 *		A worker's unit of work.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "replication/syncrep.h"
#include "replication/walsender.h"
#include "replication/walsender_private.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "ground/unit.h"

static bool commit_confirmed = true;
static bool extension_gone = false;

bool
unit_is_transient(int sqlstate)
{
	switch (sqlstate)
	{
		case ERRCODE_LOCK_NOT_AVAILABLE:
		case ERRCODE_QUERY_CANCELED:
		case ERRCODE_T_R_DEADLOCK_DETECTED:
		case ERRCODE_T_R_SERIALIZATION_FAILURE:
		case ERRCODE_ADMIN_SHUTDOWN:
		case ERRCODE_CRASH_SHUTDOWN:
		case ERRCODE_CANNOT_CONNECT_NOW:
			return true;
		default:
			return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_INSUFFICIENT_RESOURCES;
	}
}

/*
 * A cancelled wait for a synchronous standby commits locally with a mere WARNING.  So the
 * standbys' flushed position is asked after the commit: behind it = confirmed.
 */
static bool
standbys_have_it(void)
{
	XLogRecPtr flushed;

	if (!SyncRepRequested() || SyncRepStandbyNames == NULL || SyncRepStandbyNames[0] == 0)
		return true;
	LWLockAcquire(SyncRepLock, LW_SHARED);
	flushed = WalSndCtl->lsn[SYNC_REP_WAIT_FLUSH];
	LWLockRelease(SyncRepLock);
	return XactLastCommitEnd <= flushed;
}

bool
unit_commit_confirmed(void)
{
	return commit_confirmed;
}

void
unit_commit_lazily(void)
{
	(void) set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

Oid
unit_extension(void)
{
	MemoryContext outside = CurrentMemoryContext;
	Oid oid;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	oid = get_extension_oid("strike", true);
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(outside);
	return oid;
}

bool
unit_extension_gone(void)
{
	return extension_gone;
}

static bool
misses_an_object(int sqlstate)
{
	return sqlstate == ERRCODE_UNDEFINED_TABLE || sqlstate == ERRCODE_UNDEFINED_SCHEMA ||
		   sqlstate == ERRCODE_UNDEFINED_FUNCTION || sqlstate == ERRCODE_UNDEFINED_OBJECT;
}

UnitResult
unit_run(const char *what, void (*fn)(void *arg), void *arg, UnitError *err)
{
	MemoryContext outside = CurrentMemoryContext;
	volatile UnitResult result = UNIT_DONE;
	ErrorData *volatile error = NULL;

	Assert(!IsTransactionState());
	pgstat_report_activity(STATE_RUNNING, what);
	PG_TRY();
	{
		SetCurrentStatementStartTimestamp();
		StartTransactionCommand();
		PushActiveSnapshot(GetTransactionSnapshot());
		SPI_connect();
		fn(arg);
		SPI_finish();
		PopActiveSnapshot();

		CommitTransactionCommand();
		commit_confirmed = standbys_have_it();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(outside);
		error = CopyErrorData();
		FlushErrorState();
		AbortCurrentTransaction();
		result = unit_is_transient(error->sqlerrcode) ? UNIT_RETRY : UNIT_FAILED;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(outside);
	if (error != NULL)
	{
		if (err != NULL)
		{
			err->sqlstate = error->sqlerrcode;
			strlcpy(err->message, error->message ? error->message : "", sizeof(err->message));
		}
		if (misses_an_object(error->sqlerrcode) && !OidIsValid(unit_extension()))
		{
			extension_gone = true;
			result = UNIT_RETRY;
		}
		else if (result == UNIT_FAILED)
			ereport(LOG, (errcode(error->sqlerrcode),
						  errmsg("strike: %s failed: %s", what, error->message)));
		FreeErrorData(error);
	}
	MemoryContextSwitchTo(outside);
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
	return result;
}
