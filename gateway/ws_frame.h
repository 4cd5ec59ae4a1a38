/*
 * ws_frame.h
 *		WebSocket frames (RFC 6455, 5).  No I/O, no allocation.
 */
#ifndef GATEWAY_WS_FRAME_H
#define GATEWAY_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#define WS_HEAD_MAX 10	   /* bytes before a payload that we send */
#define WS_CONTROL_MAX 125 /* bytes of a control frame's payload */

typedef enum WsOpcode
{
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10
} WsOpcode;

typedef struct WsFrame
{
	WsOpcode opcode;
	bool final;
	char *payload; /* unmasked, inside the bytes given */
	size_t length;
} WsFrame;

/* Close codes (RFC 6455, 7.4.1). */
enum
{
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL_ERROR = 1002,
	WS_UNSUPPORTED = 1003,
	WS_NO_CODE = 1005, /* never sent */
	WS_NOT_TEXT = 1007,
	WS_REFUSED = 1008,
	WS_TOO_BIG = 1009,
	WS_TRY_LATER = 1013
};

/*
 * Takes one frame off the bytes that a client sent, unmasking it in place.  *taken: its length, 0
 * when it isn't complete yet.  0, or the code to close with: 1002 for what the standard forbids
 * (unmasked, reserved bits or opcodes, long or fragmented control frames), 1009 for a payload over
 * `limit`, told from its head already.
 */
int ws_frame_take(char *bytes, size_t length, size_t limit, WsFrame *frame, size_t *taken);

/* The head of a final, unmasked frame; its length, at most WS_HEAD_MAX. */
size_t ws_frame_head(char *head, WsOpcode opcode, size_t length);

/* May a peer send this code in a close frame? */
bool ws_close_code_valid(unsigned code);

#endif
