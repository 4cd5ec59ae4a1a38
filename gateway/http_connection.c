/*
 * http_connection.c
 *		One client connection.
 *
 *		              head complete         body complete        answer decided
 *		  RECEIVE_HEAD ──────────► RECEIVE_BODY ──────────► SERVE ──────────► SEND ──┐
 *		       ▲                                                            keep │     │ close
 *		       └────────────────────────────────────────────────────────────────┘     ▼
 *		                                                                            LINGER ─► closed
 *
 * Nothing is read while a request is served, so a client can pipeline no more than one buffer.
 * Every state but SERVE has a deadline counted from its start: sending slowly doesn't extend it.
 * SERVE is bounded by the handlers.  LINGER reads on for a moment after the last answer, as closing
 * with unread bytes resets the connection, and the client would lose the answer.
 */
#include "http_connection.h"

#include "http.h"
#include "http_answer.h"
#include "log.h"
#include "loop.h"
#include "peer.h"
#include "router.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_MS 10000 /* a head, a body, or the pause before the next request */
#define SEND_MS 10000
#define LINGER_MS 2000
#define LINGER_BYTES (16 * 1024 * 1024)
#define INPUT_BYTES (HTTP_HEAD_MAX + 4096)

typedef enum ConnectionState
{
	RECEIVE_HEAD,
	RECEIVE_BODY,
	SERVE,
	SEND,
	LINGER,
	TAKEN /* its socket is somebody else's: freed at the end of advance() */
} ConnectionState;

typedef struct HttpConnection
{
	Watch watch;
	Timer timer;
	int fd;
	Peer *peer;
	ConnectionState state;
	int64_t since_ms; /* of this state */
	bool head_begun;  /* the next request's first byte has come */
	bool ended;		  /* the client sends no more */
	bool keep_alive;
	bool served;	/* a request before */
	bool advancing; /* inside advance(): it goes on by itself */
	size_t scanned; /* http_head_length's */
	size_t input_length;
	size_t lingered;
	HttpExchange *exchange; /* in RECEIVE_BODY and SERVE */
	char *output;
	size_t output_length;
	size_t output_sent;
	TAILQ_ENTRY(HttpConnection) link;
	char input[INPUT_BYTES];
} HttpConnection;

static TAILQ_HEAD(ConnectionList, HttpConnection) connections = TAILQ_HEAD_INITIALIZER(connections);
static size_t connection_count;
static bool draining;

static void advance(HttpConnection *connection);

static void
free_exchange(HttpExchange *exchange)
{
	http_body_free(&exchange->body);
	free(exchange->head_bytes);
	free(exchange);
}

static void
close_connection(HttpConnection *connection)
{
	watch_stop(&connection->watch);
	timer_cancel(&connection->timer);
	if (connection->fd >= 0)
		close(connection->fd);
	connection->peer->requests--;
	peer_release(connection->peer);
	if (connection->exchange != NULL)
	{
		if (connection->state == SERVE)
			connection->exchange->connection = NULL; /* its handler answers it later */
		else
			free_exchange(connection->exchange);
	}
	free(connection->output);
	TAILQ_REMOVE(&connections, connection, link);
	connection_count--;
	free(connection);
}

static void
enter(HttpConnection *connection, ConnectionState state)
{
	connection->state = state;
	connection->since_ms = loop_now_ms();
}

/* Decides the answer of the connection's request; `close` in it ends the connection after. */
static void
begin_answer(HttpConnection *connection, const HttpAnswer *answer, const HttpHead *head)
{
	bool without_body = head != NULL && strcmp(head->method, "HEAD") == 0;
	int minor = head != NULL ? head->minor : 1;

	connection->keep_alive = head != NULL && head->keep_alive && !answer->close && !draining;
	connection->output = http_answer_bytes(answer, minor, connection->keep_alive, without_body,
										   &connection->output_length);
	connection->output_sent = 0;
	enter(connection, SEND);
}

