/*
 * ws_frame.c
 *		Frames off the wire and onto it.
 */
#include "ws_frame.h"

#include <stdint.h>
#include <string.h>

#define FINAL 0x80
#define RESERVED 0x70
#define OPCODE 0x0f
#define MASKED 0x80
#define MASK_BYTES 4

static bool
is_known(unsigned opcode)
{
	return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

/* The payload's length as the head says it; *head: bytes before the mask, 0 = not there yet. */
static int
read_length(const unsigned char *bytes, size_t length, uint64_t *payload, size_t *head)
{
	unsigned word = bytes[1] & 0x7f;

	*head = word < 126 ? 2 : word == 126 ? 4 : 10;
	if (length < *head)
	{
		*head = 0;
		return 0;
	}
	*payload = word;
	if (word >= 126)
	{
		*payload = 0;
		for (size_t i = 2; i < *head; i++)
			*payload = *payload << 8 | bytes[i];
		/* in the fewest bytes, and below 2^63 */
		if ((word == 126 && *payload < 126) || (word == 127 && *payload < 65536) ||
			*payload >> 63 != 0)
			return WS_PROTOCOL_ERROR;
	}
	return 0;
}

int
ws_frame_take(char *bytes, size_t length, size_t limit, WsFrame *frame, size_t *taken)
{
	const unsigned char *head = (const unsigned char *) bytes;
	uint64_t payload = 0;
	size_t head_length;
	int error;

	*taken = 0;
	if (length < 2)
		return 0;
	frame->opcode = (WsOpcode) (head[0] & OPCODE);
	frame->final = (head[0] & FINAL) != 0;
	if ((head[0] & RESERVED) != 0 || !is_known(head[0] & OPCODE) || (head[1] & MASKED) == 0)
		return WS_PROTOCOL_ERROR;
	if (frame->opcode >= WS_CLOSE && (!frame->final || (head[1] & 0x7f) > WS_CONTROL_MAX))
		return WS_PROTOCOL_ERROR;
	error = read_length(head, length, &payload, &head_length);
	if (error != 0 || head_length == 0)
		return error;
	if (payload > limit)
		return WS_TOO_BIG;
	if (length < head_length + MASK_BYTES + payload)
		return 0;
	frame->payload = bytes + head_length + MASK_BYTES;
	frame->length = (size_t) payload;
	for (size_t i = 0; i < frame->length; i++)
		frame->payload[i] = (char) ((unsigned char) frame->payload[i] ^ head[head_length + i % 4]);
	*taken = head_length + MASK_BYTES + frame->length;
	return 0;
}

size_t
ws_frame_head(char *head, WsOpcode opcode, size_t length)
{
	size_t digits = length < 126 ? 0 : length < 65536 ? 2 : 8;

	head[0] = (char) (FINAL | opcode);
	head[1] = (char) (digits == 0 ? length : digits == 2 ? 126 : 127);
	for (size_t i = 0; i < digits; i++)
		head[2 + i] = (char) ((uint64_t) length >> 8 * (digits - 1 - i));
	return 2 + digits;
}

bool
ws_close_code_valid(unsigned code)
{
	if (code >= 3000)
		return code < 5000;
	return code >= 1000 && code <= 1014 && code != 1004 && code != WS_NO_CODE && code != 1006;
}
