/*
 * gateway_clients.c
 *		Many WebSockets on one gateway, and one connection that appends events: how long until each
 *		socket, and the last of them, has an event.
 *
 *		gateway_clients PORT SOCKETS EVENTS RATE ECO-ID GATEWAY-PID TOKEN
 *
 * One line: p50 and p99 (ms) of all deliveries, p50 and p99 until the last socket, p50 of the
 * append alone, kB of the gateway's memory per socket, ms of its processor time per event.
 * Times count from just before the statement is sent, so the append and its commit are in them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 200 /* handshakes */
#define WAIT_MS 60000

typedef struct Client
{
	int fd;
	int open;	   /* the handshake's answer has been read */
	int told;	   /* "now" has come */
	int got;	   /* events */
	size_t have;   /* bytes of `head` */
	uint64_t skip; /* payload bytes to come */
	char head[400];
} Client;

static Client *clients;
static int client_count;
static int epoll_fd;
static int told_count;
static double *began;	 /* of each event */
static double *delivery; /* ms, each event times each client */
static size_t deliveries;
static int *arrived; /* of each event: sockets */
static double *all;	 /* ms until the last socket */
static int event_count;

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
	fprintf(stderr, "gateway_clients: %s\n", what);
	exit(1);
}

static void
on_message(Client *client, const char *text, size_t length)
{
	if (length >= 6 && memcmp(text, "{\"now\"", 6) == 0)
	{
		told_count += !client->told;
		client->told = 1;
	}
	else if (length >= 6 && memcmp(text, "{\"seq\"", 6) == 0)
	{
		int event = client->got++;
		double took;

		if (event >= event_count)
			die("more events than were appended");
		took = now_ms() - began[event];
		delivery[deliveries++] = took;
		if (++arrived[event] == client_count)
			all[event] = took;
	}
}

/* Frames' heads and first bytes are looked at, the rest is skipped. */
static void
take(Client *client, const char *bytes, size_t length)
{
	while (length > 0)
	{
		size_t part;
		unsigned char *head = (unsigned char *) client->head;
		size_t head_length;
		uint64_t payload;

		if (client->skip > 0)
		{
			part = client->skip < length ? (size_t) client->skip : length;
			client->skip -= part;
			bytes += part;
			length -= part;
			continue;
		}
		client->head[client->have++] = *bytes++;
		length--;
		if (!client->open)
		{
			if (client->have >= 4 && memcmp(client->head + client->have - 4, "\r\n\r\n", 4) == 0)
			{
				if (strncmp(client->head, "HTTP/1.1 101", 12) != 0)
					die("a handshake is refused");
				client->open = 1;
				client->have = 0;
			}
			else if (client->have == sizeof(client->head))
				die("no answer to the handshake");
			continue;
		}
		if (client->have < 2)
			continue;
		head_length = head[1] < 126 ? 2 : head[1] == 126 ? 4 : 10;
		if (client->have < head_length)
			continue;
		payload = head[1];
		if (head_length > 2)
		{
			payload = 0;
			for (size_t i = 2; i < head_length; i++)
				payload = payload << 8 | head[i];
		}
		if (head[0] == 0x88)
			die("a socket was closed");
		part = payload < 6 ? (size_t) payload : 6;
		if (client->have < head_length + part)
			continue;
		client->skip = payload - part;
		if (head[0] == 0x81)
			on_message(client, client->head + head_length, part);
		client->have = 0;
	}
}

static void
serve(int wait_ms)
{
	static char bytes[65536];
	struct epoll_event events[256];
	int n = epoll_wait(epoll_fd, events, 256, wait_ms);

	for (int i = 0; i < n; i++)
	{
		Client *client = events[i].data.ptr;
		ssize_t got = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (got > 0)
			take(client, bytes, (size_t) got);
		else if (got == 0 || (errno != EAGAIN && errno != EINTR))
			die("a connection is lost");
	}
}

static void
connect_one(Client *client, int port, const char *token)
{
	static const char request[] =
		"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = client}};
	char hello[2000];
	char frame[2100] = {(char) 0x81, (char) 0xfe};
	int length = snprintf(hello, sizeof(hello), "{\"token\":\"%s\"}", token);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *) &to, sizeof(to)) < 0)
		die("can't connect (is the limit of open files high enough?)");
	/* the mask is zero: the standard doesn't mind */
	frame[2] = (char) (length >> 8);
	frame[3] = (char) length;
	memcpy(frame + 8, hello, (size_t) length);
	if (send(client->fd, request, sizeof(request) - 1, 0) < 0 ||
		send(client->fd, frame, (size_t) length + 8, 0) < 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event) < 0)
		die("can't send");
}