static void
plain_answer(int status, HttpAnswer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->status = status;
	answer->content_type = "text/plain; charset=utf-8";
	answer->body = http_reason(status);
	answer->length = strlen(answer->body);
	answer->retry_after = status == 503;
}

/* Refuses what can't be read as a request any further: the connection ends with it. */
static void
refuse(HttpConnection *connection, int status)
{
	HttpExchange *exchange = connection->exchange;
	HttpAnswer answer;

	connection->exchange = NULL;
	if (exchange != NULL && exchange->route != NULL && exchange->route->refused != NULL)
		exchange->route->refused(status);
	plain_answer(status, &answer);
	answer.close = true;
	begin_answer(connection, &answer, exchange != NULL ? &exchange->head : NULL);
	if (exchange != NULL)
		free_exchange(exchange);
}

void
http_answer(HttpExchange *exchange, const HttpAnswer *answer)
{
	HttpConnection *connection = exchange->connection;

	if (connection != NULL)
	{
		connection->exchange = NULL;
		begin_answer(connection, answer, &exchange->head);
	}
	free_exchange(exchange);
	if (connection != NULL && !connection->advancing)
		advance(connection);
}

void
http_answer_plain(HttpExchange *exchange, int status)
{
	HttpAnswer answer;

	plain_answer(status, &answer);
	http_answer(exchange, &answer);
}

int
http_take_socket(HttpExchange *exchange, Peer **peer, char **rest, size_t *length)
{
	HttpConnection *connection = exchange->connection;
	int fd = connection->fd;

	*rest = malloc(connection->input_length + 1);
	if (*rest == NULL)
		abort();
	memcpy(*rest, connection->input, connection->input_length);
	*length = connection->input_length;
	*peer = peer_keep(connection->peer);
	watch_stop(&connection->watch);
	connection->fd = -1;
	connection->exchange = NULL;
	connection->state = TAKEN;
	free_exchange(exchange);
	if (!connection->advancing)
		close_connection(connection);
	return fd;
}

Peer *
http_peer(const HttpExchange *exchange)
{
	return exchange->connection != NULL ? exchange->connection->peer : NULL;
}

static void
consume(HttpConnection *connection, size_t length)
{
	connection->input_length -= length;
	memmove(connection->input, connection->input + length, connection->input_length);
}

/* Finds the request's route; answers what no handler needs to see.  True: receive the body. */
static bool
begin_exchange(HttpConnection *connection, HttpExchange *exchange)
{
	const HttpHead *head = &exchange->head;
	HttpAnswer answer;
	char allow[64];

	connection->exchange = exchange;
	exchange->route = router_find(head->target, head->path_length);
	/* a refusal leaves the body unread, so that the connection can't be used on */
	if (exchange->route == NULL || !router_allows(exchange->route, head->method))
	{
		plain_answer(exchange->route == NULL ? 404 : 405, &answer);
		answer.close = head->has_length ? head->length > 0 : head->chunked;
		if (exchange->route != NULL)
		{
			router_allow(exchange->route, allow, sizeof(allow));
			answer.allow = allow;
		}
		connection->exchange = NULL;
		begin_answer(connection, &answer, head);
		free_exchange(exchange);
		return false;
	}
	if (!http_body_begin(&exchange->body, head, HTTP_BODY_MAX))
	{
		refuse(connection, 413);
		return false;
	}
	if (head->expects_continue && exchange->body.state != BODY_COMPLETE &&
		connection->input_length == 0)
	{
		static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

		/* the socket's buffer is empty here; a client that misses this line sends on by itself */
		if (send(connection->fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL) < 0)
			connection->ended = true;
	}
	enter(connection, RECEIVE_BODY);
	return true;
}

