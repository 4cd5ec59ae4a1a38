/*
 * db_pool.c
 *		Hands waiting calls to idle connections, in order of arrival.
 */
#include "db_pool.h"

#include "db_connection.h"

#include <stdlib.h>
#include <string.h>

static DbConnection *pool;
static int pool_size;
static bool closed;
static TAILQ_HEAD(CallList, DbCall) waiting = TAILQ_HEAD_INITIALIZER(waiting);
static size_t waiting_count;
static unsigned long long lost_count;

static int
connections_up(void)
{
	int up = 0;

	for (int i = 0; i < pool_size; i++)
		up += pool[i].state >= DB_IDLE;
	return up;
}

static void
enqueue(DbCall *call, bool first)
{
	call->connection = NULL;
	if (first)
		TAILQ_INSERT_HEAD(&waiting, call, link);
	else
		TAILQ_INSERT_TAIL(&waiting, call, link);
	waiting_count++;
}

static void
dequeue(DbCall *call)
{
	TAILQ_REMOVE(&waiting, call, link);
	waiting_count--;
}

static void
finish(DbCall *call, DbOutcome outcome, const PGresult *result, const char *sqlstate)
{
	timer_cancel(&call->timer);
	if (call->connection != NULL)
		call->connection->user = NULL; /* its statement, if any, goes on without us */
	call->connection = NULL;
	call->done(call, outcome, result, sqlstate);
}

/* A call's moments: DB_RECONNECT_MS, when it fails if there is no database, and its limit. */
static void
on_call_timer(void *arg)
{
	DbCall *call = arg;
	int64_t age = loop_now_ms() - call->began_ms;
	bool waits = call->connection == NULL;

	if (age < call->limit_ms && !(waits && connections_up() == 0))
	{
		timer_arm(&call->timer, call->limit_ms - age, on_call_timer, call);
		return;
	}
	if (waits)
		dequeue(call);
	finish(call, age < call->limit_ms || connections_up() == 0 ? DB_UNREACHABLE : DB_TIMED_OUT,
		   NULL, "");
}

/*
 * The first call that may go on this connection.  A repeated one wants a connection made after it
 * lost its own: when a server ends, the others are dead too, even if we haven't heard yet.
 */
static DbCall *
next_call(const DbConnection *connection)
{
	DbCall *call;

	TAILQ_FOREACH(call, &waiting, link)
	{
		if (!call->repeated || connection->since_ms > call->lost_ms)
			return call;
	}
	return NULL;
}

static void
on_idle(DbConnection *connection)
{
	DbCall *call = next_call(connection);

	connection->user = NULL;
	if (call == NULL)
		return;
	dequeue(call);
	call->connection = connection;
	connection->user = call;
	if (!db_connection_send(connection, call->sql, call->nparams, call->params))
	{
		/* nothing was sent: the next connection that is idle takes it */
		connection->user = NULL;
		enqueue(call, true);
	}
}

/* SQLSTATEs by which the server says that it ends the connection, not that the call is wrong. */
static bool
server_goes(const char *sqlstate)
{
	return strcmp(sqlstate, "57P01") == 0 || strcmp(sqlstate, "57P02") == 0 ||
		   strcmp(sqlstate, "57P03") == 0;
}

static void
on_end(DbConnection *connection, DbEnd end, const PGresult *result, const char *sqlstate)
{
	DbCall *call = connection->user;

	connection->user = NULL;
	if (call == NULL)
		return; /* timed out before */
	call->connection = NULL;
	if (end == DB_END_COMMITTED)
		finish(call, DB_ANSWERED, result, sqlstate);
	else if (end == DB_END_LOST || server_goes(sqlstate))
	{
		if (call->repeated || closed || loop_now_ms() - call->began_ms >= DB_RECONNECT_MS)
			finish(call, DB_UNREACHABLE, NULL, sqlstate);
		else
		{
			call->repeated = true;
			call->lost_ms = loop_now_ms();
			enqueue(call, true);
		}
	}
	else if (strcmp(sqlstate, "57014") == 0) /* query_canceled: statement_timeout */
		finish(call, DB_TIMED_OUT, NULL, sqlstate);
	else
		finish(call, DB_RAISED, NULL, sqlstate);
}

/* The last connection went: what has waited long enough fails now. */
static void
fail_stranded(void)
{
	int64_t now = loop_now_ms();
	DbCall *call = TAILQ_FIRST(&waiting);

	while (call != NULL)
	{
		DbCall *next = TAILQ_NEXT(call, link);

		/* by its timer: done may touch the queue */
		if (now - call->began_ms >= DB_RECONNECT_MS)
			timer_arm(&call->timer, 0, on_call_timer, call);
		call = next;
	}
}

static void
on_lost(DbConnection *connection)
{
	(void) connection;
	lost_count++;
	if (connections_up() == 0)
		fail_stranded();
}

static const DbListener listener = {on_idle, on_end, on_lost, NULL};

void
db_pool_open(int size)
{
	pool = calloc((size_t) size, sizeof(*pool));
	if (pool == NULL)
		abort();
	pool_size = size;
	for (int i = 0; i < size; i++)
		db_connection_open(&pool[i], &listener, NULL);
}

void
db_pool_close(void)
{
	closed = true;
	for (int i = 0; i < pool_size; i++)
	{
		DbCall *call = pool[i].user;

		db_connection_close(&pool[i]);
		if (call != NULL)
			finish(call, DB_UNREACHABLE, NULL, "");
	}
	while (!TAILQ_EMPTY(&waiting))
	{
		DbCall *call = TAILQ_FIRST(&waiting);

		dequeue(call);
		finish(call, DB_UNREACHABLE, NULL, "");
	}
	free(pool);
	pool = NULL;
	pool_size = 0;
}

void
db_submit(DbCall *call)
{
	call->connection = NULL;
	call->repeated = false;
	call->began_ms = loop_now_ms();
	memset(&call->timer, 0, sizeof(call->timer));
	if (closed)
	{
		call->done(call, DB_UNREACHABLE, NULL, "");
		return;
	}
	if (waiting_count >= DB_QUEUE_MAX && !call->urgent)
	{
		call->done(call, DB_OVERLOADED, NULL, "");
		return;
	}
	timer_arm(&call->timer, call->limit_ms < DB_RECONNECT_MS ? call->limit_ms : DB_RECONNECT_MS,
			  on_call_timer, call);
	enqueue(call, call->urgent);
	for (int i = 0; i < pool_size && !TAILQ_EMPTY(&waiting); i++)
	{
		if (pool[i].state == DB_IDLE)
			on_idle(&pool[i]);
	}
}

DbPoolState
db_pool_state(void)
{
	DbPoolState state = {.size = pool_size, .waiting = waiting_count, .lost = lost_count};

	for (int i = 0; i < pool_size; i++)
	{
		state.up += pool[i].state >= DB_IDLE;
		state.busy += pool[i].state == DB_BUSY;
	}
	return state;
}
