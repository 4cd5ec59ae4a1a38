/*
 * ws_session.h
 *		One WebSocket, as ws_client.c, ws_input.c and ws_output.c share it.
 *
 *		            token good               close sent, or to be
 *		  HELLO ───────────────► OPEN ──────────────────────────► CLOSING ──► gone
 *		    └────────────────────────────────────────────────────────▲
 */
#ifndef GATEWAY_WS_SESSION_H
#define GATEWAY_WS_SESSION_H

#include "live.h"
#include "loop.h"
#include "peer.h"
#include "ws_client.h"
#include "ws_frame.h"

#include <sys/queue.h>

typedef enum WsState
{
	WS_HELLO,
	WS_OPEN,
	WS_CLOSING,
	WS_GONE
} WsState;

typedef struct WsClient
{
	LiveReader reader; /* first: live.h's callbacks cast */
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

/* ws_client.c */
extern WsFigures ws_totals;
void ws_enter(WsClient *client, WsState state);
/* Closes the socket at once; the rest is freed once nobody is in the middle of it. */
void ws_bury(WsClient *client, WsEnd end);
/* Ends it with a close frame, behind what was begun.  code WS_NO_CODE: an empty one. */
void ws_begin_close(WsClient *client, WsEnd end, unsigned code, const char *reason);

/* ws_output.c */
/* False: too much waits already, and this isn't sent. */
bool ws_queue_frame(WsClient *client, WsOpcode opcode, const char *payload, size_t length);
/* The bytes as they are, before anything else that waits, or behind. */
void ws_queue_bytes(WsClient *client, const char *bytes, size_t length);
void ws_queue_first(WsClient *client, const char *bytes, size_t length);
/* A line for this client alone. */
void ws_tell(WsClient *client, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* {"now"}, if it has all there is; false: it hasn't. */
bool ws_tell_now(WsClient *client);
/* Sends until the socket is full or nothing is left; may bury the client. */
void ws_pump(WsClient *client);

/* ws_input.c */
/* Bytes that came; does what they say, and sends what is to be said. */
void ws_receive(WsClient *client, char *bytes, size_t length);

#endif
