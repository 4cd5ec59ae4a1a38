/*
 * poll_server.c
 *		Stands for many work systems in bench/poll: HTTP/1.1 with keep-alive on 127.0.0.1 to
 *		127.0.0.N, one port; a list of tasks is answered DELAY ms after its request, anything else
 *		at once.
 *
 *		poll_server HOSTS DELAY-MS
 *
 * Prints "ready on PORT".  GET /mark gives "LISTS SECONDS MOST ERRORS" since the last mark, and
 * begins anew: lists answered, from the first's request to the last's answer, most under way at
 * once, and what made no sense.  Ends with its standard input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 8192 /* descriptors */
#define REQUEST_MAX 8192 /* bytes */
#define WAITING_MAX 16384

typedef struct Client
{
	int generation; /* rises when the descriptor is closed: what waits for it is not sent */
	size_t have;
	char in[REQUEST_MAX];
} Client;

/* A list to be answered; all wait equally long, so they stand in the order of their time. */
typedef struct Waiting
{
	double due;
	int fd;
	int generation;
	char subsector[64];
} Waiting;

static Client *clients[CLIENTS_MAX];
static Waiting waiting[WAITING_MAX];
static unsigned first_waiting;
static unsigned last_waiting;
static int epoll_fd;
static double delay_ms;
static long lists;
static long most;
static long errors;
static double first_at;
static double last_at;

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec * 1000 + (double) t.tv_nsec / 1e6;
}

static void
die(const char *what)
{
	fprintf(stderr, "poll_server: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
drop(int fd)
{
	clients[fd]->generation++;
	clients[fd]->have = 0;
	close(fd);
}

static void
answer(int fd, const char *type, const char *body)
{
	char text[4096];
	int length = snprintf(text, sizeof(text),
						  "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
						  type, strlen(body), body);

	/* small beside any socket's buffer: what doesn't fit is an error of the measurement */
	if (length >= (int) sizeof(text) || send(fd, text, length, MSG_NOSIGNAL) != length)
	{
		errors++;
		drop(fd);
	}
}

static void
answer_list(int fd, const char *subsector)
{
	static const char task[] =
		"{\"projectTaskId\":\"%s-%d\",\"externalId\":null,\"subsector\":\"%s\",\"status\":\"%s\","
		"\"assignee\":\"R. Field\",\"crew\":\"crew 7\",\"clonedFrom\":%s,\"taskType\":\"repair\","
		"\"description\":\"Fiber cut on Main St, 24 strands, north handhole\","
		"\"createdAt\":\"2026-11-28T10:00:00Z\",\"updatedAt\":\"2026-11-28T10:20:00Z\"}";
	char one[700];
	char two[700];
	char body[2000];

	snprintf(one, sizeof(one), task, subsector, 1, subsector, "completed", "null");
	snprintf(two, sizeof(two), task, subsector, 2, subsector, "released", "\"1\"");
	snprintf(body, sizeof(body), "{\"tasks\":[%s,%s],\"nextPage\":null}", one, two);
	answer(fd, "application/json", body);
}

static void
on_list(int fd, const char *target)
{
	Waiting *w = &waiting[last_waiting % WAITING_MAX];
	const char *subsector = strstr(target, "subsector=");
	double now = now_ms();

	if (last_waiting - first_waiting == WAITING_MAX || subsector == NULL)
	{
		errors++;
		drop(fd);
		return;
	}
	subsector += strlen("subsector=");
	last_waiting++;
	w->due = now + delay_ms;
	w->fd = fd;
	w->generation = clients[fd]->generation;
	snprintf(w->subsector, sizeof(w->subsector), "%.*s", (int) strcspn(subsector, "& "), subsector);
	if (first_at == 0)
		first_at = now;
	if ((long) (last_waiting - first_waiting) > most)
		most = last_waiting - first_waiting;
}

static void
on_mark(int fd)
{
	char body[200];

	snprintf(body, sizeof(body), "%ld %.6f %ld %ld\n", lists, (last_at - first_at) / 1000, most,
			 errors);
	lists = most = errors = 0;
	first_at = last_at = 0;
	answer(fd, "text/plain", body);
}

/* One whole request; its body, if there is one, has been read. */
static void
on_request(int fd, char *request, const char *body)
{
	if (strncmp(request, "GET /mark", 9) == 0)
		on_mark(fd);
	else if (strncmp(request, "GET ", 4) == 0)
		on_list(fd, request + 4);
	else if (strstr(request, "/token HTTP/") != NULL)
		answer(fd, "application/json",
			   "{\"access_token\":\"a-token-of-some-length-0123456789abcdef\","
			   "\"token_type\":\"Bearer\",\"expires_in\":86400}");
	else
	{
		/* a task is made: its id comes from its subsector */
		const char *subsector = strstr(body, "\"ECO-");
		char made[200];

		if (subsector == NULL)
			errors++;
		subsector = subsector ? subsector + 1 : "";
		snprintf(made, sizeof(made), "{\"projectTaskId\":\"%.*s-1\",\"status\":\"blueprinted\"}",
				 (int) strcspn(subsector, "\""), subsector);
		answer(fd, "application/json", made);
	}
}

static void
on_bytes(int fd)
{
	Client *client = clients[fd];
	int generation = client->generation;
	ssize_t got = recv(fd, client->in + client->have, REQUEST_MAX - 1 - client->have, 0);

	if (got <= 0)
	{
		drop(fd);
		return;
	}
	client->have += got;
	while (client->generation == generation)
	{
		char *end;
		char *length;
		size_t size;

		client->in[client->have] = '\0';
		end = strstr(client->in, "\r\n\r\n");
		if (end == NULL)
			break;
		length = strcasestr(client->in, "\r\nContent-Length:");
		size = end + 4 - client->in;
		if (length != NULL && length < end)
			size += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
		if (size >= REQUEST_MAX)
		{
			errors++;
			drop(fd);
			return;
		}
		if (client->have < size)
			break;
		on_request(fd, client->in, end + 4);
		if (client->generation != generation)
			break;
		client->have -= size;
		memmove(client->in, client->in + size, client->have);
	}
}

static void
on_connection(int listener)
{
	struct epoll_event event = {.events = EPOLLIN};
	int one = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (fd >= CLIENTS_MAX)
		die("too many connections");
	if (clients[fd] == NULL && (clients[fd] = calloc(1, sizeof(Client))) == NULL)
		die("memory");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	event.data.fd = fd;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
}

/* A listener on 127.0.0.host; port 0 = the kernel's choice.  Returns the port. */
static int
listen_on(int host, int port, bool *listeners)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct epoll_event event = {.events = EPOLLIN};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || fd >= CLIENTS_MAX ||
		bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, 1024) < 0 ||
		getsockname(fd, (struct sockaddr *) &address, &size) < 0)
		die("listen");
	listeners[fd] = true;
	event.data.fd = fd;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
	return ntohs(address.sin_port);
}

