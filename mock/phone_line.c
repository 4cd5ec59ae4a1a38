/*
 * phone_line.c
 *		Turns on an account's line, first come first served.  Twilio starts one call a second by
 *		default and queues the others; the number of calls at once may be limited too.
 */
#include "phone_line.h"

#include "clock.h"
#include "faults.h"
#include "memory.h"
#include "table.h"

#include <stdlib.h>

typedef struct PhoneLine
{
	struct PhoneList queue;
	double next_start; /* mock clock */
	double usual_rate; /* of the latest to join */
	int live;
	void (*start)(Phone *);
	Timer *timer;
	TAILQ_ENTRY(PhoneLine) link;
} PhoneLine;

static TAILQ_HEAD(, PhoneLine) lines = TAILQ_HEAD_INITIALIZER(lines);
static Table by_account;
static int waiting;

static PhoneLine *
line_of(const char *account)
{
	PhoneLine *line = table_get(&by_account, account);

	if (line == NULL)
	{
		line = memory_zeroed(sizeof(*line));
		TAILQ_INIT(&line->queue);
		TAILQ_INSERT_TAIL(&lines, line, link);
		table_put(&by_account, account, line);
	}
	return line;
}

static void
take_from_queue(PhoneLine *line, Phone *phone)
{
	TAILQ_REMOVE(&line->queue, phone, queue);
	phone->waiting = false;
	waiting--;
}

static void pump(PhoneLine *line);

static void
on_turn(void *arg)
{
	PhoneLine *line = arg;

	line->timer = NULL;
	pump(line);
}

/* Starts those whose turn it is, and waits for the next turn. */
static void
pump(PhoneLine *line)
{
	Phone *phone;

	while ((phone = TAILQ_FIRST(&line->queue)) != NULL && line->timer == NULL)
	{
		double rate = fault_value(FAULT_CALLS_PER_SECOND, PROVIDER_TWILIO, NULL, line->usual_rate);
		double most = fault_value(FAULT_CONCURRENT_CALLS, PROVIDER_TWILIO, NULL, 0);
		double now = clock_elapsed();

		if (most > 0 && line->live >= (int) most)
			return; /* the next end pumps */
		if (rate > 0 && line->next_start > now)
		{
			line->timer = timer_start(line->next_start - now, on_turn, line);
			return;
		}
		take_from_queue(line, phone);
		line->live++;
		line->next_start = rate > 0 ? now + 1 / rate : now;
		line->start(phone);
	}
}

void
line_join(Phone *phone, double usual_rate, void (*start)(Phone *))
{
	PhoneLine *line = line_of(phone->account);

	line->usual_rate = usual_rate;
	line->start = start;
	phone->line = line;
	phone->waiting = true;
	waiting++;
	TAILQ_INSERT_TAIL(&line->queue, phone, queue);
	pump(line);
}

void
line_leave(Phone *phone)
{
	PhoneLine *line = phone->line;

	if (line == NULL)
		return;
	phone->line = NULL;
	if (phone->waiting)
		take_from_queue(line, phone);
	else
		line->live--;
	pump(line);
}

int
line_waiting(void)
{
	return waiting;
}

void
line_reset(void)
{
	PhoneLine *line;

	while ((line = TAILQ_FIRST(&lines)) != NULL)
	{
		TAILQ_REMOVE(&lines, line, link);
		timer_cancel(&line->timer);
		free(line);
	}
	table_clear(&by_account);
	waiting = 0;
}
