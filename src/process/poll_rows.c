/*
 * poll_rows.c
 *		SQL of the looks.
 *
 * A look that found nothing costs one row's UPDATE in a batch that is committed without waiting for
 * the disk: what a crash may lose of it is a time, and the order is looked at once more.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "process/poll_rows.h"

#define LOCK_WAIT "20ms"

static SqlStatement survey_sql = {
	.sql = "SELECT t.code, i.api_url, i.token_url, i.client_id, i.client_secret, i.project,"
		   " c.circuit, c.failures, c.pauses, c.open_until FROM strike.tenants t"
		   " LEFT JOIN strike.render_instances i ON i.osp_tenant = t.code"
		   " LEFT JOIN strike.render_circuits c ON c.osp_tenant = t.code WHERE t.kind = 'OSP'",
};

static SqlStatement due_sql = {
	.sql = "SELECT eco_id, job_id, next_poll_at, seen_at, found_at, quiet_until, poll_failures,"
		   " watch_lost, look_digest, missing_since FROM strike.render_process_state"
		   " WHERE osp_tenant = $1 AND next_poll_at >= $2 ORDER BY next_poll_at LIMIT $3",
	.nargs = 3,
	.argtypes = {TEXTOID, TIMESTAMPTZOID, INT4OID},
};

/* The fence is next_poll_at as it was read: every recorded look moves it. */
#define TIMES "unnest($1, $2, $3, $4, $5, $6) AS u (eco_id, was, next, seen, failures, words)"
#define SET_TIMES                                                                                  \
	"UPDATE strike.render_process_state r SET next_poll_at = u.next, seen_at = u.seen,"            \
	" poll_failures = u.failures, last_error = u.words FROM "
#define TIME_ARGTYPES                                                                              \
	{                                                                                              \
		UUIDARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, \
			TEXTARRAYOID                                                                           \
	}

static SqlStatement times_sql = {
	.sql = SET_TIMES TIMES " WHERE r.eco_id = u.eco_id AND r.next_poll_at = u.was",
	.nargs = 6,
	.argtypes = TIME_ARGTYPES,
};

static SqlStatement unlocked_times_sql = {
	.sql = SET_TIMES "(SELECT u.* FROM " TIMES ", strike.render_process_state s"
					 " WHERE s.eco_id = u.eco_id AND s.next_poll_at = u.was"
					 " FOR UPDATE OF s SKIP LOCKED) u"
					 " WHERE r.eco_id = u.eco_id RETURNING r.eco_id",
	.nargs = 6,
	.argtypes = TIME_ARGTYPES,
};

