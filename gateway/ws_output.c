/*
 * ws_output.c
 *		Bytes to a client.
 *
 * What the feed says is sent straight from the group's segment (live.h).  A client's own buffer
 * holds control frames and the few lines that are for it alone; they go between two frames of the
 * feed.
 */
#include "ws_session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define OWN_MAX 4096 /* bytes of own lines that may wait */

void
ws_queue_bytes(WsClient *client, const char *bytes, size_t length)
{
	if (client->own_sent > 0)
	{
		client->own_length -= client->own_sent;
		memmove(client->own, client->own + client->own_sent, client->own_length);
		client->own_sent = 0;
	}
	client->own = realloc(client->own, client->own_length + length);
	if (client->own == NULL)
		abort();
	memcpy(client->own + client->own_length, bytes, length);
	client->own_length += length;
}

void
ws_queue_first(WsClient *client, const char *bytes, size_t length)
{
	char *own = malloc(length + client->own_length);

	if (own == NULL)
		abort();
	memcpy(own, bytes, length);
	if (client->own_length > 0)
		memcpy(own + length, client->own, client->own_length);
	free(client->own);
	client->own = own;
	client->own_length += length;
}

bool
ws_queue_frame(WsClient *client, WsOpcode opcode, const char *payload, size_t length)
{
	char head[WS_HEAD_MAX];

	if (client->own_length - client->own_sent + length > OWN_MAX)
		return false;
	ws_queue_bytes(client, head, ws_frame_head(head, opcode, length));
	ws_queue_bytes(client, payload, length);
	return true;
}

void
ws_tell(WsClient *client, const char *format, ...)
{
	char text[200];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (ws_queue_frame(client, WS_TEXT, text, (size_t) length))
		client->told_ms = loop_now_ms();
}

bool
ws_tell_now(WsClient *client)
{
	int64_t seq;
	long attention;

	if (!live_now(&client->reader, &seq, &attention))
		return false;
	client->greeted = true;
	ws_tell(client, "{\"now\":%lld,\"attention\":%ld}", (long long) seq, attention);
	return true;
}

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
	if (client->own_length == 0 && client->state == WS_OPEN)
	{
		size_t length = live_bytes(&client->reader, bytes);

		if (length > 0)
			return length;
		if (live_take_adrift(&client->reader, &now))
		{
			client->greeted = true;
			ws_tell(client, "{\"now\":%lld,\"reset\":true}", (long long) now);
		}
		else if (!client->greeted)
			(void) ws_tell_now(client);
	}
	*of_feed = false;
	*bytes = client->own + client->own_sent;
	return client->own_length - client->own_sent;
}

static void
took(WsClient *client, size_t length, bool of_feed)
{
	client->progress_ms = loop_now_ms();
	ws_totals.bytes += length;
	if (of_feed)
	{
		client->told_ms = client->progress_ms;
		ws_totals.told += live_sent(&client->reader, length);
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

void
ws_pump(WsClient *client)
{
	while (client->state != WS_GONE)
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
			ws_bury(client, WS_END_VANISHED);
			return;
		}
		took(client, (size_t) n, of_feed);
	}
}
