/*
 * feed.c
 *		Numbering committed events.
 *
 * Positions are drawn before commit, so they appear out of order.  Each round looks at the
 * frontier first and takes its snapshot then, and reads
 *
 *		what was never looked at	from 'high' to the highest position known to be drawn
 *		what may have appeared		for each transaction that was open last time and isn't now:
 *									from its bound to the last position drawn by its backend
 *
 * So an open transaction delays its own events only, and when it ends only what it can have
 * drawn is read again.  feed.position is unique: numbering an event twice is an error, not a
 * duplicate.
 *
 * All of a round is read with one snapshot, and the frontier is looked at again after taking it:
 * of a transaction that ended between look and snapshot all is read or nothing, so its events
 * keep their order.
 *
 * The frontier (below it nothing new can appear) is saved in each feed row, so the restart knows
 * where to look again, and nothing is updated ever.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "store/chain.h"
#include "store/feed.h"
#include "store/frontier.h"

static SqlStatement last_sql = {
	.sql = "SELECT seq, hash, frontier FROM strike.feed ORDER BY seq DESC LIMIT 1",
};

static SqlStatement highest_sql = {
	.sql = "SELECT (SELECT last_value FROM strike.event_position WHERE is_called),"
		   " (SELECT position FROM strike.feed ORDER BY position DESC LIMIT 1)",
};

#define EVENT_COLUMNS                                                                              \
	"e.stream_id, e.version, e.stream_type, e.event_type, e.payload, e.metadata, e.occurred_at,"   \
	" e.hash, e.position"

static SqlStatement new_sql = {
	.sql = "SELECT " EVENT_COLUMNS " FROM strike.events e"
		   " WHERE e.position >= $1 AND e.position <= $2 ORDER BY e.position LIMIT $3",
	.nargs = 3,
	.argtypes = {INT8OID, INT8OID, INT4OID},
};

/* OFFSET 0 keeps the look into the feed a look-up by index, whatever the statistics say. */
static SqlStatement again_sql = {
	.sql = "SELECT " EVENT_COLUMNS " FROM strike.events e LEFT JOIN LATERAL"
		   " (SELECT f.seq FROM strike.feed f WHERE f.position = e.position OFFSET 0) known ON true"
		   " WHERE e.position >= $1 AND e.position <= $2 AND known.seq IS NULL"
		   " ORDER BY e.position LIMIT $3",
	.nargs = 3,
	.argtypes = {INT8OID, INT8OID, INT4OID},
};

static SqlStatement insert_sql = {
	.sql = "INSERT INTO strike.feed (seq, stream_id, version, hash, position, frontier)"
		   " SELECT u.seq, u.stream_id, u.version, u.hash, u.position, $6"
		   " FROM unnest($1, $2, $3, $4, $5) AS u (seq, stream_id, version, hash, position)",
	.nargs = 6,
	.argtypes = {INT8ARRAYOID, UUIDARRAYOID, INT4ARRAYOID, BYTEAARRAYOID, INT8ARRAYOID, INT8OID},
};

/* Positions to look at again, both ends included. */
typedef struct Range
{
	int64 from;
	int64 to;
} Range;

#define RANGES_MAX 64
#define RANGE_GAP 100 /* ranges closer than this are read as one */

/* Where numbering stands; 'next' becomes 'standing' when the unit has committed. */
typedef struct Standing
{
	int64 seq;
	uint8 hash[CHAIN_HASH_SIZE];
	int64 high; /* positions below were looked at, but for the ranges */
	int nranges;
	Range range[RANGES_MAX]; /* sorted, apart */
} Standing;

static Standing standing;
static Standing next;
static FrontierView *before;  /* as of the last committed round */
static FrontierView *current; /* before the snapshot */
static FrontierView *later;	  /* after it */
static Oid attached;		  /* the sequence that all this is about */
static bool more;
static int64 told;	  /* seq of the last head in the log */
static int64 told_at; /* clock_ticks(); 0 = not yet */

