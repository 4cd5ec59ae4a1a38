/*
 * ws_client.c
 *		One WebSocket: its states, its limits, its bytes.
 *
 *		            token good               close sent, or to be
 *		  HELLO ───────────────► OPEN ──────────────────────────► CLOSING ──► gone
 *		    └────────────────────────────────────────────────────────▲
 *
 * What the feed says is sent straight from the group's segment (live.h); a client's own buffer
 * holds control frames and the few lines that are for it alone, sent between two frames of the
 * feed.  There is no timer a client: one round over all of them, in slices, looks at each every
 * two seconds.
 */
#include "ws_client.h"

#include "live.h"
#include "log.h"
#include "loop.h"
#include "peer.h"
#include "token.h"
#include "utf8.h"
#include "ws_frame.h"
#include "ws_hello.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_MAX 8192		/* bytes of a client's message */
#define OWN_MAX 4096			/* bytes of own lines that may wait */
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
#define RENEW_MS 1000				  /* between two messages of one client */

typedef enum WsState
{
	HELLO,
	OPEN,
	CLOSING,
	GONE
} WsState;

typedef struct WsClient
{
	LiveReader reader; /* first: on_ready casts */
	Watch watch;
	int fd;
	WsState state;
	WsEnd end;
	Peer *peer;
	int64_t since_ms;	 /* of this state */
	int64_t progress_ms; /* when bytes last went, or there were none to send */
	int64_t told_ms;	 /* when it last heard of us */
	int64_t pinged_ms;
	int64_t renewed_ms;
	int64_t expires; /* Unix seconds */
	bool ponged;
	bool blocked; /* waits for the socket */
	bool greeted;
	char *own; /* NULL when empty */
	size_t own_length;
	size_t own_sent;
	char *input; /* an incomplete frame; NULL when there is none */
	size_t input_length;
	char *message; /* an incomplete message; NULL when there is none */
	size_t message_length;
	TAILQ_ENTRY(WsClient) link;
} WsClient;

TAILQ_HEAD(ClientList, WsClient);

static struct ClientList clients = TAILQ_HEAD_INITIALIZER(clients);
static struct ClientList gone = TAILQ_HEAD_INITIALIZER(gone); /* freed when nobody uses them */
static size_t client_count;
static size_t client_most;
static size_t slow_count;
static WsFigures figures;
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

static void pump(WsClient *client);

const char *
ws_end_name(WsEnd end)
{
	return end_names[end];
}

WsFigures
ws_figures(void)
{
	return figures;
}

static void
count_state(const WsClient *client, int change)
{
	size_t *count = client->state == HELLO	? &figures.waiting
					: client->state == OPEN ? &figures.open
											: &figures.closing;

	*count = (size_t) ((long) *count + change);
	if (client->state == CLOSING && client->end == WS_END_SLOW)
		slow_count = (size_t) ((long) slow_count + change);
}

