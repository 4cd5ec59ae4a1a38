/*
 * loop.h
 *		The one event loop: descriptors, timers, the end.  One thread, nothing here blocks.
 *
 * libwebsockets turns the loop and keeps the timers; descriptors stand in an epoll set that is one
 * descriptor to libwebsockets (README.md says why).
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* events: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR as epoll_wait(2) reports them */
typedef void (*WatchReady)(void *arg, uint32_t events);
typedef void (*TimerDue)(void *arg);

/* A watched descriptor; the owner keeps it in place, zeroed before first use. */
typedef struct Watch
{
	int fd;
	bool active;
	WatchReady ready;
	void *arg;
} Watch;

/* A timer that fires once; the owner keeps it in place, zeroed before first use. */
typedef struct Timer
{
	lws_sorted_usec_list_t sul;
	TimerDue due;
	void *arg;
} Timer;

/* Once, before all else; false: said why on stderr. */
bool loop_open(void);
/* Runs until loop_end. */
void loop_run(void);
void loop_end(void);
/* After all watches and timers have been stopped. */
void loop_close(void);

/* Milliseconds that only rise. */
int64_t loop_now_ms(void);

/*
 * Level-triggered.  events may be 0: then only hang-ups and errors are told.  ready may stop, free
 * or change any watch, its own included.  False: the descriptor can't be watched (logged).
 */
bool watch_start(Watch *watch, int fd, uint32_t events, WatchReady ready, void *arg);
void watch_change(Watch *watch, uint32_t events);
void watch_stop(Watch *watch);

/* Fires once in `ms`; arming again moves it. */
void timer_arm(Timer *timer, int64_t ms, TimerDue due, void *arg);
void timer_cancel(Timer *timer);

#endif
