/*
 * caller.c
 *		The caller's rights.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "ground/caller.h"
#include "ground/json.h"

PG_FUNCTION_INFO_V1(strike_caller_tenant);
PG_FUNCTION_INFO_V1(strike_caller_unrestricted);

Caller
caller_identify(void)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);
	Oid user = GetOuterUserId();
	Oid admin = get_role_oid("strike_admin", true);
	Oid worker = get_role_oid("strike_worker", true);
	Caller caller = {false, NULL};
	bool super = superuser_arg(user);

	if (claims != NULL && claims[0] != '\0')
	{
		Jsonb *parsed = json_parse(claims, -1);

		caller.tenant = parsed ? json_get_text(parsed, "tenant") : NULL;
	}
	if (user == worker || (!super && OidIsValid(admin) && has_privs_of_role(user, admin)))
		caller.unrestricted = true;
	else if (super)
		caller.unrestricted = caller.tenant == NULL;
	return caller;
}

bool
caller_sees(const Caller *caller, const char *noc_tenant, const char *osp_tenant)
{
	if (caller->unrestricted)
		return true;
	return caller->tenant != NULL &&
		   (strcmp(caller->tenant, noc_tenant) == 0 || strcmp(caller->tenant, osp_tenant) == 0);
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

/* strike_caller_unrestricted(): is the caller an administrator, not bound to a tenant? */
Datum
strike_caller_unrestricted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(caller_identify().unrestricted);
}
