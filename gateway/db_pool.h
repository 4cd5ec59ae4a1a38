/*
 * db_pool.h
 *		A few connections, a bounded queue of calls, and what becomes of a call.
 */
#ifndef GATEWAY_DB_POOL_H
#define GATEWAY_DB_POOL_H

#include "loop.h"

#include <libpq-fe.h>
#include <sys/queue.h>

#define DB_PARAMS_MAX 8
#define DB_QUEUE_MAX 256
#define DB_CONNECTIONS_MAX 64

/* bound of a call, its waiting included */
#define DB_CALL_MS 8000
/* so long a call waits for a lost database to come back; then it fails at once */
#define DB_RECONNECT_MS 3000

typedef enum DbOutcome
{
	DB_ANSWERED,	/* committed, with this result */
	DB_RAISED,		/* the server refused it; sqlstate says why */
	DB_TIMED_OUT,	/* not answered in time; it may still be carried out */
	DB_UNREACHABLE, /* no connection, or lost twice; it may have been carried out */
	DB_OVERLOADED	/* DB_QUEUE_MAX calls wait already */
} DbOutcome;

/*
 * A statement with text parameters.  The caller fills in the first part and keeps it, and what it
 * points to, in place until done.  A call whose connection is lost is sent once more, so a
 * statement must bear being carried out twice, as webhooks must anyway.
 */
typedef struct DbCall
{
	const char *sql;
	int nparams;
	const char *params[DB_PARAMS_MAX];
	int limit_ms;
	bool urgent; /* goes before the others, and isn't bounded by DB_QUEUE_MAX */
	/* once; result is NULL unless DB_ANSWERED and goes after the call; sqlstate may be "" */
	void (*done)(struct DbCall *call, DbOutcome outcome, const PGresult *result,
				 const char *sqlstate);

	/* the pool's own */
	TAILQ_ENTRY(DbCall) link;
	struct DbConnection *connection; /* NULL while it waits */
	Timer timer;
	int64_t began_ms;
	bool repeated;
	int64_t lost_ms; /* when its first connection went */
} DbCall;

typedef struct DbPoolState
{
	int size;
	int up;
	int busy;
	size_t waiting;
	unsigned long long lost; /* established connections that went */
} DbPoolState;

/* Begins to connect; db_connection_settings came before.  size: 1 to DB_CONNECTIONS_MAX. */
void db_pool_open(int size);
/* Every call not done yet ends as DB_UNREACHABLE. */
void db_pool_close(void);

/* done may come before this returns. */
void db_submit(DbCall *call);

DbPoolState db_pool_state(void);

#endif
