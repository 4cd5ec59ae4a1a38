/*
 * loop.c
 *		libwebsockets' service loop with one foreign descriptor in it: our epoll set.
 */
#include "loop.h"

#include "log.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* events served before libwebsockets' own timers and sockets have their turn */
#define EVENTS_A_TURN 64

static struct lws_context *context;
static int epoll_fd = -1;
static bool ending;

/*
 * One event a call of epoll_wait: what a callback stops or frees can't be in a batch that was
 * already taken.  epoll hands ready descriptors out in turn, so nobody starves.
 */
static void
serve_descriptors(void)
{
	for (int i = 0; i < EVENTS_A_TURN; i++)
	{
		struct epoll_event event;
		Watch *watch;

		if (epoll_wait(epoll_fd, &event, 1, 0) != 1)
			return;
		watch = event.data.ptr;
		watch->ready(watch->arg, event.events);
	}
}

static int
on_loop(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void) wsi;
	(void) user;
	(void) in;
	(void) len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		serve_descriptors();
	return 0;
}

static const struct lws_protocols protocols[] = {
	{.name = "descriptors", .callback = on_loop},
	{.name = NULL},
};

static void
on_lws_log(int level, const char *line)
{
	(void) level;
	log_line("libwebsockets: %.*s", (int) strcspn(line, "\n"), line);
}

bool
loop_open(void)
{
	struct lws_context_creation_info info = {0};
	lws_sock_file_fd_type descriptor = {0};

	lws_set_log_level(LLL_ERR, on_lws_log);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	context = lws_create_context(&info);
	if (context == NULL)
	{
		log_line("the event loop could not be made");
		return false;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
	{
		log_line("epoll: %s", strerror(errno));
		return false;
	}
	descriptor.filefd = epoll_fd;
	if (lws_adopt_descriptor_vhost(lws_get_vhost_by_name(context, "default"),
								   LWS_ADOPT_RAW_FILE_DESC, descriptor, "descriptors",
								   NULL) == NULL)
	{
		log_line("the event loop did not take its descriptors");
		epoll_fd = -1;
		return false;
	}
	return true;
}

void
loop_run(void)
{
	while (!ending)
	{
		if (lws_service(context, 0) < 0)
			break;
	}
}

void
loop_end(void)
{
	ending = true;
}

void
loop_close(void)
{
	if (context != NULL)
		lws_context_destroy(context); /* closes the epoll set too */
	context = NULL;
	epoll_fd = -1;
}

int64_t
loop_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
watch_start(Watch *watch, int fd, uint32_t events, WatchReady ready, void *arg)
{
	struct epoll_event event = {.events = events, .data = {.ptr = watch}};

	watch_stop(watch);
	watch->fd = fd;
	watch->ready = ready;
	watch->arg = arg;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
	{
		log_line("a descriptor can't be watched: %s", strerror(errno));
		return false;
	}
	watch->active = true;
	return true;
}

void
watch_change(Watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data = {.ptr = watch}};

	if (watch->active && epoll_ctl(epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
		log_line("a descriptor's events can't be changed: %s", strerror(errno));
}

void
watch_stop(Watch *watch)
{
	/* ENOENT, EBADF: its owner (libpq) has closed it, which took it out of the set */
	if (watch->active)
		(void) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->active = false;
}

static void
on_sul(lws_sorted_usec_list_t *sul)
{
	Timer *timer = lws_container_of(sul, Timer, sul);

	timer->due(timer->arg);
}

void
timer_arm(Timer *timer, int64_t ms, TimerDue due, void *arg)
{
	timer->due = due;
	timer->arg = arg;
	lws_sul_schedule(context, 0, &timer->sul, on_sul, (ms > 0 ? ms : 0) * LWS_US_PER_MS + 1);
}

void
timer_cancel(Timer *timer)
{
	lws_sul_cancel(&timer->sul);
}
