/*
 * db_connection.h
 *		One connection to PostgreSQL, by libpq without blocking.  It comes back by itself.
 *
 *		            backoff over         connected          session set up
 *		  DB_DOWN ──────────────► DB_CONNECTING ───► DB_SETUP ───────────► DB_IDLE ◄──► DB_BUSY
 *		     ▲                          │               │                     │            │
 *		     └──────────────────────────┴───────────────┴──── lost ───────────┴────────────┘
 */
#ifndef GATEWAY_DB_CONNECTION_H
#define GATEWAY_DB_CONNECTION_H

#include "loop.h"

#include <libpq-fe.h>

typedef enum DbState
{
	DB_DOWN,
	DB_CONNECTING,
	DB_SETUP,
	DB_IDLE,
	DB_BUSY
} DbState;

/* How a statement ended, as far as the connection knows. */
typedef enum DbEnd
{
	DB_END_COMMITTED, /* the result is there, and so is the commit */
	DB_END_RAISED,	  /* the server refused it; sqlstate says why */
	DB_END_LOST		  /* the connection went: nobody knows whether it was carried out */
} DbEnd;

struct DbConnection;

/* What the pool wants to be told.  Each may send a statement on a connection that is idle. */
typedef struct DbListener
{
	/* the connection became idle for the first time, or again after an end */
	void (*idle)(struct DbConnection *connection);
	/* the statement sent last ended; result is NULL unless DB_END_COMMITTED; called before idle */
	void (*end)(struct DbConnection *connection, DbEnd end, const PGresult *result,
				const char *sqlstate);
	/* an established connection went, after end */
	void (*lost)(struct DbConnection *connection);
	/* a NOTIFY that this connection LISTENs for has come; NULL if none is wanted */
	void (*notified)(struct DbConnection *connection, const char *payload);
} DbListener;

typedef struct DbConnection
{
	const DbListener *listener;
	DbState state;
	PGconn *pg;
	Watch watch;
	Timer timer; /* DB_DOWN: the backoff; CONNECTING to BUSY: the bound on the server's answer */
	int64_t since_ms; /* established, loop_now_ms */
	int backoff_ms;
	PGresult *result;
	bool failed;		/* a result of this statement was an error, or not what was asked for */
	bool commit_unsure; /* committed here, not confirmed by a synchronous standby */
	char sqlstate[6];
	void *user; /* the pool's */
} DbConnection;

/*
 * conninfo as libpq takes it, or NULL.  False: malformed, said why on stderr.  What it doesn't
 * name comes from libpq's environment, but the user: without one in conninfo it's strike_gateway.
 */
bool db_connection_settings(const char *conninfo);
void db_connection_settings_free(void);

/* Begins to connect.  The connection, zeroed, stays where it is until db_connection_close. */
void db_connection_open(DbConnection *connection, const DbListener *listener, void *user);
/* Tells nobody. */
void db_connection_close(DbConnection *connection);

/*
 * Sends a statement with text parameters (NULL = null), on an idle connection: one transaction.
 * False: the connection is lost (and lost() was called).  Strings may go after the call.
 */
bool db_connection_send(DbConnection *connection, const char *sql, int nparams,
						const char *const *params);

#endif
