/*
 * driver.h
 *		What a worker of the loop is: the process room's side of src/worker/loop.c.
 */
#ifndef STRIKE_DRIVER_H
#define STRIKE_DRIVER_H

#include "datatype/timestamp.h"

typedef struct WorkerDriver
{
	/*
	 * Once after connecting, no transaction open.  'generation' is this worker's claim: rows
	 * under way that carry another one have a dead owner and are settled.
	 */
	void (*attach)(int64 generation);

	/*
	 * Does what is due, in units of work of its own, starts HTTP requests between them (never
	 * inside one), and returns the next due time on Strike's clock (DT_NOEND = none).  Called
	 * whenever the latch is set, the due time or the safety poll has come (woken), or when a
	 * request has finished (not woken: nothing need be due).  Bounded: returns now-due (0) rather
	 * than work longer than about 100 ms.
	 */
	TimestampTz (*run)(bool woken);
} WorkerDriver;

extern const WorkerDriver outbox_driver; /* process/outbox_driver.c */
extern const WorkerDriver render_driver; /* process/render_driver.c */
extern const WorkerDriver pager_driver;	 /* process/pager_driver.c */

#endif