/* Adds a range to look at again, joined with those it touches; sorted. */
static void
add_range(Standing *s, int64 from, int64 to)
{
	Range merged = {from, Min(to, s->high - 1)};
	int kept = 0;
	int at;

	if (merged.from > merged.to)
		return;
	for (int i = 0; i < s->nranges; i++)
	{
		Range r = s->range[i];

		if (r.to + RANGE_GAP < merged.from || merged.to + RANGE_GAP < r.from)
			s->range[kept++] = r;
		else
		{
			merged.from = Min(merged.from, r.from);
			merged.to = Max(merged.to, r.to);
		}
	}
	if (kept == RANGES_MAX)
	{
		/* too many to tell apart: one that spans all */
		merged.from = Min(merged.from, s->range[0].from);
		merged.to = Max(merged.to, s->range[kept - 1].to);
		kept = 0;
	}
	for (at = kept; at > 0 && s->range[at - 1].from > merged.from; at--)
		s->range[at] = s->range[at - 1];
	s->range[at] = merged;
	s->nranges = kept + 1;
}

/* The lowest position of a slot's transaction, 0 = none is open. */
static int64
bound_in(const FrontierView *view, int i)
{
	return view->bound[i] & ~(int64) FRONTIER_ENDING;
}

/* Transactions that were open then and may have ended since: what they can have drawn. */
static void
add_ended(Standing *s, const FrontierView *then, const FrontierView *now)
{
	for (int i = 0; i < now->nslots; i++)
		if (then->bound[i] != 0 &&
			(then->bound[i] != now->bound[i] || (now->bound[i] & FRONTIER_ENDING) != 0))
			add_range(s, bound_in(then, i), now->last[i]);
}

static Oid
position_sequence(void)
{
	return get_relname_relid("event_position", get_namespace_oid("strike", false));
}

void
feed_attach(void)
{
	int64 frontier = 1;
	bool isnull;

	if (before == NULL)
	{
		MemoryContext outside = MemoryContextSwitchTo(TopMemoryContext);

		before = frontier_view_create();
		current = frontier_view_create();
		later = frontier_view_create();
		MemoryContextSwitchTo(outside);
	}
	memset(&standing, 0, sizeof(standing));
	memset(before->bound, 0, sizeof(int64) * before->nslots);
	standing.high = 1;
	if (query_run(&last_sql, NULL, NULL, 1) == 1)
	{
		bytea *hash = DatumGetByteaPP(query_datum(0, 2, &isnull));

		standing.seq = query_int8(0, 1, 0);
		if (VARSIZE_ANY_EXHDR(hash) != CHAIN_HASH_SIZE)
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
							errmsg("feed row " INT64_FORMAT " has no valid hash", standing.seq)));
		memcpy(standing.hash, VARDATA_ANY(hash), CHAIN_HASH_SIZE);
		frontier = query_int8(0, 3, 1);
	}
	(void) query_run(&highest_sql, NULL, NULL, 1);
	attached = position_sequence();
	frontier_make_known(attached, query_int8(0, 1, 0));
	standing.high = Max(query_int8(0, 2, 0) + 1, frontier);
	add_range(&standing, frontier, standing.high - 1);
	more = false;
}

bool
feed_attached(void)
{
	return OidIsValid(attached) && attached == position_sequence();
}

/* Copies the rows of SPI_tuptable behind what is there; returns the highest position. */
static int64
take_rows(uint64 rows, StoredEvent *events, bytea **hashes, int64 *positions, int *n)
{
	int64 last = 0;
	bool isnull;

	for (uint64 row = 0; row < rows; row++, (*n)++)
	{
		StoredEvent *e = &events[*n];

		e->stream_id = *DatumGetUUIDP(query_datum(row, 1, &isnull));
		e->version = query_int4(row, 2, 0);
		e->stream_type = query_text(row, 3);
		e->event_type = query_text(row, 4);
		e->payload = DatumGetJsonbP(query_datum(row, 5, &isnull));
		e->metadata = DatumGetJsonbP(query_datum(row, 6, &isnull));
		e->occurred_at = DatumGetTimestampTz(query_datum(row, 7, &isnull));
		hashes[*n] = DatumGetByteaPP(query_datum(row, 8, &isnull));
		positions[*n] = last = query_int8(row, 9, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return last;
}

static Datum
array_of(Datum *values, int n, Oid type)
{
	int16 length;
	bool byval;
	char align;

	get_typlenbyvalalign(type, &length, &byval, &align);
	return PointerGetDatum(construct_array(values, n, type, length, byval, align));
}

/* Chains and inserts the feed rows; events get their seq. */
static void
insert_rows(StoredEvent *events, bytea **hashes, int64 *positions, int n, int64 frontier)
{
	Datum *columns[5];
	Datum values[6];

	for (int c = 0; c < lengthof(columns); c++)
		columns[c] = palloc(n * sizeof(Datum));
	for (int i = 0; i < n; i++)
	{
		bytea *hash = palloc(VARHDRSZ + CHAIN_HASH_SIZE);

		if (VARSIZE_ANY_EXHDR(hashes[i]) != CHAIN_HASH_SIZE)
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
							errmsg("the event at position " INT64_FORMAT " has no valid hash",
								   positions[i])));
		SET_VARSIZE(hash, VARHDRSZ + CHAIN_HASH_SIZE);
		events[i].seq = ++next.seq;
		chain_feed_hash((uint8 *) VARDATA(hash), next.hash, next.seq,
						(const uint8 *) VARDATA_ANY(hashes[i]));
		memcpy(next.hash, VARDATA(hash), CHAIN_HASH_SIZE);
		columns[0][i] = Int64GetDatum(events[i].seq);
		columns[1][i] = UUIDPGetDatum(&events[i].stream_id);
		columns[2][i] = Int32GetDatum(events[i].version);
		columns[3][i] = PointerGetDatum(hash);
		columns[4][i] = Int64GetDatum(positions[i]);
	}
	values[0] = array_of(columns[0], n, INT8OID);
	values[1] = array_of(columns[1], n, UUIDOID);
	values[2] = array_of(columns[2], n, INT4OID);
	values[3] = array_of(columns[3], n, BYTEAOID);
	values[4] = array_of(columns[4], n, INT8OID);
	values[5] = Int64GetDatum(frontier);
	(void) query_run(&insert_sql, values, NULL, 0);
}

