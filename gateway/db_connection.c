/*
 * db_connection.c
 *		Connecting, sending, collecting; losing the connection and coming back.
 *
 * A result isn't the commit: in PostgreSQL's extended protocol rows arrive before the transaction
 * commits, and the commit can still fail (a deferred constraint, a synchronous standby).  So a
 * statement has ended well only when libpq says that nothing more comes.
 */
#include "db_connection.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 2000
#define LASTING_MS 2000 /* a connection that held so long starts the backoff anew */
#define CONNECT_MS 5000
#define STATEMENT_MS 8000 /* after the server's own bound, below: then the line is dead */
#define SETTINGS_MAX 64
#define DEFAULT_USER "strike_gateway"
#define DEFAULT_DATABASE "strike"

/*
 * The server ends a statement itself before we give up on it, so that no backend goes on for a
 * request that was long answered.
 */
static const char setup_sql[] =
	"SELECT pg_catalog.set_config('statement_timeout', '7000', false),"
	" pg_catalog.set_config('idle_in_transaction_session_timeout', '10000', false)";

static const char *keywords[SETTINGS_MAX + 1];
static const char *values[SETTINGS_MAX + 1];
static PQconninfoOption *given;
static enum
{
	UNTOLD,
	REACHED,
	UNREACHED
} told; /* the state that was logged last */
static bool superuser_told;

static void on_socket(void *arg, uint32_t events);
static void connect_step(DbConnection *connection);

static void
set_value(const char *keyword, const char *value)
{
	size_t i = 0;

	while (keywords[i] != NULL && strcmp(keywords[i], keyword) != 0)
		i++;
	if (i >= SETTINGS_MAX)
		return;
	keywords[i] = keyword;
	values[i] = value;
}

bool
db_connection_settings(const char *conninfo)
{
	char *error = NULL;

	db_connection_settings_free();
	set_value("application_name", "strike-gateway");
	set_value("keepalives_idle", "10");
	set_value("keepalives_interval", "5");
	set_value("keepalives_count", "3");
	set_value("tcp_user_timeout", "10000");
	/* a service file names these itself, and what is set here would go before it */
	if (getenv("PGSERVICE") == NULL && (conninfo == NULL || strstr(conninfo, "service") == NULL))
	{
		set_value("user", DEFAULT_USER);
		if (getenv("PGDATABASE") == NULL)
			set_value("dbname", DEFAULT_DATABASE);
	}
	if (conninfo != NULL)
	{
		given = PQconninfoParse(conninfo, &error);
		if (given == NULL)
		{
			log_line("--db: %.*s", error != NULL ? (int) strcspn(error, "\n") : 13,
					 error != NULL ? error : "out of memory");
			PQfreemem(error);
			return false;
		}
		for (PQconninfoOption *option = given; option->keyword != NULL; option++)
		{
			if (option->val != NULL)
				set_value(option->keyword, option->val);
		}
	}
	set_value("client_encoding", "UTF8");
	return true;
}

void
db_connection_settings_free(void)
{
	PQconninfoFree(given);
	given = NULL;
	memset(keywords, 0, sizeof(keywords));
	memset(values, 0, sizeof(values));
}

/* One line a change of state, not a try; why: NULL if it's reached. */
static void
log_state(const char *why)
{
	if (told == (why != NULL ? UNREACHED : REACHED))
		return;
	told = why != NULL ? UNREACHED : REACHED;
	if (why != NULL)
		log_line("the database can't be reached: %.*s", (int) strcspn(why, "\n"), why);
	else
		log_line("the database is reached");
}

static void
on_backoff_over(void *arg)
{
	DbConnection *connection = arg;

	connection->pg = PQconnectStartParams(keywords, values, 0);
	if (connection->pg == NULL)
		abort();
	connection->state = DB_CONNECTING;
	connect_step(connection);
}