static SqlStatement bring_back_sql = {
	.sql = "UPDATE strike.render_process_state SET next_poll_at = $3 + random() * ($4 - $3)"
		   " WHERE eco_id IN (SELECT eco_id FROM strike.render_process_state"
		   " WHERE osp_tenant = $1 AND next_poll_at > $2 FOR UPDATE SKIP LOCKED)",
	.nargs = 4,
	.argtypes = {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

static SqlStatement circuit_sql = {
	.sql = "INSERT INTO strike.render_circuits (osp_tenant, circuit, failures, pauses, open_until,"
		   " last_error, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
		   " ON CONFLICT (osp_tenant) DO UPDATE SET circuit = excluded.circuit,"
		   " failures = excluded.failures, pauses = excluded.pauses,"
		   " open_until = excluded.open_until, last_error = excluded.last_error,"
		   " changed_at = excluded.changed_at",
	.nargs = 7,
	.argtypes = {TEXTOID, TEXTOID, INT4OID, INT4OID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID},
};

void
poll_rows_survey(void (*take)(const PollListed *listed))
{
	uint64 rows = query_run(&survey_sql, NULL, NULL, 0);

	for (uint64 row = 0; row < rows; row++)
	{
		PollListed listed = {.osp_tenant = query_text(row, 1)};
		char *state = query_text(row, 7);

		listed.instance.api_url = query_text(row, 2);
		listed.configured = listed.instance.api_url != NULL;
		listed.instance.client.token_url = query_text(row, 3);
		listed.instance.client.client_id = query_text(row, 4);
		listed.instance.client.client_secret = query_text(row, 5);
		listed.instance.project = query_text(row, 6);
		listed.has_circuit = state != NULL;
		listed.circuit = CIRCUIT_NEW;
		if (state != NULL)
		{
			listed.circuit.state = machine_state(&circuit_machine, state);
			listed.circuit.failures = query_int4(row, 8, 0);
			listed.circuit.pauses = query_int4(row, 9, 0);
			listed.circuit.open_until = query_time(row, 10);
		}
		take(&listed);
	}
	SPI_freetuptable(SPI_tuptable);
}

int
poll_rows_due(PollInstance *instance, int most, MemoryContext parent, bool (*take)(PollLook *look))
{
	Datum values[] = {CStringGetTextDatum(instance->osp_tenant), TimestampTzGetDatum(instance->low),
					  Int32GetDatum(most)};
	uint64 rows = query_run(&due_sql, values, NULL, most);

	for (uint64 row = 0; row < rows; row++)
	{
		MemoryContext context = AllocSetContextCreate(parent, "strike look", ALLOCSET_SMALL_SIZES);
		MemoryContext outside = MemoryContextSwitchTo(context);
		PollLook *look = palloc0(sizeof(PollLook));
		char *digest;

		look->context = context;
		look->of = instance;
		(void) query_uuid(row, 1, &look->eco_id);
		look->subsector = psprintf("ECO-%s", query_text(row, 2));
		look->due = query_time(row, 3);
		look->seen_at = query_time(row, 4);
		look->found_at = query_time(row, 5);
		look->quiet_until = query_time(row, 6);
		look->failures = query_int4(row, 7, 0);
		look->watch_lost = query_bool(row, 8, false);
		digest = query_text(row, 9);
		look->missing_since = query_time(row, 10);
		strlcpy(look->digest, digest ? digest : "", sizeof(look->digest));
		MemoryContextSwitchTo(outside);
		if (!take(look))
			MemoryContextDelete(context);
	}
	SPI_freetuptable(SPI_tuptable);
	return (int) rows;
}

static Datum
array_of(Datum *values, bool *isnull, int n, Oid type, int length, bool byval, char align)
{
	int lower = 1;

	return PointerGetDatum(
		construct_md_array(values, isnull, 1, &n, &lower, type, length, byval, align));
}

void
poll_rows_write_times(PollLook *const *looks, int n, bool waiting)
{
	Datum *column[6];
	bool *isnull[6];
	Datum arrays[6];

	for (int i = 0; i < 6; i++)
	{
		column[i] = palloc(n * sizeof(Datum));
		isnull[i] = palloc0(n * sizeof(bool));
	}
	for (int i = 0; i < n; i++)
	{
		const PollLook *look = looks[i];
		bool fine = look->trouble == POLL_FINE;
		TimestampTz seen = fine ? look->asked_at : look->seen_at;

		column[0][i] = UUIDPGetDatum(&look->eco_id);
		column[1][i] = TimestampTzGetDatum(look->due);
		column[2][i] = TimestampTzGetDatum(look->next);
		column[3][i] = TimestampTzGetDatum(seen);
		isnull[3][i] = seen == 0;
		column[4][i] = Int32GetDatum(look->failures);
		isnull[5][i] = fine;
		if (!fine)
			column[5][i] = CStringGetTextDatum(poll_trouble_words(look->trouble));
	}
	arrays[0] = array_of(column[0], isnull[0], n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR);
	for (int i = 1; i <= 3; i++)
		arrays[i] = array_of(column[i], isnull[i], n, TIMESTAMPTZOID, sizeof(TimestampTz),
							 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	arrays[4] = array_of(column[4], isnull[4], n, INT4OID, sizeof(int32), true, TYPALIGN_INT);
	arrays[5] = array_of(column[5], isnull[5], n, TEXTOID, -1, false, TYPALIGN_INT);

	(void) set_config_option("synchronous_commit", "off", PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	(void) set_config_option("lock_timeout", LOCK_WAIT, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_LOCAL,
							 true, 0, false);
	if (waiting)
	{
		(void) query_run(&times_sql, arrays, NULL, 0);
		for (int i = 0; i < n; i++)
			looks[i]->recorded = true;
		return;
	}
	(void) query_run(&unlocked_times_sql, arrays, NULL, 0);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		pg_uuid_t eco_id;

		(void) query_uuid(row, 1, &eco_id);
		for (int i = 0; i < n; i++)
			if (memcmp(&looks[i]->eco_id, &eco_id, UUID_LEN) == 0)
				looks[i]->recorded = true;
	}
}

void
poll_rows_bring_back(const PollInstance *instance, TimestampTz horizon, TimestampTz now,
					 int64 interval)
{
	Datum values[] = {CStringGetTextDatum(instance->osp_tenant), TimestampTzGetDatum(horizon),
					  TimestampTzGetDatum(now), TimestampTzGetDatum(now + interval)};

	(void) query_run(&bring_back_sql, values, NULL, 0);
}

void
poll_rows_write_circuit(const PollInstance *instance)
{
	const Circuit *circuit = &instance->circuit;
	bool fine = circuit->failures == 0 && circuit->state == CIRCUIT_CLOSED;
	Datum values[] = {CStringGetTextDatum(instance->osp_tenant),
					  CStringGetTextDatum(circuit_machine.states[circuit->state]),
					  Int32GetDatum(circuit->failures),
					  Int32GetDatum(circuit->pauses),
					  TimestampTzGetDatum(circuit->open_until),
					  (Datum) 0,
					  TimestampTzGetDatum(clock_now())};
	bool isnull[7] = {false};

	isnull[4] = circuit->open_until == 0;
	isnull[5] = fine;
	if (!fine)
		values[5] = CStringGetTextDatum(poll_trouble_words(instance->trouble));
	(void) query_run(&circuit_sql, values, isnull, 0);
}
