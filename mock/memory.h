/*
 * memory.h
 *		Allocation that doesn't fail: a development tool that has no memory left says so and ends.
 */
#ifndef MOCK_MEMORY_H
#define MOCK_MEMORY_H

#include <stddef.h>

extern void *memory_zeroed(size_t bytes);
extern void *memory_grown(void *block, size_t bytes);
extern char *memory_text(const char *text);					   /* a copy; NULL gives NULL */
extern char *memory_text_of(const char *bytes, size_t length); /* NUL-terminated copy */
extern char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
