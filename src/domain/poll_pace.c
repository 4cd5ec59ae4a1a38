/*
 * poll_pace.c
 *		Times of looks.
 */
#include "domain/poll_pace.h"

#define FLOOR_DIVISOR 6
#define ACTIVE_DIVISOR 4
#define JITTER_PARTS 1024

/* FNV-1a, then mixed, so that ids which differ in little are far apart. */
uint64_t
pace_seed(const void *id, size_t size)
{
	const unsigned char *byte = id;
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	return hash ^ (hash >> 33);
}

int64_t
pace_floor(int64_t interval)
{
	return interval / FLOOR_DIVISOR;
}

/* The first moment after 'now' that is the seed's place in a rhythm of that length. */
static int64_t
place_after(int64_t now, int64_t length, uint64_t seed)
{
	int64_t place = (int64_t) (seed % (uint64_t) length);
	int64_t passed = (now - place) % length;

	if (passed < 0)
		passed += length;
	return now + length - passed;
}

int64_t
pace_next(int64_t now, int64_t interval, int64_t changed_at, uint64_t seed)
{
	int64_t floor = pace_floor(interval);
	int64_t pace = interval;
	int64_t at;

	if (changed_at != 0 && (now - changed_at) / ACTIVE_DIVISOR < interval)
		pace = (now - changed_at) / ACTIVE_DIVISOR;
	if (pace < floor)
		pace = floor;
	at = place_after(now, pace, seed);
	if (at - now >= floor)
		return at;
	/*
	 * Its place is too near, and the next one too far: somewhere between, by the seed, and at least
	 * the floor before that next one, which is then taken.
	 */
	return pace > 2 * floor ? now + floor + (int64_t) ((seed >> 16) % (uint64_t) (pace - 2 * floor))
							: now + pace;
}

int64_t
pace_after_failure(int64_t now, int64_t interval, int failures, uint64_t seed)
{
	int64_t wait = pace_floor(interval);

	for (int i = 1; i < failures && wait < interval; i++)
		wait *= 2;
	if (wait > interval)
		wait = interval;
	seed += (uint64_t) failures * UINT64_C(0x9e3779b97f4a7c15);
	return now + wait - wait / 4 / JITTER_PARTS * (int64_t) (seed % JITTER_PARTS);
}

int64_t
pace_spread(int64_t from, int64_t interval, uint64_t seed)
{
	return from + (int64_t) (seed % (uint64_t) interval);
}
