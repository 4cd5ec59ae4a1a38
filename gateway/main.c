/*
 * main.c
 *		strike-gateway: Twilio's webhooks to PostgreSQL, over HTTP.  One thread, one event loop, no
 *		state that must survive, no rights of its own but to call a few functions.
 */
#include "db_connection.h"
#include "db_pool.h"
#include "health.h"
#include "http_connection.h"
#include "listener.h"
#include "log.h"
#include "loop.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define PORT_DEFAULT 8080
#define CONNECTIONS_DEFAULT 4
#define DRAIN_MS 700	 /* for requests under way when we are told to end */
#define DRAIN_LOOK_MS 10 /* how often we look whether they are done */
#define DESCRIPTORS (HTTP_CONNECTIONS_MAX + DB_CONNECTIONS_MAX + 64)

typedef struct Options
{
	int port;
	const char *address;
	const char *conninfo;
	int connections;
} Options;

static Watch signal_watch;
static Timer drain_timer;
static int64_t drain_until_ms;

static void
usage(FILE *out)
{
	fputs("usage: strike-gateway [--port 8080] [--bind 127.0.0.1] [--db CONNINFO]\n"
		  "                      [--db-connections 4]\n"
		  "\n"
		  "  --port N            port to listen on; 0 = any free one (told when ready)\n"
		  "  --bind ADDR         numeric address to listen on\n"
		  "  --db CONNINFO       as psql takes it: \"host=… dbname=…\" or postgresql://…; what it\n"
		  "                      leaves out comes from PGHOST, PGPORT …, but the user is\n"
		  "                      strike_gateway unless CONNINFO names one\n"
		  "  --db-connections N  1 to 64\n",
		  out);
}

/* The number, or the process ends. */
static int
number_of(const char *text, long low, long high, const char *option)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < low || value > high)
	{
		log_line("%s must be a number from %ld to %ld", option, low, high);
		exit(2);
	}
	return (int) value;
}

static Options
read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"port", required_argument, NULL, 'p'}, {"bind", required_argument, NULL, 'b'},
		{"db", required_argument, NULL, 'd'},	{"db-connections", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},		{NULL, 0, NULL, 0},
	};
	Options o = {PORT_DEFAULT, "127.0.0.1", NULL, CONNECTIONS_DEFAULT};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		switch (option)
		{
			case 'p':
				o.port = number_of(optarg, 0, 65535, "--port");
				break;
			case 'b':
				o.address = optarg;
				break;
			case 'd':
				o.conninfo = optarg;
				break;
			case 'n':
				o.connections = number_of(optarg, 1, DB_CONNECTIONS_MAX, "--db-connections");
				break;
			case 'h':
				usage(stdout);
				exit(0);
			default:
				usage(stderr);
				exit(2);
		}
	}
	if (optind < argc)
	{
		log_line("unexpected argument: %s", argv[optind]);
		usage(stderr);
		exit(2);
	}
	return o;
}

/* libwebsockets makes its tables as large as this limit; a bound of ours is enough. */
static void
bound_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_line("the limit of open files can't be set: %s", strerror(errno));
}

static void
on_drain(void *arg)
{
	(void) arg;
	if (http_connection_busy() == 0 || loop_now_ms() >= drain_until_ms)
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
	Options options = read_options(argc, argv);
	bool ipv6 = strchr(options.address, ':') != NULL;

	bound_descriptors();
	if (!db_connection_settings(options.conninfo))
		return 2;
	if (!loop_open() || !watch_signals() || !listener_open(options.address, options.port))
	{
		loop_close();
		db_connection_settings_free();
		return 1;
	}
	db_pool_open(options.connections);
	health_open();
	printf("strike-gateway: ready on http://%s%s%s:%d\n", ipv6 ? "[" : "", options.address,
		   ipv6 ? "]" : "", listener_port());
	fflush(stdout);
	loop_run();

	listener_close();
	http_connections_close();
	health_close();
	db_pool_close();
	watch_stop(&signal_watch);
	close(signal_watch.fd);
	timer_cancel(&drain_timer);
	loop_close();
	db_connection_settings_free();
	return 0;
}
