/*
 * credentials.c
 *		Rows that hold a secret are checked before the server would print them.
 *
 * A row that breaks a CHECK or NOT NULL constraint is shown in the error, and the statement of any
 * error in the log: the secret with it.  So one trigger refuses such a row first and says which
 * column is wrong and why; and a statement that writes here keeps itself out of the log, whatever
 * it ends in: a foreign or a unique key, a COPY's bad line, an error further on in the same string.
 * What the server can't even parse, or doesn't allow, comes to no trigger and is logged as it stands.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "domain/credentials.h"

PG_FUNCTION_INFO_V1(strike_check_credentials);
PG_FUNCTION_INFO_V1(strike_hush_credentials);

/* For this transaction, whoever its user is. */
static void
set_here(const char *setting, const char *value)
{
	(void) set_config_option(setting, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0,
							 false);
}

/*
 * BEFORE INSERT OR UPDATE FOR EACH STATEMENT: an error logs neither the statement nor its context (a
 * COPY's line, a bound parameter).  To the transaction's end: a key may be checked as late as that.
 */
Datum
strike_hush_credentials(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		elog(ERROR, "strike_hush_credentials() is a trigger BEFORE … for each statement");
	set_here("log_min_error_statement", "panic");
	set_here("log_error_verbosity", "terse");
	return PointerGetDatum(NULL);
}

static void
refuse(const char *table, const char *column, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("invalid %s in %s", column, table),
					errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

/* BEFORE INSERT OR UPDATE FOR EACH ROW on a table that domain/credentials knows. */
Datum
strike_check_credentials(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const char *table;
	bool studio = false;
	bool flow = true;
	HeapTuple row;
	TupleDesc desc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		elog(ERROR, "strike_check_credentials() is a trigger BEFORE INSERT OR UPDATE for each row");
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	table = RelationGetRelationName(trigger->tg_relation);
	desc = RelationGetDescr(trigger->tg_relation);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		const char *hint;
		char *value = NULL;
		bool isnull;
		Datum datum;

		if (column->attisdropped)
			continue;
		datum = heap_getattr(row, i + 1, desc, &isnull);
		if (!isnull)
		{
			Oid output;
			bool varlena;

			getTypeOutputInfo(column->atttypid, &output, &varlena);
			value = OidOutputFunctionCall(output, datum);
		}
		if (value == NULL ? column->attnotnull
						  : !credential_valid(table, NameStr(column->attname), value))
		{
			hint = credential_hint(table, NameStr(column->attname));
			refuse(table, NameStr(column->attname), hint ? hint : "It must not be null.");
		}
		if (strcmp(NameStr(column->attname), "transport") == 0)
			studio = strcmp(value, "studio") == 0;
		else if (strcmp(NameStr(column->attname), "flow_sid") == 0)
			flow = value != NULL;
	}
	if (studio && !flow)
		refuse(table, "flow_sid", "With transport studio it must not be null.");
	return PointerGetDatum(row);
}
