/*
 * clock.c
 *		Scaled time and timers.  Each timer keeps its due time in mock seconds beside a libevent
 *		timeout, so that a change of speed, or a jump, only sets the timeouts anew.
 */
#include "clock.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

struct Timer
{
	double due; /* mock seconds */
	void (*fire)(void *);
	void *arg;
	struct event *event;
	TAILQ_ENTRY(Timer) link;
};

static TAILQ_HEAD(, Timer) timers = TAILQ_HEAD_INITIALIZER(timers);
static struct event_base *the_base;
static double speed_now = 1.0;
static double base_real;	/* monotonic seconds at which ... */
static double base_elapsed; /* ... this many mock seconds had passed */
static double reset_at;		/* mock seconds */
static int waiting;
static double worst_late_ms;

static double
monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

void
clock_init(struct event_base *base, double speed)
{
	the_base = base;
	speed_now = speed;
	base_real = monotonic();
	base_elapsed = 0;
}

void
clock_end(void)
{
	Timer *timer;

	while ((timer = TAILQ_FIRST(&timers)) != NULL)
		timer_cancel(&timer);
}

struct event_base *
clock_base(void)
{
	return the_base;
}

double
clock_elapsed(void)
{
	return base_elapsed + (monotonic() - base_real) * speed_now;
}

double
clock_since_reset(void)
{
	return clock_elapsed() - reset_at;
}

void
clock_reset(void)
{
	reset_at = clock_elapsed();
}

double
clock_speed(void)
{
	return speed_now;
}

static void
arm(Timer *timer)
{
	double seconds = (timer->due - clock_elapsed()) / speed_now;
	struct timeval tv;

	if (seconds < 0)
		seconds = 0;
	tv.tv_sec = (time_t) seconds;
	tv.tv_usec = (suseconds_t) ((seconds - (double) tv.tv_sec) * 1e6);
	event_add(timer->event, &tv);
}

static void
set_elapsed(double elapsed)
{
	base_elapsed = elapsed;
	base_real = monotonic();
}

void
clock_set_speed(double speed)
{
	Timer *timer;

	set_elapsed(clock_elapsed());
	speed_now = speed;
	TAILQ_FOREACH(timer, &timers, link)
	arm(timer);
}

static void
fire(Timer *timer)
{
	void (*function)(void *) = timer->fire;
	void *arg = timer->arg;

	timer_cancel(&timer);
	function(arg);
}

void
clock_advance(double seconds)
{
	double target = clock_elapsed() + seconds;

	for (;;)
	{
		Timer *timer;
		Timer *next = NULL;

		TAILQ_FOREACH(timer, &timers, link)
		{
			if (timer->due <= target && (next == NULL || timer->due < next->due))
				next = timer;
		}
		if (next == NULL)
			break;
		if (next->due > clock_elapsed())
			set_elapsed(next->due);
		fire(next);
	}
	if (target > clock_elapsed())
		set_elapsed(target);
	{
		Timer *timer;

		TAILQ_FOREACH(timer, &timers, link)
		arm(timer);
	}
}

int64_t
clock_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
format(int64_t ms, const char *pattern, char out[CLOCK_TEXT])
{
	time_t seconds = (time_t) (ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (strftime(out, CLOCK_TEXT, pattern, &tm) == 0)
		out[0] = '\0';
}

void
clock_iso(int64_t ms, char out[CLOCK_TEXT])
{
	format(ms, "%Y-%m-%dT%H:%M:%SZ", out);
}

void
clock_iso_ms(int64_t ms, char out[CLOCK_TEXT])
{
	char seconds[CLOCK_TEXT];
	int rest = (int) (ms % 1000);

	format(ms, "%Y-%m-%dT%H:%M:%S", seconds);
	snprintf(out, CLOCK_TEXT, "%.30s.%03dZ", seconds, rest < 0 ? rest + 1000 : rest);
}

void
clock_rfc2822(int64_t ms, char out[CLOCK_TEXT])
{
	format(ms, "%a, %d %b %Y %H:%M:%S +0000", out);
}

int
clock_parse_iso(const char *text, int64_t *ms)
{
	struct tm tm;
	const char *rest;
	double fraction = 0;

	memset(&tm, 0, sizeof(tm));
	rest = strptime(text, "%Y-%m-%d", &tm);
	if (rest == NULL)
		return 0;
	if (*rest == 'T' || *rest == ' ')
	{
		rest = strptime(rest + 1, "%H:%M:%S", &tm);
		if (rest == NULL)
			return 0;
		if (*rest == '.')
		{
			char *end;

			fraction = strtod(rest, &end);
			rest = end;
		}
	}
	if (*rest != '\0' && strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0 &&
		strcmp(rest, "+0000") != 0)
		return 0;
	*ms = (int64_t) timegm(&tm) * 1000 + (int64_t) (fraction * 1000);
	return 1;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	Timer *timer = arg;
	double late_ms = (clock_elapsed() - timer->due) / speed_now * 1000;

	(void) fd;
	(void) what;
	if (late_ms > worst_late_ms)
		worst_late_ms = late_ms;
	fire(timer);
}

Timer *
timer_start(double mock_seconds, void (*function)(void *), void *arg)
{
	Timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		abort();
	timer->due = clock_elapsed() + (mock_seconds > 0 ? mock_seconds : 0);
	timer->fire = function;
	timer->arg = arg;
	timer->event = evtimer_new(the_base, on_timeout, timer);
	if (timer->event == NULL)
		abort();
	TAILQ_INSERT_TAIL(&timers, timer, link);
	waiting++;
	arm(timer);
	return timer;
}

void
timer_cancel(Timer **timer)
{
	if (timer == NULL || *timer == NULL)
		return;
	TAILQ_REMOVE(&timers, *timer, link);
	waiting--;
	event_free((*timer)->event);
	free(*timer);
	*timer = NULL;
}

double
timer_remaining(const Timer *timer)
{
	double left = timer->due - clock_elapsed();

	return left > 0 ? left : 0;
}

int
timer_count(void)
{
	return waiting;
}

double
timer_next(void)
{
	const Timer *timer;
	double next = -1;

	TAILQ_FOREACH(timer, &timers, link)
	{
		if (next < 0 || timer_remaining(timer) < next)
			next = timer_remaining(timer);
	}
	return next;
}

double
timer_worst_late_ms(void)
{
	return worst_late_ms;
}

void
timer_forget_lateness(void)
{
	worst_late_ms = 0;
}
