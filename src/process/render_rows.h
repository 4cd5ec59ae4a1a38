/*
 * render_rows.h
 *		The Render process manager's row in memory: locked, changed by its table, written back.
 */
#ifndef STRIKE_RENDER_ROWS_H
#define STRIKE_RENDER_ROWS_H

#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "domain/render_process.h"

#define RENDER_MARGIN_US                                                                           \
	INT64CONST(2000000) /* beyond strike.render_timeout nothing is on the wire */

typedef struct RenderRow
{
	pg_uuid_t eco_id;
	RenderState status;
	int32 attempt;
	TimestampTz next_attempt_at; /* 0 = none, like all times here */
	TimestampTz give_up_at;
	TimestampTz sent_at;
	TimestampTz settle_at;
	int64 claim; /* 0 = none */
	char *last_error;
	char *project_task_id;
} RenderRow;

/* Locks and reads the row; false when there is none.  Transaction open, SPI connected. */
extern bool render_row_lock(const pg_uuid_t *eco_id, RenderRow *row);

extern void render_row_write(const RenderRow *row, TimestampTz now);

/*
 * Takes the table's step for 'event' and does what goes with it: times, and the change of the
 * order's own status (TASKED with task_id, FAILED with 'words').  retry_after_s < 0 = unsaid.
 * The row is written.  Returns the step; a refusal changes nothing.
 */
extern const Step *render_row_step(RenderRow *row, RenderEvent event, const char *task_id,
								   const char *words, int retry_after_s, const pg_uuid_t *instance);

#endif
