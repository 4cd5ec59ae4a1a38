/*
 * parked.c
 *		Parking, retrying and freeing deliveries.
 *
 * Trouble that is nobody's fault (a lock, a cancel, resources) counts no attempt and is tried
 * again soon.  An error counts, waits longer each time, and after DEAD_AFTER attempts is dead
 * until strike_redrive(), except for subscribers that are never dead.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/unit.h"
#include "store/parked.h"

#define DEAD_AFTER 12
#define HELD_US INT64CONST(200000)
#define BACKOFF_FIRST_US INT64CONST(1000000)
#define BACKOFF_MOST_US INT64CONST(300000000)
#define NEVER_DEAD_MOST_US INT64CONST(15000000)
#define ERROR_TEXT_MAX 500
#define EVENTS_PER_RETRY 200

static SqlStatement load_sql = {
	.sql = "SELECT subscriber, stream_id FROM strike.delivery_failure",
};

static SqlStatement park_sql = {
	.sql = "INSERT INTO strike.delivery_failure"
		   " (subscriber, stream_id, version, attempts, last_error, next_attempt_at, dead)"
		   " VALUES ($1, $2, $3, $4, $5, $6, false)",
	.nargs = 6,
	.argtypes = {TEXTOID, UUIDOID, INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID},
};

static SqlStatement due_sql = {
	.sql = "SELECT subscriber, stream_id, version, attempts FROM strike.delivery_failure"
		   " WHERE NOT dead AND subscriber = ANY ($2)"
		   /* further ahead than it is ever put off: the clock was set back meanwhile */
		   " AND (next_attempt_at <= $1 OR next_attempt_at > $3"
		   " OR (next_attempt_at > $4 AND subscriber = ANY ($5)))"
		   " ORDER BY next_attempt_at LIMIT 1",
	.nargs = 5,
	.argtypes = {TIMESTAMPTZOID, TEXTARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID},
};

static SqlStatement next_sql = {
	.sql = "SELECT min(next_attempt_at) FROM strike.delivery_failure"
		   " WHERE NOT dead AND subscriber = ANY ($1)",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID},
};

static SqlStatement events_sql = {
	.sql = "SELECT f.seq, e.version, e.stream_type, e.event_type, e.payload, e.metadata,"
		   " e.occurred_at FROM strike.events e JOIN strike.feed f ON f.position = e.position"
		   " WHERE e.stream_id = $1 AND e.version >= $2 ORDER BY e.version LIMIT $3",
	.nargs = 3,
	.argtypes = {UUIDOID, INT4OID, INT4OID},
};

static SqlStatement again_sql = {
	.sql = "UPDATE strike.delivery_failure SET version = $3, attempts = $4, last_error = $5,"
		   " next_attempt_at = $6, dead = $7 WHERE subscriber = $1 AND stream_id = $2",
	.nargs = 7,
	.argtypes = {TEXTOID, UUIDOID, INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID, BOOLOID},
};

static SqlStatement free_sql = {
	.sql = "DELETE FROM strike.delivery_failure WHERE subscriber = $1 AND stream_id = $2",
	.nargs = 2,
	.argtypes = {TEXTOID, UUIDOID},
};

typedef struct ParkedKey
{
	int subscriber;
	pg_uuid_t stream_id;
} ParkedKey;

static HTAB *parked = NULL;

/* Streams to tell about, since the last parked_tell(). */
#define TELL_MAX 1000
static struct
{
	pg_uuid_t stream_id;
	bool parked;
} tell[TELL_MAX];
static int ntell = 0;

static int
subscriber_by_name(const char *name)
{
	for (int s = 0; s < subscriber_count(); s++)
		if (strcmp(subscriber_at(s)->name, name) == 0)
			return s;
	return -1;
}

