/*
 * credentials.c
 *		A table of columns and their rules.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "domain/credentials.h"

#define PHONE_DIGITS_MAX 15 /* E.164 */
#define SID_DIGITS 32

static bool
is_filled(const char *value)
{
	return value[0] != '\0';
}

static bool
is_url(const char *value)
{
	return strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0;
}

static bool
is_sid(const char *value, const char *prefix)
{
	return strncmp(value, prefix, 2) == 0 && strlen(value) == 2 + SID_DIGITS &&
		   strspn(value + 2, "0123456789abcdefABCDEF") == SID_DIGITS;
}

static bool
is_account(const char *value)
{
	return is_sid(value, "AC");
}

static bool
is_flow(const char *value)
{
	return is_sid(value, "FW");
}

static bool
is_phone(const char *value)
{
	size_t digits = value[0] == '+' ? strspn(value + 1, "0123456789") : 0;

	return digits >= 2 && digits <= PHONE_DIGITS_MAX && value[1] != '0' &&
		   value[1 + digits] == '\0';
}

static bool
is_transport(const char *value)
{
	return strcmp(value, "studio") == 0 || strcmp(value, "calls") == 0;
}

static bool
is_pace(const char *value)
{
	char *end;
	double pace = strtod(value, &end);

	/* real's own 0.01 is a little less */
	return *end == '\0' && end != value && pace >= 0.0099999 && pace <= 1000;
}

static bool
is_count(const char *value)
{
	return strtol(value, NULL, 10) > 0;
}

static const struct
{
	const char *table;
	const char *column;
	bool (*valid)(const char *value);
	const char *hint;
} rules[] = {
	{"render_instances", "osp_tenant", is_filled, "Name the contractor: a code in tenants."},
	{"render_instances", "api_url", is_url, "It begins with http:// or https://."},
	{"render_instances", "token_url", is_url, "It begins with http:// or https://."},
	{"render_instances", "client_id", is_filled, "Give the OAuth2 client's id."},
	{"render_instances", "client_secret", is_filled, "Give the OAuth2 client's secret."},
	{"render_instances", "project", is_filled, "Name the project that gets the tasks."},
	{"render_instances", "default_task_type", is_filled, "Name the type of an order's first task."},
	{"twilio_accounts", "api_url", is_url, "It begins with http:// or https://."},
	{"twilio_accounts", "studio_url", is_url, "It begins with http:// or https://."},
	{"twilio_accounts", "account_sid", is_account, "It is AC and 32 hexadecimal digits."},
	{"twilio_accounts", "auth_token", is_filled, "Give the account's primary auth token."},
	{"twilio_accounts", "from_number", is_phone, "It is E.164: + and up to 15 digits."},
	{"twilio_accounts", "flow_sid", is_flow,
	 "It is FW and 32 hexadecimal digits; null with transport calls."},
	{"twilio_accounts", "transport", is_transport, "It is studio or calls."},
	{"twilio_accounts", "calls_per_second", is_pace, "From 0.01 to 1000."},
	{"twilio_accounts", "max_calls", is_count, "More than 0, or null: no limit known."},
};

static int
rule_of(const char *table, const char *column)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].table, table) == 0 && strcmp(rules[i].column, column) == 0)
			return (int) i;
	return -1;
}

bool
credential_valid(const char *table, const char *column, const char *value)
{
	int rule = rule_of(table, column);

	return rule < 0 || rules[rule].valid(value);
}

const char *
credential_hint(const char *table, const char *column)
{
	int rule = rule_of(table, column);

	return rule < 0 ? NULL : rules[rule].hint;
}
