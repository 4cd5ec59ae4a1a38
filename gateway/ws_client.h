/*
 * ws_client.h
 *		The WebSockets: who is connected, what he is told, when he is closed.
 */
#ifndef GATEWAY_WS_CLIENT_H
#define GATEWAY_WS_CLIENT_H

#include "http.h"
#include "options.h"

#include <stddef.h>

/* Why a WebSocket came to its end; ws_end_name's words stand in /metrics. */
typedef enum WsEnd
{
	WS_END_LEFT,	   /* the client closed it */
	WS_END_VANISHED,   /* its connection went without a word */
	WS_END_NO_TOKEN,   /* none came in time */
	WS_END_REFUSED,	   /* the message or its token was no good */
	WS_END_EXPIRED,	   /* the token's time is over */
	WS_END_MALFORMED,  /* not WebSocket, too large, not text */
	WS_END_SLOW,	   /* it couldn't keep up */
	WS_END_SILENT,	   /* it didn't answer a ping */
	WS_END_OVERLOADED, /* there is no room */
	WS_END_SHUTDOWN,   /* the gateway ends */
	WS_ENDS
} WsEnd;

typedef struct WsFigures
{
	size_t waiting; /* for their token */
	size_t open;
	size_t closing;
	unsigned long long opened;
	unsigned long long told; /* messages of the feed that were sent whole */
	unsigned long long bytes;
	unsigned long long ends[WS_ENDS];
} WsFigures;

const char *ws_end_name(WsEnd end);
WsFigures ws_figures(void);

void ws_clients_open(int most);
/* Is there room for one more? */
bool ws_clients_room(void);
/*
 * Takes over a socket, and one reference of its peer: sends `head`, then speaks WebSocket.  rest:
 * bytes that came already; they and the head are copied.
 */
void ws_client_open(int fd, struct Peer *peer, const char *head, const char *rest, size_t length);

/* Tells all of them that the gateway ends. */
void ws_clients_drain(void);
/* How many have not been told yet. */
size_t ws_clients_draining(void);
void ws_clients_close(void);

#endif