static Datum
subscriber_names(bool all)
{
	Datum names[SUBSCRIBERS_MAX];
	int n = 0;

	for (int s = 0; s < subscriber_count(); s++)
		if (all || subscriber_at(s)->never_dead)
			names[n++] = CStringGetTextDatum(subscriber_at(s)->name);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

static ParkedKey
key_of(int subscriber, const pg_uuid_t *stream_id)
{
	ParkedKey key;

	memset(&key, 0, sizeof(key));
	key.subscriber = subscriber;
	key.stream_id = *stream_id;
	return key;
}

static void
remember(int subscriber, const pg_uuid_t *stream_id)
{
	ParkedKey key = key_of(subscriber, stream_id);

	(void) hash_search(parked, &key, HASH_ENTER, NULL);
}

void
parked_load(void)
{
	HASHCTL ctl = {.keysize = sizeof(ParkedKey), .entrysize = sizeof(ParkedKey)};
	uint64 rows;

	if (parked != NULL)
		hash_destroy(parked);
	parked = NULL;
	parked = hash_create("strike parked", 64, &ctl, HASH_ELEM | HASH_BLOBS);
	rows = query_run(&load_sql, NULL, NULL, 0);
	for (uint64 row = 0; row < rows; row++)
	{
		int s = subscriber_by_name(query_text(row, 1));
		bool isnull;

		if (s >= 0)
			remember(s, DatumGetUUIDP(query_datum(row, 2, &isnull)));
	}
}

bool
parked_any(void)
{
	return parked != NULL && hash_get_num_entries(parked) > 0;
}

bool
parked_has(int subscriber, const pg_uuid_t *stream_id)
{
	ParkedKey key = key_of(subscriber, stream_id);

	return hash_search(parked, &key, HASH_FIND, NULL) != NULL;
}

bool
parked_try(const Subscriber *subscriber, const StoredEvent *events, int n, int *sqlstate,
		   char **message)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool delivered = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		subscriber->deliver(events, n);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		*sqlstate = error->sqlerrcode;
		*message = pnstrdup(
			error->message ? error->message : "",
			error->message ? pg_mbcliplen(error->message, strlen(error->message), ERROR_TEXT_MAX)
						   : 0);
		delivered = false;
	}
	PG_END_TRY();
	return delivered;
}

static TimestampTz
next_attempt(const Subscriber *subscriber, int sqlstate, int attempts)
{
	int64 most = subscriber->never_dead ? NEVER_DEAD_MOST_US : BACKOFF_MOST_US;
	int64 wait = BACKOFF_FIRST_US;

	if (unit_is_transient(sqlstate))
		return clock_now() + HELD_US;
	for (int i = 1; i < attempts && wait < most; i++)
		wait *= 2;
	return clock_now() + Min(wait, most);
}

static void
note(const pg_uuid_t *stream_id, bool is_parked)
{
	if (ntell < TELL_MAX)
	{
		tell[ntell].stream_id = *stream_id;
		tell[ntell++].parked = is_parked;
	}
}

void
parked_add(int subscriber, const StoredEvent *event, int sqlstate, const char *message)
{
	const Subscriber *s = subscriber_at(subscriber);
	int attempts = unit_is_transient(sqlstate) ? 0 : 1;
	Datum values[] = {
		CStringGetTextDatum(s->name),  UUIDPGetDatum(&event->stream_id),
		Int32GetDatum(event->version), Int32GetDatum(attempts),
		CStringGetTextDatum(message),  TimestampTzGetDatum(next_attempt(s, sqlstate, attempts))};

	(void) query_run(&park_sql, values, NULL, 0);
	remember(subscriber, &event->stream_id);
	note(&event->stream_id, true);
	ereport(LOG,
			(errcode(sqlstate),
			 errmsg("strike: event %d of stream %s is parked for subscriber %s: %s", event->version,
					DatumGetCString(DirectFunctionCall1(uuid_out, values[1])), s->name, message)));
}

/* What one retry found. */
typedef struct Retry
{
	bool found;
	bool freed;
	int subscriber;
	pg_uuid_t stream_id;
} Retry;

