/*
 * eco_row.h
 *		What commands share: the order that the caller may see, and the row that is returned.
 */
#ifndef STRIKE_ECO_ROW_H
#define STRIKE_ECO_ROW_H

#include "fmgr.h"

#include "ground/errcodes.h"
#include "process/eco_view.h"

/*
 * Loads the order; PT404 when there is none or the caller's tenant has no part in it.  SPI
 * connected.
 */
extern void eco_require(const pg_uuid_t *eco_id, EcoView *view);

/* A row of type strike.eco, in 'context'; SPI connected. */
extern Datum eco_row(FunctionCallInfo fcinfo, MemoryContext context, const EcoView *view);

/* Argument i as text; 22023 when it is null, or blank if 'filled'. */
extern char *text_argument(FunctionCallInfo fcinfo, int i, const char *name, bool filled);

#endif