/* True: went a step on. */
static bool
receive_head(HttpConnection *connection)
{
	HttpExchange *exchange;
	size_t length;
	int status;

	/* an empty line before a request is allowed (RFC 9112, 2.2) */
	while (connection->input_length >= 2 && memcmp(connection->input, "\r\n", 2) == 0)
	{
		consume(connection, 2);
		connection->scanned = 0;
	}
	if (connection->input_length == 0)
		return false;
	if (!connection->head_begun)
	{
		connection->head_begun = true;
		/* the first request's time counts from the connection's start */
		if (connection->served)
			connection->since_ms = loop_now_ms();
	}
	length = http_head_length(connection->input, connection->input_length, &connection->scanned);
	if (length == 0)
	{
		status = http_head_overflow(connection->input, connection->input_length);
		if (status == 0)
			return false;
		refuse(connection, status);
		return true;
	}
	exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL || (exchange->head_bytes = malloc(length + 1)) == NULL)
		abort();
	memcpy(exchange->head_bytes, connection->input, length);
	exchange->head_bytes[length] = '\0';
	exchange->connection = connection;
	exchange->began_ms = loop_now_ms();
	consume(connection, length);
	connection->scanned = 0;
	connection->head_begun = false;
	connection->served = true;
	status = http_head_parse(exchange->head_bytes, length, &exchange->head);
	if (status != 0)
	{
		free_exchange(exchange);
		refuse(connection, status);
		return true;
	}
	begin_exchange(connection, exchange);
	return true;
}

static bool
receive_body(HttpConnection *connection)
{
	HttpExchange *exchange = connection->exchange;
	size_t taken;
	int status =
		http_body_take(&exchange->body, connection->input, connection->input_length, &taken);

	consume(connection, taken);
	if (status != 0)
	{
		refuse(connection, status);
		return true;
	}
	if (exchange->body.state != BODY_COMPLETE)
		return false;
	enter(connection, SERVE);
	exchange->route->serve(exchange);
	return true;
}

