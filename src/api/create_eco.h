/*
 * create_eco.h
 *		Making an order, for strike_create_eco and strike_reassign_eco.
 */
#ifndef STRIKE_CREATE_ECO_H
#define STRIKE_CREATE_ECO_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

typedef struct NewOrder
{
	const char *noc_tenant;
	const char *osp_tenant;
	const char *job_type;
	const char *description;
	const Jsonb *location;			  /* GeoJSON, checked */
	const pg_uuid_t *request_id;	  /* NULL = none */
	const pg_uuid_t *reassigned_from; /* the order that this one replaces; NULL = none */
} NewOrder;

/*
 * Raises 22023 unless the tenant exists and is of that kind; returns its job_prefix or NULL.  SPI
 * connected.
 */
extern char *tenant_require(const char *code, const char *kind);

/*
 * Takes the next job number of the NOC's prefix and appends ECOCreatedEvent to the new stream; the
 * content is checked already.  Transaction open, SPI connected.
 */
extern void order_create(const pg_uuid_t *eco_id, const char *prefix, const NewOrder *order);

#endif
