/*
 * ws_client.c
 *		The WebSockets: opened, looked after, closed.
 *
 * There is no timer a client: one round over all of them, in slices, looks at each every two
 * seconds.
 */
#include "ws_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SEND_BUFFER (64 * 1024) /* bytes the kernel keeps a client: slowness shows early */
#define READ_BYTES (16 * 1024)
#define WAITING_MAX 512 /* clients without a token */

#define HELLO_MS 10000
#define STALL_MS 10000				  /* bytes wait, and the client takes none */
#define BACKLOG_MAX (8 * 1024 * 1024) /* bytes behind the feed */
#define CLOSING_MS 10000			  /* for the close frame and its answer */
#define SLOW_CLOSING_MS 60000		  /* for one that is slow as it is */
#define SLOW_MAX 256				  /* of those at once */
#define PING_MS 20000				  /* between pings; an answer is due before the next */
#define TELL_MS 1900				  /* of silence, then "now" */
#define ROUND_MS 2000				  /* in which each client is looked at once … */
#define SLICES 20					  /* … in so many parts */

TAILQ_HEAD(ClientList, WsClient);

static struct ClientList newcomers = TAILQ_HEAD_INITIALIZER(newcomers); /* by age */
static struct ClientList clients = TAILQ_HEAD_INITIALIZER(clients);
static struct ClientList gone = TAILQ_HEAD_INITIALIZER(gone); /* freed when nobody uses them */
WsFigures ws_totals;
static size_t client_count;
static size_t client_most;
static size_t slow_count;
static Timer round_timer;
static Timer gone_timer;
static bool draining;

static const char *const end_names[WS_ENDS] = {
	[WS_END_LEFT] = "left",
	[WS_END_VANISHED] = "vanished",
	[WS_END_NO_TOKEN] = "no_token",
	[WS_END_REFUSED] = "refused",
	[WS_END_EXPIRED] = "expired",
	[WS_END_MALFORMED] = "malformed",
	[WS_END_SLOW] = "slow",
	[WS_END_SILENT] = "silent",
	[WS_END_OVERLOADED] = "overloaded",
	[WS_END_SHUTDOWN] = "shutdown",
};

const char *
ws_end_name(WsEnd end)
{
	return end_names[end];
}

WsFigures
ws_figures(void)
{
	return ws_totals;
}

static void
count_state(const WsClient *client, int change)
{
	size_t *count = client->state == WS_HELLO  ? &ws_totals.waiting
					: client->state == WS_OPEN ? &ws_totals.open
											   : &ws_totals.closing;

	*count = (size_t) ((long) *count + change);
	if (client->state == WS_CLOSING && client->end == WS_END_SLOW)
		slow_count = (size_t) ((long) slow_count + change);
}

void
ws_enter(WsClient *client, WsState state)
{
	if (client->state == WS_HELLO)
	{
		TAILQ_REMOVE(&newcomers, client, link);
		TAILQ_INSERT_TAIL(&clients, client, link);
	}
	count_state(client, -1);
	client->state = state;
	client->since_ms = loop_now_ms();
	if (state != WS_GONE)
		count_state(client, 1);
}

static void
on_gone(void *arg)
{
	(void) arg;
	while (!TAILQ_EMPTY(&gone))
	{
		WsClient *client = TAILQ_FIRST(&gone);

		TAILQ_REMOVE(&gone, client, link);
		free(client->own);
		free(client->input);
		free(client->message);
		free(client);
	}
}

void
ws_bury(WsClient *client, WsEnd end)
{
	if (client->state == WS_GONE)
		return;
	if (client->state != WS_CLOSING)
		ws_totals.ends[end]++; /* else it was counted with its close frame */
	ws_enter(client, WS_GONE);
	live_leave(&client->reader);
	watch_stop(&client->watch);
	close(client->fd);
	client->peer->sockets--;
	peer_release(client->peer);
	TAILQ_REMOVE(&clients, client, link);
	client_count--;
	TAILQ_INSERT_TAIL(&gone, client, link);
	timer_arm(&gone_timer, 0, on_gone, NULL);
}