/* True: the answer is wholly sent. *broken: the client is gone. */
static bool
send_output(HttpConnection *connection, bool *broken)
{
	while (connection->output_sent < connection->output_length)
	{
		ssize_t n =
			send(connection->fd, connection->output + connection->output_sent,
				 connection->output_length - connection->output_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
		{
			*broken = errno != EAGAIN && errno != EWOULDBLOCK;
			return false;
		}
		connection->output_sent += (size_t) n;
	}
	free(connection->output);
	connection->output = NULL;
	return true;
}

static void
on_deadline(void *arg)
{
	HttpConnection *connection = arg;

	if ((connection->state == RECEIVE_HEAD && connection->head_begun) ||
		connection->state == RECEIVE_BODY)
	{
		refuse(connection, 408);
		advance(connection);
	}
	else
		close_connection(connection);
}

/* What to wait for in this state, and until when. */
static void
await(HttpConnection *connection)
{
	int64_t limit = connection->state == SEND	  ? SEND_MS
					: connection->state == LINGER ? LINGER_MS
												  : RECEIVE_MS;

	watch_change(&connection->watch, connection->state == SEND	  ? EPOLLOUT
									 : connection->state == SERVE ? 0
																  : EPOLLIN);
	if (connection->state == SERVE)
		timer_cancel(&connection->timer);
	else
		timer_arm(&connection->timer, connection->since_ms + limit - loop_now_ms(), on_deadline,
				  connection);
}

/* Goes on until more bytes, a handler or the socket's buffer is needed; may close it. */
static void
advance(HttpConnection *connection)
{
	bool moved = true;
	bool broken = false;

	connection->advancing = true;
	while (moved)
	{
		switch (connection->state)
		{
			case RECEIVE_HEAD:
				moved = receive_head(connection);
				break;
			case RECEIVE_BODY:
				moved = receive_body(connection);
				break;
			case SEND:
				moved = send_output(connection, &broken);
				if (!moved)
					break;
				if (connection->keep_alive && !draining)
					enter(connection, RECEIVE_HEAD);
				else
				{
					shutdown(connection->fd, SHUT_WR);
					enter(connection, LINGER);
				}
				break;
			case SERVE:
			case LINGER:
			case TAKEN:
				moved = false;
				break;
		}
	}
	connection->advancing = false;
	if (broken || connection->state == TAKEN ||
		(connection->ended && connection->state != SERVE && connection->state != SEND))
		close_connection(connection);
	else
		await(connection);
}

static void
on_ready(void *arg, uint32_t events)
{
	HttpConnection *connection = arg;
	ssize_t n;

	/* with nothing to read wanted, a hang-up means that nobody will take the answer */
	if ((connection->state == SERVE || connection->state == SEND) &&
		(events & (EPOLLHUP | EPOLLERR)) != 0)
	{
		close_connection(connection);
		return;
	}
	if (connection->state == LINGER)
		connection->input_length = 0; /* not wanted any more */
	if (connection->state != SERVE && connection->state != SEND &&
		connection->input_length < INPUT_BYTES)
	{
		n = recv(connection->fd, connection->input + connection->input_length,
				 INPUT_BYTES - connection->input_length, MSG_DONTWAIT);
		if (n < 0)
		{
			if (errno != EAGAIN && errno != EINTR)
				close_connection(connection);
			return;
		}
		if (n == 0)
			connection->ended = true;
		connection->input_length += (size_t) n;
		if (connection->state == LINGER)
		{
			connection->lingered += (size_t) n;
			if (connection->lingered > LINGER_BYTES)
				connection->ended = true;
		}
	}
	advance(connection);
}

/* The connection (of this peer, or of all) that has kept us waiting longest; NULL if none has. */
static HttpConnection *
longest_waiting(const Peer *peer)
{
	HttpConnection *found = NULL;
	HttpConnection *connection;

	TAILQ_FOREACH(connection, &connections, link)
	{
		if (connection->state != SERVE && (peer == NULL || connection->peer == peer) &&
			(found == NULL || connection->since_ms < found->since_ms))
			found = connection;
	}
	return found;
}

void
http_connection_take(int fd, Peer *peer)
{
	HttpConnection *connection;
	bool own = peer_full(peer);

	if (own || connection_count >= HTTP_CONNECTIONS_MAX)
	{
		HttpConnection *slow = longest_waiting(own ? peer : NULL);

		if (own)
			log_limited("%s has all the connections that it may", peer->address);
		else
			log_limited("%d connections are open: one is closed", HTTP_CONNECTIONS_MAX);
		if (slow == NULL)
		{
			close(fd);
			peer_release(peer);
			return;
		}
		close_connection(slow);
	}
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL)
		abort();
	connection->fd = fd;
	connection->peer = peer;
	peer->requests++;
	TAILQ_INSERT_TAIL(&connections, connection, link);
	connection_count++;
	enter(connection, RECEIVE_HEAD);
	if (!watch_start(&connection->watch, fd, EPOLLIN, on_ready, connection))
	{
		close_connection(connection);
		return;
	}
	await(connection);
}

size_t
http_connection_count(void)
{
	return connection_count;
}

size_t
http_connection_busy(void)
{
	HttpConnection *connection;
	size_t busy = 0;

	TAILQ_FOREACH(connection, &connections, link)
	{
		busy += connection->state == SERVE || connection->state == SEND ||
				connection->state == RECEIVE_BODY;
	}
	return busy;
}

void
http_connections_drain(void)
{
	HttpConnection *connection = TAILQ_FIRST(&connections);

	draining = true;
	while (connection != NULL)
	{
		HttpConnection *next = TAILQ_NEXT(connection, link);

		if (connection->state == RECEIVE_HEAD || connection->state == LINGER)
			close_connection(connection);
		connection = next;
	}
}

void
http_connections_close(void)
{
	while (!TAILQ_EMPTY(&connections))
		close_connection(TAILQ_FIRST(&connections));
}