/* Delivers a parked stream's events in order until one fails; frees it when none is left. */
static void
retry_one(void *arg)
{
	Retry *retry = arg;
	TimestampTz now = clock_now();
	Datum due[] = {TimestampTzGetDatum(now), subscriber_names(true),
				   TimestampTzGetDatum(now + BACKOFF_MOST_US),
				   TimestampTzGetDatum(now + NEVER_DEAD_MOST_US), subscriber_names(false)};
	Datum values[7] = {0};
	const Subscriber *s;
	int32 version;
	int32 attempts;
	uint64 rows;
	SPITupleTable *table;
	bool isnull;

	memset(retry, 0, sizeof(*retry));
	if (query_run(&due_sql, due, NULL, 1) == 0)
		return;
	retry->found = true;
	retry->subscriber = subscriber_by_name(query_text(0, 1));
	retry->stream_id = *DatumGetUUIDP(query_datum(0, 2, &isnull));
	version = query_int4(0, 3, 0);
	attempts = query_int4(0, 4, 0);
	s = subscriber_at(retry->subscriber);
	values[0] = CStringGetTextDatum(s->name);
	values[1] = UUIDPGetDatum(&retry->stream_id);

	values[2] = Int32GetDatum(version);
	values[3] = Int32GetDatum(EVENTS_PER_RETRY);
	rows = query_run(&events_sql, values + 1, NULL, 0);
	table = SPI_tuptable;
	for (uint64 row = 0; row < rows; row++)
	{
		StoredEvent event = {0};
		int sqlstate;
		char *message;

		SPI_tuptable = table;
		event.seq = query_int8(row, 1, 0);
		event.stream_id = retry->stream_id;
		event.version = query_int4(row, 2, 0);
		event.stream_type = query_text(row, 3);
		event.event_type = query_text(row, 4);
		event.payload = DatumGetJsonbP(query_datum(row, 5, &isnull));
		event.metadata = DatumGetJsonbP(query_datum(row, 6, &isnull));
		event.occurred_at = DatumGetTimestampTz(query_datum(row, 7, &isnull));
		if (!parked_try(s, &event, 1, &sqlstate, &message))
		{
			bool dead;

			if (event.version > version)
				attempts = 0; /* others were delivered: this one is new here */
			if (!unit_is_transient(sqlstate))
				attempts++;
			dead = attempts >= DEAD_AFTER && !s->never_dead;
			values[2] = Int32GetDatum(event.version);
			values[3] = Int32GetDatum(attempts);
			values[4] = CStringGetTextDatum(message);
			values[5] = TimestampTzGetDatum(next_attempt(s, sqlstate, attempts));
			values[6] = BoolGetDatum(dead);
			(void) query_run(&again_sql, values, NULL, 0);
			if (dead)
				ereport(LOG,
						(errmsg("strike: subscriber %s gives up on a stream after %d attempts",
								s->name, attempts),
						 errhint("See strike.delivery_failure; strike_redrive() tries again.")));
			return;
		}
		version = event.version + 1;
	}
	if (rows == EVENTS_PER_RETRY)
	{
		values[2] = Int32GetDatum(version);
		values[3] = Int32GetDatum(0);
		values[4] = CStringGetTextDatum("");
		values[5] = TimestampTzGetDatum(clock_now());
		values[6] = BoolGetDatum(false);
		(void) query_run(&again_sql, values, NULL, 0);
		return;
	}
	(void) query_run(&free_sql, values, NULL, 0);
	retry->freed = true;
}

static void
read_next(void *arg)
{
	Datum names = subscriber_names(true);
	bool isnull;
	Datum due;

	(void) query_run(&next_sql, &names, NULL, 1);
	due = query_datum(0, 1, &isnull);
	*(TimestampTz *) arg = isnull ? DT_NOEND : DatumGetTimestampTz(due);
}

TimestampTz
parked_retry(int most)
{
	TimestampTz due = DT_NOEND;
	int64 pause = 0;

	if (!parked_any())
		return DT_NOEND;
	for (int i = 0; i < most; i++)
	{
		Retry retry = {0};
		UnitResult result = unit_run("retrying a parked delivery", retry_one, &retry, NULL);

		if (result != UNIT_DONE)
			pause = result == UNIT_RETRY ? HELD_US : BACKOFF_FIRST_US;
		if (result != UNIT_DONE || !retry.found)
			break;
		if (retry.freed)
		{
			ParkedKey key = key_of(retry.subscriber, &retry.stream_id);

			(void) hash_search(parked, &key, HASH_REMOVE, NULL);
			note(&retry.stream_id, false);
		}
		CHECK_FOR_INTERRUPTS();
	}
	if (unit_run("retrying a parked delivery", read_next, &due, NULL) != UNIT_DONE)
		return clock_now() + HELD_US;
	return pause > 0 ? Max(due, clock_now() + pause) : due;
}

static void
tell_one(void *arg)
{
	int i = *(int *) arg;

	subscriber_parked(&tell[i].stream_id, tell[i].parked);
}

/* One by one: what can't be shown for one stream is shown for the others. */
void
parked_tell(void)
{
	int kept = 0;

	for (int i = 0; i < ntell; i++)
		if (unit_run("showing a parked delivery", tell_one, &i, NULL) == UNIT_RETRY)
			tell[kept++] = tell[i]; /* again with the next batch */
	ntell = kept;
}
