/*
 * utf8.c
 *		Well-formedness by the byte ranges of the Unicode Standard's table 3-7.
 */
#include "utf8.h"

#include <stdint.h>

/* Length of the sequence that starts at p with `left` bytes to come, 0 if it's malformed. */
static size_t
sequence_length(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80; /* bounds of the second byte, which the first one narrows */
	uint8_t high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (left < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
	{
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

bool
utf8_is_text(const char *bytes, size_t length)
{
	const uint8_t *p = (const uint8_t *) bytes;

	while (length > 0)
	{
		size_t n = sequence_length(p, length);

		if (n == 0)
			return false;
		p += n;
		length -= n;
	}
	return true;
}
