/*
 * render_calls.h
 *		The Render worker's requests: a task posted, the list asked; and what is recorded of the
 *		answers.  No transaction is open while one is under way.
 */
#ifndef STRIKE_RENDER_CALLS_H
#define STRIKE_RENDER_CALLS_H

#include "utils/uuid.h"

/* Once after connecting. */
extern void render_calls_attach(int64 generation);

extern bool render_calls_under_way(const pg_uuid_t *eco_id);

/*
 * Does what is due for the order: commits the intent (or the giving up), then sends the request.
 * Units of work of its own.
 */
extern void render_calls_begin(const pg_uuid_t *eco_id);

#endif
