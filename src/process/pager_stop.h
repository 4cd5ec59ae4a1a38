/*
 * pager_stop.h
 *		Ending an order's calls and pages: somebody accepted, took over, or canceled.
 */
#ifndef STRIKE_PAGER_STOP_H
#define STRIKE_PAGER_STOP_H

#include "process/pager_rows.h"

/* What the order's pages are, read with all of them locked until the transaction ends. */
typedef struct Pages
{
	int32 last_run_no; /* 0 = none */
	int32 epoch;	   /* of the last one, 1 if none */
	bool open;		   /* one isn't completed */
	pg_uuid_t open_run;
	bool accepted;	 /* in this epoch */
	bool taken_over; /* the last one's outcome */
} Pages;

/* Waits for other transactions that change the order's runs.  Transaction open, SPI connected. */
extern Pages pager_lock(const pg_uuid_t *eco_id);

/*
 * Cancels the order's live attempts but 'except' (NULL = none), and has them ended at the provider.
 * The runs are locked; 'written' (may be NULL) is a run whose version the caller has raised already.
 */
extern void pager_end_calls(const pg_uuid_t *eco_id, const pg_uuid_t *except,
							const pg_uuid_t *written, const char *reason, const char *actor);

/* Ends calls and the open run, if there is one, with that outcome.  The runs are locked. */
extern void pager_stop(const pg_uuid_t *eco_id, const Pages *pages, const char *outcome,
					   const char *reason, const char *actor);

#endif
