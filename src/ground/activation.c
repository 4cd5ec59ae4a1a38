/*
 * activation.c
 *		May this server act?
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "ground/activation.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/shared.h"

PG_FUNCTION_INFO_V1(strike_activation_key);
PG_FUNCTION_INFO_V1(strike_live_host);
PG_FUNCTION_INFO_V1(strike_wake);
PG_FUNCTION_INFO_V1(strike_warn_without_worker);

static SqlStatement present_sql = {
	.sql = "SELECT FROM strike.activation"
		   " WHERE system_identifier = $1 AND database_oid = $2",
	.nargs = 2,
	.argtypes = {INT8OID, OIDOID},
};

bool
activation_present(const char **why)
{
	Datum values[] = {Int64GetDatum((int64) GetSystemIdentifier()), ObjectIdGetDatum(MyDatabaseId)};

	*why = NULL;
	if (RecoveryInProgress())
		*why = "the server is a standby";
	else if (query_run(&present_sql, values, NULL, 1) == 0)
		*why =
			"not activated: run SELECT strike.strike_activate() once, if this installation shall "
			"act";
	return *why == NULL;
}

/* Is this host one of strike.live_hosts (or is any)? */
static bool
host_is_live(char *host, size_t size)
{
	char *copy = pstrdup(strike_live_hosts);
	List *names;
	ListCell *cell;

	if (gethostname(host, size) != 0)
		strlcpy(host, "unknown", size);
	host[size - 1] = '\0';
	if (copy[0] == '\0')
		return true;
	if (!SplitGUCList(copy, ',', &names))
		return false;
	foreach (cell, names)
		if (pg_strcasecmp(lfirst(cell), host) == 0)
			return true;
	return false;
}

bool
effects_allowed(const char **why)
{
	static char words[256];
	char host[128];

	if (!activation_present(why))
		return false;
	if (!strike_enabled)
		*why = "paused: strike.enabled is off";
	else if (!host_is_live(host, sizeof(host)))
	{
		snprintf(words, sizeof(words), "host %s is not in strike.live_hosts", host);
		*why = words;
	}
	return *why == NULL;
}

/* strike_activation_key(): the cluster's system identifier, the row's half that pg_dump can't move. */
Datum
strike_activation_key(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) GetSystemIdentifier());
}

/* strike_live_host(): this host's name when effects are allowed on it, else null. */
Datum
strike_live_host(PG_FUNCTION_ARGS)
{
	char host[128];

	if (!host_is_live(host, sizeof(host)))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(host));
}

/* strike_wake(worker text): wakes a worker (or the launcher, to look for the extension) at commit. */
Datum
strike_wake(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	for (int role = 0; role < WORKER_ROLES; role++)
		if (strcmp(worker_role_names[role], name) == 0)
		{
			shared_wake_at_commit(role);
			PG_RETURN_VOID();
		}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown worker \"%s\"", name),
					errhint("Workers are outbox, render and pager; launcher looks for them.")));
}

void
activation_warn_without_worker(void)
{
	char *database = get_database_name(MyDatabaseId);

	if (!shared_present())
		ereport(WARNING,
				(errmsg("no worker runs: nobody will be called"),
				 errhint("Add strike to shared_preload_libraries and restart the server.")));
	else if (database == NULL || strcmp(database, strike_database) != 0)
		ereport(WARNING,
				(errmsg("no worker serves database \"%s\": nobody will be called", database),
				 errhint("The workers serve \"%s\" (strike.database).", strike_database)));
}

Datum
strike_warn_without_worker(PG_FUNCTION_ARGS)
{
	activation_warn_without_worker();
	PG_RETURN_VOID();
}
