/*
 * websocket.c
 *		Fuzzes what a WebSocket's client may send: frames, the first message, its token.
 */
#include "token.h"
#include "utf8.h"
#include "ws_frame.h"
#include "ws_hello.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const Options options = {.jwt_alg = "HS256",
									.jwt_secret = "a secret of more than thirty-two bytes",
									.jwt_aud = "strike"};

	(void) argc;
	(void) argv;
	if (!token_settings(&options))
		abort();
	return 0;
}

static void
take_message(const char *text, size_t length)
{
	static WsHello hello;
	TokenClaims claims;
	const char *why;

	if (!utf8_is_text(text, length))
		return;
	if (!ws_hello_read(text, length, &hello, &why))
	{
		if (why == NULL)
			abort();
		return;
	}
	if (strlen(hello.token) > WS_TOKEN_MAX || hello.since < WS_SINCE_NOW)
		abort();
	if (token_read(hello.token, 1700000000, &claims, &why))
	{
		/* only what the seeds hold is signed: anything else that gets in is a forgery */
		if (strcmp(claims.role, "strike_operator") != 0 || strcmp(claims.tenant, "noc-east") != 0)
			abort();
	}
	else if (why == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	size_t at = 0;

	memcpy(bytes, data, size);
	bytes[size] = '\0';
	while (at < size)
	{
		WsFrame frame;
		size_t taken;
		int error = ws_frame_take(bytes + at, size - at, LIMIT, &frame, &taken);

		if (taken > size - at || (error != 0 && taken != 0))
			abort();
		if (error != 0 || taken == 0)
			break;
		if (frame.length > LIMIT || (frame.opcode >= WS_CLOSE && frame.length > WS_CONTROL_MAX))
			abort();
		take_message(frame.payload, frame.length);
		at += taken;
	}
	/* and the bytes as a message, without a frame around them */
	memcpy(bytes, data, size);
	take_message(bytes, size);
	free(bytes);
	return 0;
}
