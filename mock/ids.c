/*
 * ids.c
 *		Identifiers: a random half drawn once a process, and a counter run through a bijection, so
 *		that they look random and can't repeat.
 */
#include "ids.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t process_part;
static uint64_t counter;
static uint64_t task_counter;
static unsigned started_at;

void
ids_init(void)
{
	if (getrandom(&process_part, sizeof(process_part), 0) != (ssize_t) sizeof(process_part))
		process_part = (uint64_t) time(NULL) << 20;
	started_at = (unsigned) time(NULL);
}

/* splitmix64's finaliser: a bijection on 64 bits, so distinct counters give distinct values. */
static uint64_t
scrambled(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void
draw(uint64_t *high, uint64_t *low)
{
	counter++;
	*low = scrambled(counter ^ process_part);
	*high = scrambled(process_part + 0x9e3779b97f4a7c15u * counter);
}

void
id_sid(const char *prefix, char out[ID_TEXT])
{
	uint64_t high;
	uint64_t low;

	draw(&high, &low);
	snprintf(out, ID_TEXT, "%.2s%016llx%016llx", prefix, (unsigned long long) high,
			 (unsigned long long) low);
}

void
id_uuid(char out[ID_TEXT])
{
	uint64_t high;
	uint64_t low;

	draw(&high, &low);
	snprintf(out, ID_TEXT, "%08llx-%04llx-4%03llx-%04llx-%012llx",
			 (unsigned long long) (high >> 32), (unsigned long long) (high >> 16 & 0xffff),
			 (unsigned long long) (high & 0xfff),
			 (unsigned long long) ((low >> 48 & 0x3fff) | 0x8000),
			 (unsigned long long) (low & 0xffffffffffffu));
}

void
id_task(char out[ID_TEXT])
{
	snprintf(out, ID_TEXT, "PT-%08x-%06llu", started_at, (unsigned long long) ++task_counter);
}

void
id_token(char out[ID_TEXT])
{
	uint64_t high;
	uint64_t low;

	draw(&high, &low);
	snprintf(out, ID_TEXT, "rt-%016llx%016llx", (unsigned long long) high,
			 (unsigned long long) low);
}

bool
id_is_sid(const char *text, const char *prefix)
{
	if (text == NULL || strlen(text) != 34 || strncmp(text, prefix, 2) != 0)
		return false;
	for (const char *c = text + 2; *c != '\0'; c++)
	{
		if (!isxdigit((unsigned char) *c))
			return false;
	}
	return true;
}

bool
id_is_uuid(const char *text)
{
	if (text == NULL || strlen(text) != 36)
		return false;
	for (int i = 0; i < 36; i++)
	{
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
	}
	return true;
}
