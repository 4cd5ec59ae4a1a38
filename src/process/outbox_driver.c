/*
 * outbox_driver.c
 *		The outbox worker: database work only.
 */
#include "postgres.h"

#include "ground/shared.h"
#include "process/driver.h"
#include "store/outbox.h"

static void
attach(int64 generation)
{
	outbox_attach();
	shared_note(WORKER_OUTBOX, "delivering events");
}

static TimestampTz
run(bool woken)
{
	return outbox_run();
}

const WorkerDriver outbox_driver = {attach, run};
