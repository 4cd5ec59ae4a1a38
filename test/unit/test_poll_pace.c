/*
 * test_poll_pace.c
 *		When looks are due: spread, sooner after a change, within the bounds, backing off.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "domain/poll_pace.h"

#include "check.h"

#define SECOND INT64_C(1000000)
#define INTERVAL (60 * SECOND)
#define ORDERS 6000

static uint64_t
seed_of(int order)
{
	unsigned char id[16] = {(unsigned char) order, (unsigned char) (order >> 8), 0, 0, 0, 0, 0x40};

	return pace_seed(id, sizeof(id));
}

/* The largest number of orders that share one second of the interval. */
static int
most_in_a_second(int64_t (*when)(uint64_t seed))
{
	int count[60] = {0};
	int most = 0;

	for (int order = 0; order < ORDERS; order++)
	{
		int second = (int) (when(seed_of(order)) / SECOND % 60);

		if (++count[second] > most)
			most = count[second];
	}
	return most;
}

static int64_t
quiet_for_long(uint64_t seed)
{
	int64_t now = 1000 * INTERVAL;

	for (int look = 0; look < 5; look++)
		now = pace_next(now, INTERVAL, 0, seed);
	return now;
}

static int64_t
put_off(uint64_t seed)
{
	return pace_spread(7 * SECOND, INTERVAL, seed);
}

int
main(void)
{
	int64_t floor = pace_floor(INTERVAL);
	bool within = true;
	bool settled = true;
	bool sooner = true;
	bool grows = true;
	bool backs_off = true;
	bool jitters = false;

	CHECK("the floor is a sixth of the interval", floor == 10 * SECOND);
	srand(1);
	for (int order = 0; order < 2000; order++)
	{
		uint64_t seed = seed_of(order);
		int64_t now = (int64_t) rand() * 7919;
		int64_t changed = now - (int64_t) rand() % (600 * SECOND);
		int64_t at = pace_next(now, INTERVAL, order % 2 ? changed : 0, seed);
		int64_t first = pace_next(now, INTERVAL, 0, seed);
		int64_t second = pace_next(first, INTERVAL, 0, seed);
		int64_t before = 0;

		within = within && at - now >= floor && at - now <= INTERVAL;
		within = within && first - now >= floor && first - now <= INTERVAL;
		settled = settled && pace_next(second, INTERVAL, 0, seed) - second == INTERVAL;
		sooner = sooner && pace_next(now, INTERVAL, now, seed) - now == floor;
		for (int age = 0; age <= 300; age += 20)
		{
			int64_t next = pace_next(now, INTERVAL, now - age * SECOND, seed) - now;

			grows = grows && next <= (age / 4 * SECOND > floor ? age / 4 * SECOND : floor);
		}
		for (int failures = 1; failures < 40; failures++)
		{
			int64_t wait = pace_after_failure(now, INTERVAL, failures, seed) - now;

			backs_off = backs_off && wait <= INTERVAL && wait > floor / 2 && wait >= before / 2;
			jitters =
				jitters || wait != pace_after_failure(now, INTERVAL, failures, seed + 1) - now;
			before = wait;
		}
	}
	CHECK("a look is never sooner than the floor, nor later than the interval", within);
	CHECK("from the second look on a quiet order is looked at exactly once an interval", settled);
	CHECK("after a change it is looked at again after the floor", sooner);
	CHECK("and less often the longer nothing changes", grows);
	CHECK("failures back off, never beyond the interval", backs_off);
	CHECK("and not in step with each other", jitters);
	CHECK("orders that are quiet are spread evenly over the interval",
		  most_in_a_second(quiet_for_long) < ORDERS / 60 * 3 / 2);
	CHECK("orders that were put off together are, too",
		  most_in_a_second(put_off) < ORDERS / 60 * 3 / 2);
	CHECK("a very short interval works, too",
		  pace_next(5, SECOND, 5, 77) - 5 == pace_floor(SECOND) &&
			  pace_next(-5, SECOND, 0, 77) > -5);
	return checks_done();
}
