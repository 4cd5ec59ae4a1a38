/*
 * listener.c
 *		Accepts connections and hands them to http_connection.
 */
#include "listener.h"

#include "http_connection.h"
#include "log.h"
#include "loop.h"
#include "peer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 511
#define ACCEPTS_A_TURN 16
#define PAUSE_MS 100 /* when the process has no descriptor left */

static int listen_fd = -1;
static Watch watch;
static Timer pause_timer;

static void
on_pause_over(void *arg)
{
	(void) arg;
	watch_change(&watch, EPOLLIN);
}

static void
on_connections(void *arg, uint32_t events)
{
	(void) arg;
	(void) events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++)
	{
		struct sockaddr_storage from = {0};
		socklen_t length = sizeof(from);
		int on = 1;
		int fd =
			accept4(listen_fd, (struct sockaddr *) &from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
		{
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			{
				log_limited("no connection can be accepted: %s", strerror(errno));
				watch_change(&watch, 0);
				timer_arm(&pause_timer, PAUSE_MS, on_pause_over, NULL);
			}
			return;
		}
		(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		http_connection_take(fd, peer_of_socket(&from));
	}
}

/* The socket, listening; -1 and *what_failed. */
static int
listen_on(const struct addrinfo *where, const char **what_failed)
{
	int on = 1;
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*what_failed = "make a socket";
	if (fd < 0)
		return -1;
	(void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	*what_failed = "listen";
	if (bind(fd, where->ai_addr, where->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
	{
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

bool
listener_open(const char *address, int port)
{
	struct addrinfo hints = {0};
	struct addrinfo *found = NULL;
	const char *what_failed;
	char service[8];
	int error;

	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
	snprintf(service, sizeof(service), "%d", port);
	error = getaddrinfo(address, service, &hints, &found);
	if (error != 0)
	{
		log_line("--bind %s: %s", address, gai_strerror(error));
		return false;
	}
	listen_fd = listen_on(found, &what_failed);
	error = errno;
	freeaddrinfo(found);
	if (listen_fd < 0)
	{
		if (error == EADDRINUSE)
			log_line("port %d on %s is taken: another program listens there", port, address);
		else
			log_line("cannot %s on %s port %d: %s", what_failed, address, port, strerror(error));
		return false;
	}
	return watch_start(&watch, listen_fd, EPOLLIN, on_connections, NULL);
}

int
listener_port(void)
{
	struct sockaddr_storage own = {0};
	socklen_t length = sizeof(own);

	if (getsockname(listen_fd, (struct sockaddr *) &own, &length) < 0)
		return 0;
	return own.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *) &own)->sin6_port)
									 : ntohs(((struct sockaddr_in *) &own)->sin_port);
}

void
listener_close(void)
{
	if (listen_fd < 0)
		return;
	timer_cancel(&pause_timer);
	watch_stop(&watch);
	close(listen_fd);
	listen_fd = -1;
}
