/*
 * ws_hello.h
 *		A client's message: {"token": "…", "since": 123}.
 */
#ifndef GATEWAY_WS_HELLO_H
#define GATEWAY_WS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_TOKEN_MAX 4096
#define WS_SINCE_NOW (-1)

typedef struct WsHello
{
	char token[WS_TOKEN_MAX + 1];
	int64_t since; /* last feed seq seen; WS_SINCE_NOW without one, or null */
} WsHello;

/*
 * False: it isn't such a message, *why says what is wrong.  Further keys are ignored, doubled ones
 * are refused.  since: a whole number from 0 to 2^53.
 */
bool ws_hello_read(const char *text, size_t length, WsHello *hello, const char **why);

#endif
