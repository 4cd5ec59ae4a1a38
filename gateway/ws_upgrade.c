/*
 * ws_upgrade.c
 *		The handshake: is it one, may that page ask, is there room?
 *
 * A browser sends no token of ours by itself (it is in the first message, never in a cookie), so
 * the Origin check is a second fence and not the only one.
 */
#include "ws_upgrade.h"

#include "log.h"
#include "peer.h"
#include "token.h"
#include "ws_client.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY_LENGTH 24 /* 16 bytes in base64 */
#define ACCEPT_MAX 40
#define SHA1_BYTES 20

static const char accept_suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static const OptionList *origins;
static unsigned long long refusals;

void
ws_upgrade_settings(const Options *options)
{
	origins = &options->origins;
}

void
ws_upgrade_refused(int status)
{
	(void) status;
	refusals++;
}

unsigned long long
ws_upgrade_refusals(void)
{
	return refusals;
}

static void
refuse(HttpExchange *exchange, int status)
{
	refusals++;
	http_answer_plain(exchange, status);
}

/* Is it one of the allowed, or, if none is set, the host that is asked? */
static bool
origin_is_allowed(const HttpHead *head)
{
	const char *origin = http_header(head, "origin");
	const char *host = http_header(head, "host");

	if (http_header_count(head, "origin") == 0)
		return true; /* no browser */
	if (http_header_count(head, "origin") > 1)
		return false;
	for (int i = 0; i < origins->count; i++)
	{
		size_t length = strlen(origins->item[i]);

		length -= origins->item[i][length - 1] == '/';
		if (strlen(origin) == length && strncasecmp(origin, origins->item[i], length) == 0)
			return true;
	}
	if (origins->count > 0 || host == NULL)
		return false;
	if (strncasecmp(origin, "http://", 7) == 0)
		return strcasecmp(origin + 7, host) == 0;
	return strncasecmp(origin, "https://", 8) == 0 && strcasecmp(origin + 8, host) == 0;
}

static bool
is_key(const char *key)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return key != NULL && strlen(key) == KEY_LENGTH && strspn(key, letters) == KEY_LENGTH - 2 &&
		   strcmp(key + KEY_LENGTH - 2, "==") == 0;
}

static void
make_accept(const char *key, char *accept, size_t size)
{
	char text[KEY_LENGTH + sizeof(accept_suffix)];
	unsigned char digest[SHA1_BYTES];
	int length = snprintf(text, sizeof(text), "%s%s", key, accept_suffix);

	lws_SHA1((const unsigned char *) text, (size_t) length, digest);
	lws_b64_encode_string((const char *) digest, sizeof(digest), accept, (int) size);
}

/* 0, or the status to refuse the request with. */
static int
judge(const HttpExchange *exchange)
{
	const HttpHead *head = &exchange->head;
	const char *version = http_header(head, "sec-websocket-version");

	if (head->minor < 1 || !http_header_lists(head, "upgrade", "websocket") ||
		!http_header_lists(head, "connection", "upgrade"))
		return 426;
	if (version == NULL || strcmp(version, "13") != 0)
		return 426;
	if (http_header_count(head, "sec-websocket-key") != 1 ||
		!is_key(http_header(head, "sec-websocket-key")) || exchange->body.length > 0)
		return 400;
	if (!origin_is_allowed(head))
		return 403;
	if (!token_ready() || !ws_clients_room())
		return 503;
	return 0;
}

void
ws_upgrade_serve(HttpExchange *exchange)
{
	int status = judge(exchange);
	const char *forwarded = http_header(&exchange->head, "x-forwarded-for");
	char accept[ACCEPT_MAX];
	char head[300];
	char *rest;
	size_t length;
	Peer *connected;
	Peer *peer;
	int fd;

	if (status == 0 && exchange->connection != NULL)
	{
		connected = http_peer(exchange);
		peer = connected->proxy && forwarded != NULL ? peer_behind(connected, forwarded)
													 : peer_keep(connected);
		/* its own place is counted already; that of somebody behind a proxy isn't */
		if (peer != connected && peer_full(peer))
			status = 429;
		peer_release(peer);
	}
	if (status == 426)
	{
		HttpAnswer answer = {.status = 426,
							 .content_type = "text/plain; charset=utf-8",
							 .body = "Upgrade Required",
							 .length = 16,
							 .extra = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};

		refusals++;
		http_answer(exchange, &answer);
		return;
	}
	if (status != 0 || exchange->connection == NULL)
	{
		if (status == 403)
			log_limited("a websocket is refused: a page from another origin");
		refuse(exchange, status != 0 ? status : 400);
		return;
	}
	make_accept(http_header(&exchange->head, "sec-websocket-key"), accept, sizeof(accept));
	snprintf(head, sizeof(head),
			 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			 "Sec-WebSocket-Accept: %s\r\n\r\n",
			 accept);
	connected = http_peer(exchange);
	peer = connected->proxy && forwarded != NULL ? peer_behind(connected, forwarded)
												 : peer_keep(connected);
	fd = http_take_socket(exchange, &connected, &rest, &length);
	peer_release(connected);
	ws_client_open(fd, peer, head, rest, length);
	free(rest);
}
