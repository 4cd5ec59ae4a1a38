/*
 * log.c
 *		Lines on stderr, cleaned and bounded.
 */
#include "log.h"

#include "loop.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_BYTES 500
#define LOG_BURST 10

static void
write_line(const char *format, va_list args)
{
	char line[LINE_BYTES];

	vsnprintf(line, sizeof(line), format, args);
	for (char *c = line; *c != '\0'; c++)
	{
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	}
	fprintf(stderr, "strike-gateway: %s\n", line);
}

void
log_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
}

void
log_limited(const char *format, ...)
{
	static int64_t second = -1;
	static int lines;
	static unsigned left_out;
	int64_t now = loop_now_ms() / 1000;
	va_list args;

	if (now != second)
	{
		second = now;
		lines = 0;
	}
	if (lines >= LOG_BURST)
	{
		left_out++;
		return;
	}
	lines++;
	if (left_out > 0)
		log_line("%u lines like the next were left out", left_out);
	left_out = 0;
	va_start(args, format);
	write_line(format, args);
	va_end(args);
}