void
ws_begin_close(WsClient *client, WsEnd end, unsigned code, const char *reason)
{
	char head[WS_HEAD_MAX];
	char payload[WS_CONTROL_MAX];
	size_t length = 0;
	const char *rest;
	size_t rest_length;

	if (client->state >= WS_CLOSING)
		return;
	rest_length = live_rest_of_frame(&client->reader, &rest);
	if (rest_length > 0)
		ws_queue_first(client, rest, rest_length); /* own lines wait behind it: none was begun */
	if (code != WS_NO_CODE)
	{
		payload[0] = (char) (code >> 8);
		payload[1] = (char) code;
		length = 2 + (size_t) snprintf(payload + 2, sizeof(payload) - 2, "%s", reason);
	}
	/* whatever waits: the close frame is not left out */
	ws_queue_bytes(client, head, ws_frame_head(head, WS_CLOSE, length));
	ws_queue_bytes(client, payload, length);
	live_leave(&client->reader);
	ws_totals.ends[end]++;
	client->end = end;
	ws_enter(client, WS_CLOSING);
	free(client->input);
	free(client->message);
	client->input = client->message = NULL;
	client->input_length = client->message_length = 0;
}

static void
close_slow(WsClient *client, WsEnd end, const char *reason)
{
	/* each costs what the kernel keeps for it: only so many are waited for */
	if (slow_count >= SLOW_MAX)
	{
		ws_bury(client, end);
		return;
	}
	ws_begin_close(client, end, WS_TRY_LATER, reason);
	ws_pump(client);
}

/* --- the feed ------------------------------------------------------------------------------------ */

static void
on_ready(LiveReader *reader)
{
	WsClient *client = (WsClient *) reader;

	if (!client->blocked)
		ws_pump(client);
}

static void
on_refused(LiveReader *reader)
{
	WsClient *client = (WsClient *) reader;

	ws_begin_close(client, WS_END_REFUSED, WS_REFUSED, "no right to a live feed");
	ws_pump(client);
}

static const LiveListener live_listener = {on_ready, on_refused};

/* --- the socket ---------------------------------------------------------------------------------- */

static void
on_socket(void *arg, uint32_t events)
{
	static char bytes[READ_BYTES];
	WsClient *client = arg;
	ssize_t n;

	if ((events & EPOLLOUT) != 0)
	{
		client->blocked = true; /* so that await() sees a change */
		ws_pump(client);
		if (client->state == WS_GONE)
			return;
	}
	if ((events & ~(uint32_t) EPOLLOUT) == 0)
		return;
	n = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
	{
		ws_bury(client, WS_END_VANISHED);
		return;
	}
	/* after our close frame nothing is of interest but the end */
	if (client->state < WS_CLOSING)
		ws_receive(client, bytes, (size_t) n);
}

/* --- the round ------------------------------------------------------------------------------------ */

static void
look_at_open(WsClient *client, int64_t now, int64_t unix_now)
{
	if (client->expires <= unix_now)
	{
		ws_begin_close(client, WS_END_EXPIRED, WS_REFUSED, "token expired");
		ws_pump(client);
		return;
	}
	if (client->blocked &&
		(now - client->progress_ms > STALL_MS || live_backlog(&client->reader) > BACKLOG_MAX))
	{
		close_slow(client, WS_END_SLOW, "can't keep up");
		return;
	}
	if (now - client->pinged_ms > PING_MS)
	{
		if (!client->ponged)
		{
			close_slow(client, WS_END_SILENT, "no answer to ping");
			return;
		}
		client->ponged = false;
		client->pinged_ms = now;
		(void) ws_queue_frame(client, WS_PING, "", 0);
	}
	if (now - client->told_ms >= TELL_MS && client->own_length == 0)
	{
		if (!live_fresh())
			ws_tell(client, "{\"database\":\"down\"}");
		else
			(void) ws_tell_now(client);
	}
	if (!client->blocked)
		ws_pump(client);
}

static void
look_at(WsClient *client, int64_t now, int64_t unix_now)
{
	switch (client->state)
	{
		case WS_OPEN:
			look_at_open(client, now, unix_now);
			break;
		case WS_CLOSING:
			if (now - client->since_ms >
				(client->end == WS_END_SLOW ? SLOW_CLOSING_MS : CLOSING_MS))
				ws_bury(client, client->end);
			break;
		case WS_HELLO:
		case WS_GONE:
			break;
	}
}