/* Gives the connection up and tries again after the backoff; why: NULL for libpq's own words. */
static void
lose(DbConnection *connection, const char *why)
{
	DbState before = connection->state;

	watch_stop(&connection->watch);
	timer_cancel(&connection->timer);
	if (before == DB_CONNECTING || before == DB_SETUP)
		log_state(why != NULL ? why : PQerrorMessage(connection->pg));
	if (before >= DB_IDLE && loop_now_ms() - connection->since_ms >= LASTING_MS)
		connection->backoff_ms = BACKOFF_MIN_MS;
	PQclear(connection->result);
	connection->result = NULL;
	PQfinish(connection->pg);
	connection->pg = NULL;
	connection->state = DB_DOWN;
	timer_arm(&connection->timer, connection->backoff_ms, on_backoff_over, connection);
	connection->backoff_ms =
		connection->backoff_ms * 2 < BACKOFF_MAX_MS ? connection->backoff_ms * 2 : BACKOFF_MAX_MS;
	if (before == DB_BUSY)
		connection->listener->end(connection, DB_END_LOST, NULL, "");
	if (before >= DB_IDLE)
		connection->listener->lost(connection);
}

static void
on_no_answer(void *arg)
{
	DbConnection *connection = arg;

	if (connection->state == DB_BUSY)
		log_limited("a statement got no answer in %d ms: its connection is closed", STATEMENT_MS);
	lose(connection, "it doesn't answer");
}

/*
 * Someone cancelled the wait for a synchronous standby: PostgreSQL warns, and reports success for
 * what only this server holds.  We don't call that stored.  By the source's name, as the texts are
 * translated.
 */
static void
on_notice(void *arg, const PGresult *notice)
{
	DbConnection *connection = arg;
	const char *function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);

	if (function != NULL && strcmp(function, "SyncRepWaitForLSN") == 0)
		connection->commit_unsure = true;
}

static void
await_socket(DbConnection *connection, uint32_t events)
{
	/* libpq may have gone on to another socket under the same number: always anew */
	if (!watch_start(&connection->watch, PQsocket(connection->pg), events, on_socket, connection))
		lose(connection, NULL);
}

static void
begin_statement(DbConnection *connection)
{
	PQclear(connection->result);
	connection->result = NULL;
	connection->failed = false;
	connection->commit_unsure = false;
	connection->sqlstate[0] = '\0';
}

static void
connect_step(DbConnection *connection)
{
	PostgresPollingStatusType step = PQstatus(connection->pg) == CONNECTION_BAD
										 ? PGRES_POLLING_FAILED
									 : connection->watch.active ? PQconnectPoll(connection->pg)
																: PGRES_POLLING_WRITING;

	if (!connection->watch.active && step != PGRES_POLLING_FAILED)
		timer_arm(&connection->timer, CONNECT_MS, on_no_answer, connection);
	switch (step)
	{
		case PGRES_POLLING_READING:
			await_socket(connection, EPOLLIN);
			return;
		case PGRES_POLLING_WRITING:
			await_socket(connection, EPOLLOUT);
			return;
		case PGRES_POLLING_OK:
			break;
		default:
			lose(connection, NULL);
			return;
	}
	PQsetNoticeReceiver(connection->pg, on_notice, connection);
	connection->state = DB_SETUP;
	begin_statement(connection);
	if (PQsetnonblocking(connection->pg, 1) != 0 ||
		PQsendQueryParams(connection->pg, setup_sql, 0, NULL, NULL, NULL, NULL, 0) == 0 ||
		PQflush(connection->pg) < 0)
		lose(connection, NULL);
	else
		await_socket(connection, EPOLLIN | EPOLLOUT);
}

/* The session is set up: this connection may be used. */
static void
established(DbConnection *connection)
{
	const char *superuser = PQparameterStatus(connection->pg, "is_superuser");

	connection->since_ms = loop_now_ms();
	log_state(NULL);
	if (superuser != NULL && strcmp(superuser, "on") == 0 && !superuser_told)
	{
		superuser_told = true;
		log_line("warning: the database role is a superuser; strike_gateway needs no such rights");
	}
}

