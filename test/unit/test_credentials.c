/*
 * test_credentials.c
 *		What rows with a secret must look like.
 */
#include <stddef.h>

#include "domain/credentials.h"

#include "check.h"

#define HEX "0123456789abcdefABCDEF0123456789"

static bool
valid(const char *column, const char *value)
{
	return credential_valid("twilio_accounts", column, value);
}

int
main(void)
{
	CHECK("an account", valid("account_sid", "AC" HEX));
	CHECK("is AC", !valid("account_sid", "FW" HEX));
	CHECK("and 32 digits", !valid("account_sid", "AC" HEX "0") && !valid("account_sid", "AC12"));
	CHECK("all hexadecimal", !valid("account_sid", "ACx123456789abcdefABCDEF0123456789"));
	CHECK("a flow", valid("flow_sid", "FW" HEX) && !valid("flow_sid", "AC" HEX));
	CHECK("a number", valid("from_number", "+15125550100") && valid("from_number", "+12"));
	CHECK("with +", !valid("from_number", "15125550100"));
	CHECK("not from 0 on", !valid("from_number", "+05125550100"));
	CHECK("at most 15 digits",
		  valid("from_number", "+123456789012345") && !valid("from_number", "+1234567890123456"));
	CHECK("and nothing else",
		  !valid("from_number", "+1512 5550100") && !valid("from_number", "+1"));
	CHECK("a token", valid("auth_token", "x") && !valid("auth_token", ""));
	CHECK("a transport", valid("transport", "studio") && valid("transport", "calls") &&
							 !valid("transport", "smoke"));
	CHECK("a pace", valid("calls_per_second", "0.01") && valid("calls_per_second", "1000") &&
						!valid("calls_per_second", "0") && !valid("calls_per_second", "1001") &&
						!valid("calls_per_second", "NaN"));
	CHECK("a number of calls", valid("max_calls", "1") && !valid("max_calls", "0"));
	CHECK("a URL", valid("api_url", "https://x") && valid("studio_url", "http://x") &&
					   !valid("api_url", "ftp://x") && !valid("api_url", ""));
	CHECK("a secret of the work system",
		  credential_valid("render_instances", "client_secret", "x") &&
			  !credential_valid("render_instances", "client_secret", ""));
	CHECK("other columns have no rule", valid("osp_tenant", "") && credential_valid("x", "y", ""));
	CHECK("each rule says what is wanted", credential_hint("twilio_accounts", "flow_sid") != NULL &&
											   credential_hint("x", "y") == NULL);
	return checks_done();
}