/* Answers what is due; returns the ms until more is, at most 1000. */
static int
answer_due(void)
{
	double now = now_ms();

	while (first_waiting != last_waiting)
	{
		const Waiting *w = &waiting[first_waiting % WAITING_MAX];

		if (w->due > now)
			return (int) (w->due - now) + 1;
		first_waiting++;
		if (clients[w->fd]->generation != w->generation)
			continue;
		answer_list(w->fd, w->subsector);
		lists++;
		last_at = now_ms();
	}
	return 1000;
}

int
main(int argc, char **argv)
{
	static bool listeners[CLIENTS_MAX];
	struct epoll_event events[256];
	struct epoll_event input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
	int hosts;
	int port;

	if (argc != 3 || (hosts = atoi(argv[1])) < 1 || hosts > 250 || (delay_ms = atof(argv[2])) < 0)
	{
		fprintf(stderr, "usage: poll_server HOSTS DELAY-MS\n");
		return 2;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input) < 0)
		die("epoll");
	port = listen_on(1, 0, listeners);
	for (int host = 2; host <= hosts; host++)
		(void) listen_on(host, port, listeners);
	printf("ready on %d\n", port);
	fflush(stdout);
	for (;;)
	{
		int ready = epoll_wait(epoll_fd, events, 256, answer_due());

		for (int i = 0; i < ready; i++)
		{
			int fd = events[i].data.fd;
			char ignored[100];

			if (listeners[fd])
				on_connection(fd);
			else if (fd != STDIN_FILENO)
				on_bytes(fd);
			else if (read(fd, ignored, sizeof(ignored)) <= 0)
				return 0;
		}
	}
}
