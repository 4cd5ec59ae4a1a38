/*
 * check.h
 *		The unit tests' only tool: a promise in words, and whether it holds.
 */
#ifndef STRIKE_CHECK_H
#define STRIKE_CHECK_H

#include <stdio.h>
#include <string.h>

static int checks_passed;
static int checks_failed;

#define CHECK(promise, condition)                                                                  \
	do                                                                                             \
	{                                                                                              \
		if (condition)                                                                             \
			checks_passed++;                                                                       \
		else                                                                                       \
		{                                                                                          \
			checks_failed++;                                                                       \
			printf("not ok - %s (%s:%d: %s)\n", promise, __FILE__, __LINE__, #condition);          \
		}                                                                                          \
	} while (0)

#define CHECK_TEXT(promise, got, expected)                                                         \
	do                                                                                             \
	{                                                                                              \
		const char *got_ = (got);                                                                  \
		if (strcmp(got_, expected) == 0)                                                           \
			checks_passed++;                                                                       \
		else                                                                                       \
		{                                                                                          \
			checks_failed++;                                                                       \
			printf("not ok - %s (%s:%d)\n  got:      %s\n  expected: %s\n", promise, __FILE__,     \
				   __LINE__, got_, expected);                                                      \
		}                                                                                          \
	} while (0)

/* Last statement of main(): the counts, and the exit status. */
static inline int
checks_done(void)
{
	printf("%d passed, %d failed\n", checks_passed, checks_failed);
	return checks_failed != 0;
}

#endif
