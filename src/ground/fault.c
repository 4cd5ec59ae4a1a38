/*
 * fault.c
 *		Fault points: in test builds only.
 */
#include "postgres.h"

#include "ground/fault.h"

#ifdef STRIKE_FAULT_POINTS

#include <signal.h>
#include <unistd.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/latch.h"
#include "utils/guc.h"

static char *strike_fault;

void
fault_define(void)
{
	DefineCustomStringVariable("strike.fault", "Test builds only: point:action.", NULL,
							   &strike_fault, "", PGC_SUSET, 0, NULL, NULL, NULL);
}

/* A test that wants a fault sees in the log that it took place. */
static void
tell(const char *name, const char *action)
{
	ereport(LOG, (errmsg("fault point %s: %s", name, action), errhidestmt(true)));
}

/* Is the setting "name:action"? */
static bool
set_to(const char *name, const char *action)
{
	size_t length = strlen(name);

	return strike_fault != NULL && strncmp(strike_fault, name, length) == 0 &&
		   strike_fault[length] == ':' && strcmp(strike_fault + length + 1, action) == 0;
}

bool
fault_skip(const char *name)
{
	return set_to(name, "skip");
}

void
fault_point(const char *name)
{
	bool paused = false;

	if (set_to(name, "crash"))
	{
		tell(name, "crash");
		kill(MyProcPid, SIGKILL);
	}
	if (set_to(name, "error"))
		ereport(ERROR, (errmsg("fault point %s: error", name)));
	while (set_to(name, "pause"))
	{
		if (!paused)
			tell(name, "pause");
		paused = true;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 50,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
	}
}

#endif
