/*
 * memory.c
 *		Allocation that doesn't fail.
 */
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
out_of_memory(void)
{
	fputs("strike-mock: out of memory\n", stderr);
	exit(3);
}

void *
memory_zeroed(size_t bytes)
{
	void *block = calloc(1, bytes > 0 ? bytes : 1);

	if (block == NULL)
		out_of_memory();
	return block;
}

void *
memory_grown(void *block, size_t bytes)
{
	void *grown = realloc(block, bytes > 0 ? bytes : 1);

	if (grown == NULL)
		out_of_memory();
	return grown;
}

char *
memory_text_of(const char *bytes, size_t length)
{
	char *copy = memory_zeroed(length + 1);

	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

char *
memory_text(const char *text)
{
	return text == NULL ? NULL : memory_text_of(text, strlen(text));
}

char *
memory_format(const char *format, ...)
{
	va_list args;
	char *text = NULL;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		out_of_memory();
	return text;
}
