/*
 * caller.c
 *		The caller's rights.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/supportnodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "ground/caller.h"
#include "ground/json.h"

PG_FUNCTION_INFO_V1(strike_caller_tenant);
PG_FUNCTION_INFO_V1(strike_caller_noc);
PG_FUNCTION_INFO_V1(strike_caller_osp);
PG_FUNCTION_INFO_V1(strike_caller_unrestricted);
PG_FUNCTION_INFO_V1(strike_caller_unbound);
PG_FUNCTION_INFO_V1(strike_caller_unbound_support);

/*
 * The tenant of these claims, NULL if they have none.  Row security asks for each row, so the last
 * claims are remembered with their answer; it lives until other claims are asked about.
 */
static const char *
tenant_of(const char *claims)
{
	static char *asked = NULL;
	static char *tenant = NULL;
	MemoryContext caller;
	Jsonb *parsed;

	if (asked != NULL && strcmp(asked, claims) == 0)
		return tenant;
	parsed = json_parse(claims, -1);
	caller = MemoryContextSwitchTo(TopMemoryContext);
	if (asked != NULL)
		pfree(asked);
	if (tenant != NULL)
		pfree(tenant);
	asked = tenant = NULL;
	tenant = parsed ? json_get_text(parsed, "tenant") : NULL;
	asked = pstrdup(claims);
	MemoryContextSwitchTo(caller);
	return tenant;
}

Caller
caller_identify(void)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);
	Oid user = GetOuterUserId();
	Oid admin = get_role_oid("strike_admin", true);
	Oid worker = get_role_oid("strike_worker", true);
	Oid operator= get_role_oid("strike_operator", true);
	Oid contractor = get_role_oid("strike_contractor", true);
	bool super = superuser_arg(user);
	Caller caller = {false, NULL, super, super};

	if (claims != NULL && claims[0] != '\0')
		caller.tenant = tenant_of(claims);
	if (user == worker || (!super && OidIsValid(admin) && has_privs_of_role(user, admin)))
		caller.unrestricted = true;
	else if (super)
		caller.unrestricted = caller.tenant == NULL;
	if (!super && OidIsValid(operator))
		caller.as_noc = has_privs_of_role(user, operator);
	if (!super && OidIsValid(contractor))
		caller.as_osp = has_privs_of_role(user, contractor);
	return caller;
}

bool
caller_sees(const Caller *caller, const char *noc_tenant, const char *osp_tenant)
{
	if (caller->unrestricted)
		return true;
	return caller->tenant != NULL && ((caller->as_noc && strcmp(caller->tenant, noc_tenant) == 0) ||
									  (caller->as_osp && strcmp(caller->tenant, osp_tenant) == 0));
}

/* strike_caller_tenant(): the token's tenant, null if there is none. */
Datum
strike_caller_tenant(PG_FUNCTION_ARGS)
{
	Caller caller = caller_identify();

	if (caller.tenant == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(caller.tenant));
}

static Datum
tenant_if(FunctionCallInfo fcinfo, const char *tenant, bool fits)
{
	if (tenant == NULL || !fits)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(tenant));
}

/* strike_caller_noc(): the token's tenant for a role that acts for a NOC, else null. */
Datum
strike_caller_noc(PG_FUNCTION_ARGS)
{
	Caller caller = caller_identify();

	return tenant_if(fcinfo, caller.tenant, caller.as_noc);
}

/* strike_caller_osp(): the token's tenant for a role that acts for a contractor, else null. */
Datum
strike_caller_osp(PG_FUNCTION_ARGS)
{
	Caller caller = caller_identify();

	return tenant_if(fcinfo, caller.tenant, caller.as_osp);
}

/* strike_caller_unrestricted(): is the caller an administrator, not bound to a tenant? */
Datum
strike_caller_unrestricted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(caller_identify().unrestricted);
}

static bool
unbound(void)
{
	return GetUserId() == get_role_oid("strike_owner", true) || caller_identify().unrestricted;
}

/*
 * caller_unbound(): does row security let this caller pass?  Also inside our SECURITY DEFINER
 * functions, which check the tenant themselves.
 */
Datum
strike_caller_unbound(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(unbound());
}

/*
 * Tells the planner all or nothing.  Its guess for an unknown condition, a third of the table,
 * would tell a tenant how many rows the others have (PostgREST's Prefer: count=planned).
 */
Datum
strike_caller_unbound_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSelectivity))
		PG_RETURN_POINTER(NULL);
	((SupportRequestSelectivity *) request)->selectivity = unbound() ? 1.0 : 0.0;
	PG_RETURN_POINTER(request);
}
