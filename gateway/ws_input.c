/*
 * ws_input.c
 *		What a client says: frames, messages, tokens.
 */
#include "ws_session.h"

#include "log.h"
#include "token.h"
#include "utf8.h"
#include "ws_hello.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MESSAGE_MAX 8192 /* bytes of a client's message */
#define RENEW_MS 1000	 /* between two messages of one client */

/* The first message opens; a later one brings a new token for the same role and tenant. */
static void
take_hello(WsClient *client, const char *text, size_t length)
{
	static WsHello hello; /* large; one thread */
	TokenClaims claims;
	const char *why;

	if (!utf8_is_text(text, length))
	{
		ws_begin_close(client, WS_END_MALFORMED, WS_NOT_TEXT, "not UTF-8");
		return;
	}
	if (client->state == WS_OPEN && loop_now_ms() - client->renewed_ms < RENEW_MS)
	{
		ws_begin_close(client, WS_END_REFUSED, WS_REFUSED, "too many messages");
		return;
	}
	client->renewed_ms = loop_now_ms();
	if (!ws_hello_read(text, length, &hello, &why) ||
		!token_read(hello.token, (int64_t) time(NULL), &claims, &why))
	{
		log_limited("a websocket of %s is refused: %s", client->peer->address, why);
		ws_begin_close(client, WS_END_REFUSED, WS_REFUSED, why);
		return;
	}
	client->expires = claims.expires;
	if (client->state == WS_OPEN)
	{
		if (!live_is_of(&client->reader, claims.role, claims.tenant))
			ws_begin_close(client, WS_END_REFUSED, WS_REFUSED, "a token of somebody else");
		return;
	}
	if (!live_join(&client->reader, claims.role, claims.tenant, hello.since))
	{
		ws_begin_close(client, WS_END_OVERLOADED, WS_TRY_LATER, "too many tenants at once");
		return;
	}
	ws_enter(client, WS_OPEN);
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
		ws_begin_close(client, WS_END_MALFORMED, WS_PROTOCOL_ERROR, "");
	else
		ws_begin_close(client, WS_END_LEFT, code, "");
}

/* Text, in one frame or several. */
static void
take_data(WsClient *client, const WsFrame *frame)
{
	if (frame->opcode == WS_BINARY)
	{
		ws_begin_close(client, WS_END_MALFORMED, WS_UNSUPPORTED, "text only");
		return;
	}
	if ((frame->opcode == WS_CONTINUATION) != (client->message != NULL))
	{
		ws_begin_close(client, WS_END_MALFORMED, WS_PROTOCOL_ERROR, "frames out of order");
		return;
	}
	if (frame->final && client->message == NULL)
	{
		take_hello(client, frame->payload, frame->length);
		return;
	}
	if (client->message_length + frame->length > MESSAGE_MAX)
	{
		ws_begin_close(client, WS_END_MALFORMED, WS_TOO_BIG, "message too long");
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
			(void) ws_queue_frame(client, WS_PONG, frame->payload, frame->length);
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

	while (client->state < WS_CLOSING)
	{
		WsFrame frame;
		size_t taken;
		int error = ws_frame_take(bytes + at, length - at, MESSAGE_MAX, &frame, &taken);

		if (error != 0)
			ws_begin_close(client, WS_END_MALFORMED, (unsigned) error,
						   error == WS_TOO_BIG ? "message too long" : "");
		else if (taken == 0)
			return at;
		else
			take_frame(client, &frame);
		at += taken;
	}
	return length;
}

void
ws_receive(WsClient *client, char *bytes, size_t length)
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
	if (used < length && client->state < WS_CLOSING)
	{
		client->input = malloc(length - used);
		if (client->input == NULL)
			abort();
		memcpy(client->input, bytes + used, length - used);
		client->input_length = length - used;
	}
	free(joined);
	ws_pump(client);
}
