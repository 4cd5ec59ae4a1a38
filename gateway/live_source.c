/*
 * live_source.c
 *		LISTEN, the feed's end once a second, and pages.
 *
 * NOTIFY makes it quick, asking once a second makes it sure.  With the end comes the hash of a feed
 * row known from before: if that has changed, another server with another past has taken over, and
 * seqs that readers hold mean something else there.
 */
#include "live_source.h"

#include "db_connection.h"
#include "log.h"
#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_EVERY_MS 1000
#define AGAIN_MS 500 /* after an error */
#define NEVER_MS (INT64_MAX / 2)
#define HASH_BYTES 80

static const char listen_sql[] = "LISTEN strike_feed";
static const char head_sql[] = "SELECT h.seq, h.hash, h.known_hash, h.lag_seconds"
							   " FROM strike.strike_live_head($1::bigint) h";
static const char fetch_sql[] =
	"SELECT f.seq, CASE WHEN f.type IS NOT NULL THEN"
	" pg_catalog.format('{\"seq\":%s,\"type\":%s,\"eco\":%s}', f.seq, pg_catalog.to_json(f.type),"
	" coalesce(f.eco::text, 'null')) END, f.eco->>'attention'"
	" FROM strike.strike_live_feed($1::text, $2::text, $3::bigint, $4::int) f";

typedef enum Asked
{
	NOTHING,
	LISTEN,
	HEAD,
	FETCH
} Asked;

static DbConnection connection; /* its own: webhooks wait for no page */
static const LiveSourceListener *listener;
static Timer ask_timer;
static Timer again_timer;
static Asked asked;
static bool opened;
static bool listening;
static bool head_due;
static bool paused; /* after an error, until again_timer */
static int64_t asked_ms;
static int64_t answered_ms = -NEVER_MS; /* when the last answered question was asked */
static int64_t asked_known;
static int64_t known_seq;			/* a feed row … */
static char known_hash[HASH_BYTES]; /* … and its hash; "" = none is known */
static double lag;
static char told[6]; /* the SQLSTATE that was logged last */

static void go_on(void);

static void
on_ask(void *arg)
{
	(void) arg;
	head_due = true;
	timer_arm(&ask_timer, ASK_EVERY_MS, on_ask, NULL);
	go_on();
}

static void
on_again(void *arg)
{
	(void) arg;
	paused = false;
	go_on();
}

static void
pause_a_while(void)
{
	paused = true;
	timer_arm(&again_timer, AGAIN_MS, on_again, NULL);
}

static void
ask_head(void)
{
	char text[24];
	const char *params[] = {text};

	snprintf(text, sizeof(text), "%lld", (long long) known_seq);
	asked = HEAD;
	asked_ms = loop_now_ms();
	asked_known = known_seq;
	head_due = false;
	(void) db_connection_send(&connection, head_sql, 1, params);
}

static void
fetch(const LiveFetch *wanted)
{
	char since[24];
	char rows[12];
	const char *params[] = {wanted->role, wanted->tenant[0] != '\0' ? wanted->tenant : NULL, since,
							rows};

	snprintf(since, sizeof(since), "%lld", (long long) wanted->since);
	snprintf(rows, sizeof(rows), "%d", LIVE_PAGE_ROWS);
	asked = FETCH;
	asked_ms = loop_now_ms();
	if (!db_connection_send(&connection, fetch_sql, 4, params))
		listener->failed(false);
}

/* The connection is free: what is the next thing to do? */
static void
go_on(void)
{
	LiveFetch wanted;

	if (!opened || connection.state != DB_IDLE || paused)
		return;
	if (!listening)
	{
		asked = LISTEN;
		(void) db_connection_send(&connection, listen_sql, 0, NULL);
	}
	else if (head_due)
		ask_head();
	else if (listener->wanted(&wanted))
		fetch(&wanted);
}

static void
take_head(const PGresult *result)
{
	int64_t head;
	const char *hash;
	const char *known;
	bool other;

	if (PQntuples(result) != 1 || PQnfields(result) != 4)
		return;
	head = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	hash = PQgetvalue(result, 0, 1);
	known = PQgetvalue(result, 0, 2);
	lag = strtod(PQgetvalue(result, 0, 3), NULL);
	other = known_hash[0] != '\0' && strcmp(known, known_hash) != 0;
	if (other)
		log_line("the feed has another history than before: its readers begin anew");
	known_seq = head;
	snprintf(known_hash, sizeof(known_hash), "%s", hash);
	answered_ms = asked_ms;
	told[0] = '\0';
	listener->head(head, other, asked_ms);
}

static void
on_end(DbConnection *ended, DbEnd end, const PGresult *result, const char *sqlstate)
{
	Asked was = asked;

	(void) ended;
	asked = NOTHING;
	if (end == DB_END_COMMITTED)
	{
		if (was == LISTEN)
		{
			listening = true;
			head_due = true; /* what was told before is asked for */
		}
		else if (was == HEAD)
			take_head(result);
		else if (was == FETCH)
		{
			/* a long page is a sign of life too: NOTIFY came along with it */
			if (listening && answered_ms > -NEVER_MS)
				answered_ms = asked_ms;
			listener->fetched(result);
		}
		return;
	}
	if (was == FETCH)
		listener->failed(end == DB_END_RAISED && strcmp(sqlstate, "42501") == 0);
	if (end == DB_END_RAISED && !(was == FETCH && strcmp(sqlstate, "42501") == 0))
	{
		/* a line a change of state, not a try */
		if (strcmp(told, sqlstate) != 0)
			log_line("the live feed can't be read: SQLSTATE %s", sqlstate);
		snprintf(told, sizeof(told), "%s", sqlstate);
		pause_a_while();
	}
}

static void
on_idle(DbConnection *idle)
{
	(void) idle;
	go_on();
}

static void
on_lost(DbConnection *lost)
{
	(void) lost;
	listening = false;
}

static void
on_notified(DbConnection *notified, const char *payload)
{
	char *end;
	long long seq = strtoll(payload, &end, 10);

	(void) notified;
	/* anybody who is connected could have sent it: a hint to look, and no truth */
	if (end != payload && *end == '\0' && seq > known_seq)
		listener->news();
}

static const DbListener db_listener = {on_idle, on_end, on_lost, on_notified};

void
live_source_open(const LiveSourceListener *to)
{
	listener = to;
	opened = true;
	db_connection_open(&connection, &db_listener, NULL);
	on_ask(NULL);
}

void
live_source_close(void)
{
	if (!opened)
		return;
	opened = false;
	timer_cancel(&ask_timer);
	timer_cancel(&again_timer);
	db_connection_close(&connection);
}

void
live_source_kick(void)
{
	/* not from within the caller's own work */
	if (opened && !paused)
		timer_arm(&again_timer, 0, on_again, NULL);
}

void
live_source_ask(void)
{
	head_due = true;
	live_source_kick();
}

int64_t
live_source_silence_ms(void)
{
	int64_t silence = loop_now_ms() - answered_ms;

	return silence < NEVER_MS / 2 ? silence : NEVER_MS / 2;
}

double
live_source_lag(void)
{
	return lag;
}