/* The statement's last result has been read. */
static void
end_statement(DbConnection *connection)
{
	PGresult *result = connection->result;
	DbEnd end = DB_END_RAISED;

	connection->result = NULL;
	timer_cancel(&connection->timer);
	if (connection->state == DB_SETUP)
	{
		PQclear(result);
		if (connection->failed)
		{
			lose(connection, NULL);
			return;
		}
		established(connection);
		connection->state = DB_IDLE;
		connection->listener->idle(connection);
		return;
	}
	if (connection->commit_unsure && !connection->failed)
	{
		log_limited("a commit was not confirmed by the synchronous standby");
		connection->failed = true;
	}
	if (!connection->failed && result != NULL)
		end = DB_END_COMMITTED;
	connection->state = DB_IDLE;
	connection->listener->end(connection, end, end == DB_END_COMMITTED ? result : NULL,
							  connection->sqlstate);
	PQclear(result);
	if (connection->state == DB_IDLE)
		connection->listener->idle(connection);
}

/* A result of the statement, or the one that says why the connection goes. */
static void
note_result(DbConnection *connection, PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	ExecStatusType status = PQresultStatus(result);

	if ((status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) && connection->result == NULL &&
		!connection->failed)
	{
		connection->result = result;
		return;
	}
	connection->failed = true;
	if (sqlstate != NULL && connection->sqlstate[0] == '\0')
		snprintf(connection->sqlstate, sizeof(connection->sqlstate), "%s", sqlstate);
	PQclear(result);
}

/* What was notified since the last look. */
static void
take_notices(DbConnection *connection)
{
	PGnotify *notify;
	bool any = false;

	while (connection->state >= DB_IDLE && (notify = PQnotifies(connection->pg)) != NULL)
	{
		any = connection->listener->notified != NULL;
		if (any)
			connection->listener->notified(connection, notify->extra);
		PQfreemem(notify);
	}
	if (any && connection->state == DB_IDLE)
		connection->listener->idle(connection);
}

static void
on_socket(void *arg, uint32_t events)
{
	DbConnection *connection = arg;
	int unsent;

	if (connection->state == DB_CONNECTING)
	{
		connect_step(connection);
		return;
	}
	if ((events & ~(uint32_t) EPOLLOUT) != 0 && PQconsumeInput(connection->pg) == 0)
	{
		/* what the server said before it went is still to be read, its commit perhaps */
		if (PQisBusy(connection->pg) != 0)
		{
			lose(connection, NULL);
			return;
		}
	}
	unsent = PQflush(connection->pg);
	while ((connection->state == DB_BUSY || connection->state == DB_SETUP) &&
		   PQisBusy(connection->pg) == 0)
	{
		PGresult *result = PQgetResult(connection->pg);

		if (result != NULL)
			note_result(connection, result);
		else if (PQstatus(connection->pg) == CONNECTION_BAD)
			break;
		else
			end_statement(connection); /* may begin the next one */
	}
	take_notices(connection);
	if (connection->state < DB_SETUP)
		return;
	if (unsent < 0 || PQstatus(connection->pg) == CONNECTION_BAD)
		lose(connection, NULL);
	else
		watch_change(&connection->watch,
					 PQflush(connection->pg) > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void
db_connection_open(DbConnection *connection, const DbListener *listener, void *user)
{
	memset(connection, 0, sizeof(*connection));
	connection->listener = listener;
	connection->user = user;
	connection->backoff_ms = BACKOFF_MIN_MS;
	on_backoff_over(connection);
}

void
db_connection_close(DbConnection *connection)
{
	watch_stop(&connection->watch);
	timer_cancel(&connection->timer);
	PQclear(connection->result);
	connection->result = NULL;
	PQfinish(connection->pg);
	connection->pg = NULL;
	connection->state = DB_DOWN;
}

bool
db_connection_send(DbConnection *connection, const char *sql, int nparams,
				   const char *const *params)
{
	begin_statement(connection);
	if (PQsendQueryParams(connection->pg, sql, nparams, NULL, params, NULL, NULL, 0) == 0 ||
		PQflush(connection->pg) < 0)
	{
		lose(connection, NULL);
		return false;
	}
	connection->state = DB_BUSY;
	timer_arm(&connection->timer, STATEMENT_MS, on_no_answer, connection);
	watch_change(&connection->watch, EPOLLIN | EPOLLOUT);
	return true;
}