static long
memory_kb(const char *pid)
{
	char name[64];
	char line[200];
	long kb = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%s/status", pid);
	file = fopen(name, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "VmRSS: %ld", &kb);
	if (file != NULL)
		fclose(file);
	return kb;
}

static double
processor_ms(const char *pid)
{
	char name[64];
	long user = 0;
	long kernel = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%s/stat", pid);
	file = fopen(name, "re");
	if (file != NULL)
	{
		if (fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
				   &kernel) != 2)
			user = kernel = 0;
		fclose(file);
	}
	return (double) (user + kernel) * 1000 / (double) sysconf(_SC_CLK_TCK);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static double
percentile(double *values, size_t n, double p)
{
	qsort(values, n, sizeof(*values), by_size);
	return values[(size_t) ((double) (n - 1) * p)];
}

int
main(int argc, char **argv)
{
	static const char append_sql[] =
		"SELECT strike.strike_append($1, 'ECO', null,"
		" '[{\"type\": \"NoteAddedEvent\", \"payload\": {\"note\": \"on the way\"}}]')";
	int port;
	int rate;
	long memory;
	double processor;
	double *appends;
	PGconn *pg;

	if (argc != 8)
		die("PORT SOCKETS EVENTS RATE ECO-ID GATEWAY-PID TOKEN");
	port = atoi(argv[1]);
	client_count = atoi(argv[2]);
	event_count = atoi(argv[3]);
	rate = atoi(argv[4]);
	clients = calloc((size_t) client_count, sizeof(*clients));
	began = calloc((size_t) event_count, sizeof(double));
	all = calloc((size_t) event_count, sizeof(double));
	appends = calloc((size_t) event_count, sizeof(double));
	arrived = calloc((size_t) event_count, sizeof(int));
	delivery = calloc((size_t) event_count * (size_t) client_count, sizeof(double));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	pg = PQconnectdb("");
	if (PQstatus(pg) != CONNECTION_OK)
		die(PQerrorMessage(pg));
	memory = 0;
	for (int i = 0; i < client_count; i++)
	{
		connect_one(&clients[i], port, argv[7]);
		for (double until = now_ms() + WAIT_MS; i + 1 - told_count >= AT_ONCE && now_ms() < until;)
			serve(10);
		while (i == 0 && told_count == 0)
			serve(10);
		/* what the first one costs is the gateway's own: libraries, buffers, the feed */
		if (i == 0)
			memory = memory_kb(argv[6]);
	}
	for (double until = now_ms() + WAIT_MS; told_count < client_count;)
	{
		serve(10);
		if (now_ms() > until)
			die("not all sockets were told where the feed is");
	}
	memory = memory_kb(argv[6]) - memory;
	processor = processor_ms(argv[6]);
	for (int event = 0; event < event_count; event++)
	{
		const char *params[] = {argv[5]};
		double next = (event > 0 ? began[event - 1] : now_ms()) + 1000.0 / rate;
		PGresult *result;

		while (now_ms() < next || (event > 0 && arrived[event - 1] < client_count))
			serve(1);
		began[event] = now_ms();
		if (PQsendQueryParams(pg, append_sql, 1, NULL, params, NULL, NULL, 0) == 0)
			die(PQerrorMessage(pg));
		/* sockets are read while the commit is under way */
		while (PQflush(pg) > 0 || (PQconsumeInput(pg) != 0 && PQisBusy(pg) != 0))
			serve(0);
		appends[event] = now_ms() - began[event];
		result = PQgetResult(pg);
		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			die(PQerrorMessage(pg));
		while (result != NULL)
		{
			PQclear(result);
			result = PQgetResult(pg);
		}
	}
	for (double until = now_ms() + WAIT_MS; arrived[event_count - 1] < client_count;)
	{
		serve(10);
		if (now_ms() > until)
			die("not all sockets got all events");
	}
	processor = processor_ms(argv[6]) - processor;
	if (deliveries != (size_t) event_count * (size_t) client_count)
		die("an event came twice");
	printf("%.2f %.2f %.2f %.2f %.2f %.2f %.2f\n", percentile(delivery, deliveries, 0.5),
		   percentile(delivery, deliveries, 0.99), percentile(all, (size_t) event_count, 0.5),
		   percentile(all, (size_t) event_count, 0.99),
		   percentile(appends, (size_t) event_count, 0.5),
		   client_count > 1 ? (double) memory / (client_count - 1) : 0, processor / event_count);
	PQfinish(pg);
	return 0;
}