int
feed_number(StoredEvent **events)
{
	bytea **hashes = palloc(2 * FEED_BATCH * sizeof(bytea *));
	int64 *positions = palloc(2 * FEED_BATCH * sizeof(int64));
	int64 frontier;
	int n = 0;

	*events = palloc0(2 * FEED_BATCH * sizeof(StoredEvent));
	next = standing;
	more = false;
	frontier_look(attached, current);
	query_push_snapshot();
	frontier_look(attached, later);
	add_ended(&next, before, current);
	add_ended(&next, current, later);

	while (next.nranges > 0 && n < FEED_BATCH)
	{
		Range *r = &next.range[0];
		int limit = FEED_BATCH - n;
		Datum values[] = {Int64GetDatum(r->from), Int64GetDatum(r->to), Int32GetDatum(limit)};
		uint64 rows = query_read(&again_sql, values, NULL, 0);
		int64 last = take_rows(rows, *events, hashes, positions, &n);

		if (rows == limit && last < r->to)
			r->from = last + 1;
		else
			memmove(r, r + 1, sizeof(Range) * --next.nranges);
	}
	if (n < FEED_BATCH && current->highest >= next.high)
	{
		int limit = FEED_BATCH - n;
		Datum values[] = {Int64GetDatum(next.high), Int64GetDatum(current->highest),
						  Int32GetDatum(limit)};
		uint64 rows = query_read(&new_sql, values, NULL, 0);
		int64 last = take_rows(rows, *events, hashes, positions, &n);

		next.high = rows == limit ? last + 1 : current->highest + 1;
	}
	PopActiveSnapshot();
	more = next.nranges > 0 || next.high <= current->highest;

	frontier = next.nranges > 0 ? next.range[0].from : next.high;
	for (int i = 0; i < current->nslots; i++)
		if (current->bound[i] != 0)
			frontier = Min(frontier, bound_in(current, i));
	/* what was read is locked: from here on nobody drops it */
	if (n > 0 && !feed_attached())
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("the extension was made again meanwhile")));
	if (n > 0)
		insert_rows(*events, hashes, positions, n, frontier);
	return n;
}

void
feed_committed(void)
{
	standing = next;
	memcpy(before->bound, current->bound, sizeof(int64) * current->nslots);
}

void
feed_tell_head(void)
{
	int64 now = clock_ticks();
	char hash[2 * CHAIN_HASH_SIZE + 1];

	if (strike_anchor_interval == 0 || standing.seq == 0 || standing.seq == told ||
		(told_at != 0 && now - told_at <= strike_anchor_interval * INT64CONST(1000000)))
		return;
	hash[hex_encode((const char *) standing.hash, CHAIN_HASH_SIZE, hash)] = '\0';
	told = standing.seq;
	told_at = now;
	ereport(LOG, (errmsg("feed head: seq " INT64_FORMAT ", hash %s", told, hash),
				  errdetail("Kept elsewhere, it is what strike.strike_verify_anchor() takes."),
				  errhidestmt(true)));
}

bool
feed_more(void)
{
	return more;
}
