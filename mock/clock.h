/*
 * clock.h
 *		The mock's time.  Scenario durations are mock seconds: real seconds times the speed.  Dates
 *		in answers are the real wall clock (plus the clock_skew_s fault), since clients compare them
 *		with their own.
 */
#ifndef MOCK_CLOCK_H
#define MOCK_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
typedef struct Timer Timer;

#define CLOCK_SPEED_MIN 0.01
#define CLOCK_SPEED_MAX 100000.0
#define CLOCK_TEXT 40 /* bytes that hold any formatted date */

extern void clock_init(struct event_base *base, double speed);
extern void clock_end(void);
extern struct event_base *clock_base(void);

/* Mock seconds since the start, and since the latest reset. */
extern double clock_elapsed(void);
extern double clock_since_reset(void);
extern void clock_reset(void);
extern double clock_speed(void);
extern void clock_set_speed(double speed);

/* Jumps: every timer due within the next seconds fires at once, in order, each at its own time. */
extern void clock_advance(double seconds);

/* UTC, milliseconds since 1970. */
extern int64_t clock_wall_ms(void);
extern void clock_iso(int64_t ms, char out[CLOCK_TEXT]);	 /* 2015-07-30T20:00:00Z */
extern void clock_iso_ms(int64_t ms, char out[CLOCK_TEXT]);	 /* with milliseconds */
extern void clock_rfc2822(int64_t ms, char out[CLOCK_TEXT]); /* Thu, 30 Jul 2015 20:00:00 +0000 */
extern int clock_parse_iso(const char *text, int64_t *ms);	 /* date or date and time; 0 = bad */

/*
 * Calls fire(arg) once, after that many mock seconds.  The timer is gone when fire runs: its
 * owner forgets the pointer there, or cancels it before.
 */
extern Timer *timer_start(double mock_seconds, void (*fire)(void *), void *arg);
extern void timer_cancel(Timer **timer);		   /* NULL and *timer = NULL are fine */
extern double timer_remaining(const Timer *timer); /* mock seconds */

/*
 * For /control/status: timers waiting, mock seconds until the next fires (-1 = none waits), and how
 * late (real ms) the latest ever fired.
 */
extern int timer_count(void);
extern double timer_next(void);
extern double timer_worst_late_ms(void);
extern void timer_forget_lateness(void);

#endif
