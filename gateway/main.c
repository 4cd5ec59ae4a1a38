/*
 * main.c
 *		strike-gateway: webhooks, live feed and pages, over HTTP.  One thread, one event loop, no
 *		state that must survive, no rights of its own but to call a few functions.
 */
#include "db_connection.h"
#include "db_pool.h"
#include "health.h"
#include "http_connection.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "peer.h"
#include "site.h"
#include "token.h"
#include "ws_client.h"
#include "ws_upgrade.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DRAIN_MS 700	 /* for requests under way when we are told to end */
#define DRAIN_LOOK_MS 10 /* how often we look whether they are done */
#define DESCRIPTORS (HTTP_CONNECTIONS_MAX + DB_CONNECTIONS_MAX + 64) /* beside WebSockets */

static Watch signal_watch;
static Timer drain_timer;
static int64_t drain_until_ms;

/* libwebsockets makes its tables as large as this limit; a bound of ours is enough. */
static void
bound_descriptors(Options *options)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t) options->sockets + DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_max < wanted)
	{
		options->sockets = limit.rlim_max > DESCRIPTORS ? (int) (limit.rlim_max - DESCRIPTORS) : 0;
		log_line("the limit of open files allows %d websockets", options->sockets);
		wanted = limit.rlim_max;
	}
	limit.rlim_cur = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_line("the limit of open files can't be set: %s", strerror(errno));
}

static void
on_drain(void *arg)
{
	(void) arg;
	if ((http_connection_busy() == 0 && ws_clients_draining() == 0) ||
		loop_now_ms() >= drain_until_ms)
		loop_end();
	else
		timer_arm(&drain_timer, DRAIN_LOOK_MS, on_drain, NULL);
}

static void
on_signal(void *arg, uint32_t events)
{
	struct signalfd_siginfo info;

	(void) arg;
	(void) events;
	if (read(signal_watch.fd, &info, sizeof(info)) != (ssize_t) sizeof(info))
		return;
	if (drain_until_ms != 0)
	{
		loop_end(); /* told twice */
		return;
	}
	drain_until_ms = loop_now_ms() + DRAIN_MS;
	listener_close();
	http_connections_drain();
	ws_clients_drain();
	on_drain(NULL);
}

static bool
watch_signals(void)
{
	sigset_t ends;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	fd = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
	{
		log_line("signalfd: %s", strerror(errno));
		return false;
	}
	return watch_start(&signal_watch, fd, EPOLLIN, on_signal, NULL);
}

int
main(int argc, char **argv)
{
	Options options = options_read(argc, argv);
	bool ipv6 = strchr(options.address, ':') != NULL;
	int status = 2;

	bound_descriptors(&options);
	if (!db_connection_settings(options.conninfo) || !token_settings(&options) ||
		!peer_settings(&options.proxies, options.per_address))
		goto end;
	status = 1;
	if (!loop_open() || !watch_signals() || !site_open(&options) ||
		!listener_open(options.address, options.port))
		goto end;
	status = 0;
	ws_upgrade_settings(&options);
	db_pool_open(options.connections);
	health_open();
	ws_clients_open(options.sockets);
	printf("strike-gateway: ready on http://%s%s%s:%d\n", ipv6 ? "[" : "", options.address,
		   ipv6 ? "]" : "", listener_port());
	fflush(stdout);
	loop_run();

	listener_close();
	http_connections_close();
	ws_clients_close();
	health_close();
	db_pool_close();
	watch_stop(&signal_watch);
	close(signal_watch.fd);
	timer_cancel(&drain_timer);
end:
	loop_close();
	site_close();
	token_settings_free();
	db_connection_settings_free();
	return status;
}