/* The oldest of those without a token. */
static void
close_oldest_newcomer(void)
{
	WsClient *client = TAILQ_FIRST(&newcomers);

	ws_begin_close(client, WS_END_NO_TOKEN, WS_REFUSED, "no token came");
	ws_pump(client);
}

/* A part of the clients, from the list's head; each goes to its end. */
static void
on_round(void *arg)
{
	int64_t now = loop_now_ms();
	int64_t unix_now = (int64_t) time(NULL);
	size_t part = client_count / SLICES + 1;

	(void) arg;
	while (!TAILQ_EMPTY(&newcomers) && now - TAILQ_FIRST(&newcomers)->since_ms > HELLO_MS)
		close_oldest_newcomer();
	for (; part > 0 && !TAILQ_EMPTY(&clients); part--)
	{
		WsClient *client = TAILQ_FIRST(&clients);

		TAILQ_REMOVE(&clients, client, link);
		TAILQ_INSERT_TAIL(&clients, client, link);
		look_at(client, now, unix_now);
	}
	timer_arm(&round_timer, ROUND_MS / SLICES, on_round, NULL);
}

/* --- all of them ----------------------------------------------------------------------------------- */

void
ws_clients_open(int most)
{
	client_most = (size_t) most;
	live_open(&live_listener);
	on_round(NULL);
}

bool
ws_clients_room(void)
{
	return client_count < client_most && !draining;
}

void
ws_client_open(int fd, Peer *peer, const char *head, const char *rest, size_t length)
{
	WsClient *client = calloc(1, sizeof(*client));
	int size = SEND_BUFFER;
	char *bytes;

	if (client == NULL)
		abort();
	client->fd = fd;
	client->peer = peer;
	peer->sockets++;
	client->state = WS_HELLO;
	client->since_ms = client->progress_ms = loop_now_ms();
	ws_totals.opened++;
	/* whoever says at once who he is isn't kept out by those who don't */
	if (ws_totals.waiting >= WAITING_MAX)
		close_oldest_newcomer();
	TAILQ_INSERT_TAIL(&newcomers, client, link);
	client_count++;
	count_state(client, 1);
	(void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ws_queue_bytes(client, head, strlen(head));
	if (!watch_start(&client->watch, fd, EPOLLIN, on_socket, client))
	{
		ws_bury(client, WS_END_OVERLOADED);
		return;
	}
	bytes = malloc(length + 1);
	if (bytes == NULL)
		abort();
	memcpy(bytes, rest, length);
	ws_receive(client, bytes, length);
	free(bytes);
}

void
ws_clients_drain(void)
{
	WsClient *client;

	draining = true;
	while (!TAILQ_EMPTY(&newcomers))
	{
		client = TAILQ_FIRST(&newcomers);
		ws_begin_close(client, WS_END_SHUTDOWN, WS_GOING_AWAY, "the gateway restarts");
		ws_pump(client);
	}
	client = TAILQ_FIRST(&clients);
	while (client != NULL)
	{
		WsClient *next = TAILQ_NEXT(client, link);

		ws_begin_close(client, WS_END_SHUTDOWN, WS_GOING_AWAY, "the gateway restarts");
		ws_pump(client);
		client = next;
	}
}

size_t
ws_clients_draining(void)
{
	WsClient *client;
	size_t untold = 0;

	TAILQ_FOREACH(client, &clients, link)
	{
		untold += client->own_length > 0;
	}
	return untold;
}

void
ws_clients_close(void)
{
	timer_cancel(&round_timer);
	while (!TAILQ_EMPTY(&newcomers))
		ws_bury(TAILQ_FIRST(&newcomers), WS_END_SHUTDOWN);
	while (!TAILQ_EMPTY(&clients))
		ws_bury(TAILQ_FIRST(&clients), WS_END_SHUTDOWN);
	live_close();
	timer_cancel(&gone_timer);
	on_gone(NULL);
}