static void
enter(WsClient *client, WsState state)
{
	count_state(client, -1);
	client->state = state;
	client->since_ms = loop_now_ms();
	if (state != GONE)
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

/* The socket is closed; the rest is freed once nobody is in the middle of it. */
static void
bury(WsClient *client)
{
	if (client->state == GONE)
		return;
	if (client->state != CLOSING)
		figures.ends[client->end]++;
	enter(client, GONE);
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

/* --- own lines --------------------------------------------------------------------------------- */

static void
append_own(WsClient *client, const char *bytes, size_t length)
{
	client->own = realloc(client->own, client->own_length + length);
	if (client->own == NULL)
		abort();
	memcpy(client->own + client->own_length, bytes, length);
	client->own_length += length;
}

/* False: too much waits already, and this isn't sent. */
static bool
queue_frame(WsClient *client, WsOpcode opcode, const char *payload, size_t length)
{
	char head[WS_HEAD_MAX];

	if (client->own_length - client->own_sent + length > OWN_MAX)
		return false;
	append_own(client, head, ws_frame_head(head, opcode, length));
	append_own(client, payload, length);
	return true;
}

static void tell(WsClient *client, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
tell(WsClient *client, const char *format, ...)
{
	char text[200];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (queue_frame(client, WS_TEXT, text, (size_t) length))
		client->told_ms = loop_now_ms();
}

/* Ends it with a close frame, behind what was begun.  code WS_NO_CODE: an empty one. */
static void
begin_close(WsClient *client, WsEnd end, unsigned code, const char *reason)
{
	char payload[WS_CONTROL_MAX];
	size_t length = 0;
	const char *rest;
	size_t rest_length;

	if (client->state >= CLOSING)
		return;
	rest_length = live_rest_of_frame(&client->reader, &rest);
	if (rest_length > 0)
	{
		/* own lines wait behind a frame of the feed: none of them was begun */
		char *own = malloc(rest_length + client->own_length);

		if (own == NULL)
			abort();
		memcpy(own, rest, rest_length);
		if (client->own_length > 0)
			memcpy(own + rest_length, client->own, client->own_length);
		free(client->own);
		client->own = own;
		client->own_length += rest_length;
	}
	if (code != WS_NO_CODE)
	{
		payload[0] = (char) (code >> 8);
		payload[1] = (char) code;
		length = 2 + (size_t) snprintf(payload + 2, sizeof(payload) - 2, "%s", reason);
	}
	(void) queue_frame(client, WS_CLOSE, payload, length);
	live_leave(&client->reader);
	figures.ends[end]++;
	count_state(client, -1);
	client->end = end;
	client->state = CLOSING;
	client->since_ms = loop_now_ms();
	count_state(client, 1);
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
		client->end = end;
		bury(client);
		return;
	}
	begin_close(client, end, WS_TRY_LATER, reason);
	pump(client);
}

/* --- bytes out ---------------------------------------------------------------------------------- */

static void
await(WsClient *client, bool blocked)
{
	if (!blocked)
		client->progress_ms = loop_now_ms();
	if (client->blocked != blocked)
	{
		client->blocked = blocked;
		watch_change(&client->watch, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
	}
}

/* What is next for this client; 0: nothing.  *of_feed: it isn't its own lines. */
static size_t
next_bytes(WsClient *client, const char **bytes, bool *of_feed)
{
	size_t rest = live_rest_of_frame(&client->reader, bytes);
	int64_t now;

	*of_feed = true;
	if (rest > 0 && client->own_length > 0)
		return rest;
	if (client->own_length == 0 && client->state == OPEN)
	{
		size_t length = live_bytes(&client->reader, bytes);

		if (length > 0)
			return length;
		if (live_take_adrift(&client->reader, &now))
		{
			client->greeted = true;
			tell(client, "{\"now\":%lld,\"reset\":true}", (long long) now);
		}
		else if (!client->greeted && (now = live_now(&client->reader)) >= 0)
		{
			client->greeted = true;
			tell(client, "{\"now\":%lld}", (long long) now);
		}
	}
	*of_feed = false;
	*bytes = client->own + client->own_sent;
	return client->own_length - client->own_sent;
}

static void
took(WsClient *client, size_t length, bool of_feed)
{
	client->progress_ms = loop_now_ms();
	figures.bytes += length;
	if (of_feed)
	{
		client->told_ms = client->progress_ms;
		figures.told += live_sent(&client->reader, length);
		return;
	}
	client->own_sent += length;
	if (client->own_sent == client->own_length)
	{
		free(client->own);
		client->own = NULL;
		client->own_length = client->own_sent = 0;
	}
}

/* Sends until the socket is full or nothing is left. */
static void
pump(WsClient *client)
{
	while (client->state != GONE)
	{
		const char *bytes = NULL;
		bool of_feed;
		size_t length = next_bytes(client, &bytes, &of_feed);
		ssize_t n;

		if (length == 0)
		{
			await(client, false);
			return;
		}
		n = send(client->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		{
			await(client, true);
			return;
		}
		if (n < 0)
		{
			client->end = WS_END_VANISHED;
			bury(client);
			return;
		}
		took(client, (size_t) n, of_feed);
	}
}

/* --- the feed ------------------------------------------------------------------------------------ */

static void
on_ready(LiveReader *reader)
{
	WsClient *client = (WsClient *) reader;

	if (!client->blocked)
		pump(client);
}

static void
on_refused(LiveReader *reader)
{
	WsClient *client = (WsClient *) reader;

	begin_close(client, WS_END_REFUSED, WS_REFUSED, "no right to a live feed");
	pump(client);
}

static const LiveListener live_listener = {on_ready, on_refused};

/* --- what a client says -------------------------------------------------------------------------- */

/* The first message opens; a later one brings a new token for the same role and tenant. */
static void
take_hello(WsClient *client, const char *text, size_t length)
{
	static WsHello hello; /* large; one thread */
	TokenClaims claims;
	const char *why;

	if (!utf8_is_text(text, length))
	{
		begin_close(client, WS_END_MALFORMED, WS_NOT_TEXT, "not UTF-8");
		return;
	}
	if (client->state == OPEN && loop_now_ms() - client->renewed_ms < RENEW_MS)
	{
		begin_close(client, WS_END_REFUSED, WS_REFUSED, "too many messages");
		return;
	}
	client->renewed_ms = loop_now_ms();
	if (!ws_hello_read(text, length, &hello, &why) ||
		!token_read(hello.token, (int64_t) time(NULL), &claims, &why))
	{
		log_limited("a websocket of %s is refused: %s", client->peer->address, why);
		begin_close(client, WS_END_REFUSED, WS_REFUSED, why);
		return;
	}
	client->expires = claims.expires;
	if (client->state == OPEN)
	{
		if (!live_is_of(&client->reader, claims.role, claims.tenant))
			begin_close(client, WS_END_REFUSED, WS_REFUSED, "a token of somebody else");
		return;
	}
	if (!live_join(&client->reader, claims.role, claims.tenant, hello.since))
	{
		begin_close(client, WS_END_OVERLOADED, WS_TRY_LATER, "too many tenants at once");
		return;
	}
	enter(client, OPEN);
	client->pinged_ms = client->told_ms = client->since_ms;
	client->ponged = true;
}

static void
take_close(WsClient *client, const WsFrame *frame)
{
	unsigned code = frame->length >= 2 ? (unsigned) ((unsigned char) frame->payload[0] << 8 |
													 (unsigned char) frame->payload[1])
									   : WS_NO_CODE;

	if (frame->length == 1 || (frame->length >= 2 && !ws_close_code_valid(code)))
		begin_close(client, WS_END_MALFORMED, WS_PROTOCOL_ERROR, "");
	else
		begin_close(client, WS_END_LEFT, code, "");
}

/* Text, in one frame or several. */
static void
take_data(WsClient *client, const WsFrame *frame)
{
	if (frame->opcode == WS_BINARY)
	{
		begin_close(client, WS_END_MALFORMED, WS_UNSUPPORTED, "text only");
		return;
	}
	if ((frame->opcode == WS_CONTINUATION) != (client->message != NULL))
	{
		begin_close(client, WS_END_MALFORMED, WS_PROTOCOL_ERROR, "frames out of order");
		return;
	}
	if (frame->final && client->message == NULL)
	{
		take_hello(client, frame->payload, frame->length);
		return;
	}
	if (client->message_length + frame->length > MESSAGE_MAX)
	{
		begin_close(client, WS_END_MALFORMED, WS_TOO_BIG, "message too long");
		return;
	}
	client->message = realloc(client->message, client->message_length + frame->length + 1);
	if (client->message == NULL)
		abort();
	memcpy(client->message + client->message_length, frame->payload, frame->length);
	client->message_length += frame->length;
	if (frame->final)
	{
		char *message = client->message;
		size_t length = client->message_length;

		client->message = NULL;
		client->message_length = 0;
		take_hello(client, message, length);
		free(message);
	}
}

static void
take_frame(WsClient *client, const WsFrame *frame)
{
	switch (frame->opcode)
	{
		case WS_PING:
			/* one that doesn't read gets no more of them */
			(void) queue_frame(client, WS_PONG, frame->payload, frame->length);
			break;
		case WS_PONG:
			client->ponged = true;
			break;
		case WS_CLOSE:
			take_close(client, frame);
			break;
		case WS_TEXT:
		case WS_BINARY:
		case WS_CONTINUATION:
			take_data(client, frame);
			break;
	}
}

/* Frames out of the bytes; how many were used. */
static size_t
take_frames(WsClient *client, char *bytes, size_t length)
{
	size_t at = 0;

	while (client->state < CLOSING)
	{
		WsFrame frame;
		size_t taken;
		int error = ws_frame_take(bytes + at, length - at, MESSAGE_MAX, &frame, &taken);

		if (error != 0)
			begin_close(client, WS_END_MALFORMED, (unsigned) error,
						error == WS_TOO_BIG ? "message too long" : "");
		else if (taken == 0)
			return at;
		else
			take_frame(client, &frame);
		at += taken;
	}
	return length;
}

static void
receive(WsClient *client, char *bytes, size_t length)
{
	char *joined = NULL;
	size_t used;

	if (client->input != NULL)
	{
		joined = realloc(client->input, client->input_length + length);
		if (joined == NULL)
			abort();
		client->input = NULL;
		memcpy(joined + client->input_length, bytes, length);
		bytes = joined;
		length += client->input_length;
		client->input_length = 0;
	}
	used = take_frames(client, bytes, length);
	if (used < length && client->state < CLOSING)
	{
		client->input = malloc(length - used);
		if (client->input == NULL)
			abort();
		memcpy(client->input, bytes + used, length - used);
		client->input_length = length - used;
	}
	free(joined);
	pump(client);
}

static void
on_socket(void *arg, uint32_t events)
{
	static char bytes[READ_BYTES];
	WsClient *client = arg;
	ssize_t n;

	if ((events & EPOLLOUT) != 0)
	{
		client->blocked = true; /* so that await() sees a change */
		pump(client);
		if (client->state == GONE)
			return;
	}
	if ((events & ~(uint32_t) EPOLLOUT) == 0)
		return;
	n = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
	{
		client->end = WS_END_VANISHED;
		bury(client);
		return;
	}
	/* after our close frame nothing is of interest but the end */
	if (client->state < CLOSING)
		receive(client, bytes, (size_t) n);
}

/* --- the round ------------------------------------------------------------------------------------ */

static void
look_at_open(WsClient *client, int64_t now, int64_t unix_now)
{
	int64_t seq;

	if (client->expires <= unix_now)
	{
		begin_close(client, WS_END_EXPIRED, WS_REFUSED, "token expired");
		pump(client);
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
		(void) queue_frame(client, WS_PING, "", 0);
	}
	if (now - client->told_ms >= TELL_MS && client->own_length == 0)
	{
		if (!live_fresh())
			tell(client, "{\"database\":\"down\"}");
		else if ((seq = live_now(&client->reader)) >= 0)
		{
			client->greeted = true;
			tell(client, "{\"now\":%lld}", (long long) seq);
		}
	}
	if (!client->blocked)
		pump(client);
}

static void
look_at(WsClient *client, int64_t now, int64_t unix_now)
{
	switch (client->state)
	{
		case HELLO:
			if (now - client->since_ms > HELLO_MS)
			{
				begin_close(client, WS_END_NO_TOKEN, WS_REFUSED, "no token came");
				pump(client);
			}
			break;
		case OPEN:
			look_at_open(client, now, unix_now);
			break;
		case CLOSING:
			if (now - client->since_ms >
				(client->end == WS_END_SLOW ? SLOW_CLOSING_MS : CLOSING_MS))
				bury(client);
			break;
		case GONE:
			break;
	}
}

/* A part of the clients, from the list's head; each goes to its end. */
static void
on_round(void *arg)
{
	int64_t now = loop_now_ms();
	int64_t unix_now = (int64_t) time(NULL);
	size_t part = client_count / SLICES + 1;

	(void) arg;
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
	return client_count < client_most && figures.waiting < WAITING_MAX && !draining;
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
	client->state = HELLO;
	client->since_ms = client->progress_ms = loop_now_ms();
	figures.opened++;
	TAILQ_INSERT_TAIL(&clients, client, link);
	client_count++;
	count_state(client, 1);
	(void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	append_own(client, head, strlen(head));
	if (!watch_start(&client->watch, fd, EPOLLIN, on_socket, client))
	{
		client->end = WS_END_OVERLOADED;
		bury(client);
		return;
	}
	bytes = malloc(length + 1);
	if (bytes == NULL)
		abort();
	memcpy(bytes, rest, length);
	receive(client, bytes, length);
	free(bytes);
}

void
ws_clients_drain(void)
{
	WsClient *client = TAILQ_FIRST(&clients);

	draining = true;
	while (client != NULL)
	{
		WsClient *next = TAILQ_NEXT(client, link);

		begin_close(client, WS_END_SHUTDOWN, WS_GOING_AWAY, "the gateway restarts");
		pump(client);
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
	while (!TAILQ_EMPTY(&clients))
	{
		TAILQ_FIRST(&clients)->end = WS_END_SHUTDOWN;
		bury(TAILQ_FIRST(&clients));
	}
	live_close();
	timer_cancel(&gone_timer);
	on_gone(NULL);
}
