/*
 * fingerprint.c
 *		MD5, by RFC 1321.
 */
#include <stdio.h>
#include <string.h>

#include "domain/fingerprint.h"

/* 2^32 × |sin(i + 1)|, and the rotations of the four rounds. */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
static const int rotations[4][4] = {
	{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static void
take_block(uint32_t state[4], const unsigned char *block)
{
	uint32_t a = state[0];
	uint32_t b = state[1];
	uint32_t c = state[2];
	uint32_t d = state[3];
	uint32_t word[16];

	for (int i = 0; i < 16; i++)
		word[i] = (uint32_t) block[4 * i] | (uint32_t) block[4 * i + 1] << 8 |
				  (uint32_t) block[4 * i + 2] << 16 | (uint32_t) block[4 * i + 3] << 24;
	for (int i = 0; i < 64; i++)
	{
		int round = i / 16;
		int shift = rotations[round][i % 4];
		uint32_t mixed;
		uint32_t sum;
		int which;

		switch (round)
		{
			case 0:
				mixed = (b & c) | (~b & d);
				which = i;
				break;
			case 1:
				mixed = (b & d) | (c & ~d);
				which = (5 * i + 1) % 16;
				break;
			case 2:
				mixed = b ^ c ^ d;
				which = (3 * i + 5) % 16;
				break;
			default:
				mixed = c ^ (b | ~d);
				which = 7 * i % 16;
		}
		sum = a + mixed + sines[i] + word[which];
		a = d;
		d = c;
		c = b;
		b += sum << shift | sum >> (32 - shift);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void
fingerprint_begin(Fingerprint *f)
{
	*f = (Fingerprint){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void
fingerprint_bytes(Fingerprint *f, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	while (size > 0)
	{
		size_t at = f->length % 64;
		size_t part = 64 - at < size ? 64 - at : size;

		memcpy(f->block + at, from, part);
		f->length += part;
		from += part;
		size -= part;
		if (at + part == 64)
			take_block(f->state, f->block);
	}
}

void
fingerprint_text(Fingerprint *f, const char *text)
{
	size_t size = text != NULL ? strlen(text) : 0;
	char length[24] = "";

	snprintf(length, sizeof(length), "%zu:", size);
	fingerprint_bytes(f, length, strlen(length));
	if (text != NULL)
		fingerprint_bytes(f, text, size);
}

void
fingerprint_end(Fingerprint *f, char hex[FINGERPRINT_SIZE])
{
	static const unsigned char padding[64] = {0x80};
	uint64_t bits = f->length * 8;
	unsigned char count[8];

	for (int i = 0; i < 8; i++)
		count[i] = (unsigned char) (bits >> (8 * i));
	fingerprint_bytes(f, padding, 1 + (119 - f->length % 64) % 64);
	fingerprint_bytes(f, count, sizeof(count));
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", f->state[i / 4] >> (8 * (i % 4)) & 0xff);
}
