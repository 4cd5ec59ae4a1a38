/*
 * caller.h
 *		Who calls: the role outside SECURITY DEFINER functions, and the JWT's tenant.
 */
#ifndef STRIKE_CALLER_H
#define STRIKE_CALLER_H

typedef struct Caller
{
	bool unrestricted;	/* superuser or strike_admin (and no tenant claimed), or a worker */
	const char *tenant; /* the token's; NULL = none, and then nothing is visible */
	bool as_noc;		/* the tenant counts as an order's NOC: for operators */
	bool as_osp;		/* as its OSP: for contractors.  A role that doesn't fit sees nothing */
} Caller;

/* Needs a transaction (catalogs are read). */
extern Caller caller_identify(void);

/* May the caller see an order of these two tenants? */
extern bool caller_sees(const Caller *caller, const char *noc_tenant, const char *osp_tenant);

#endif
