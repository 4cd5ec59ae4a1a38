/*
 * fuzz.c
 *		libFuzzer's entry to the whole mock: each input becomes one request to the real server in
 *		this process, over a real connection.  The first byte says what is made of the rest:
 *
 *			r the bytes of the connection themselves
 *			t a call's TwiML, played to its end        p an execution's Parameters, walked
 *			j a JSON body: the second byte picks the path      f a form body, the same
 *			q a path with its query
 *
 *		Whatever comes, the answer is HTTP and no 500, nothing is read or written out of bounds, and
 *		nothing leaks (-DSANITIZE flags are the Makefile's).
 */
#include "calls.h"
#include "clock.h"
#include "control.h"
#include "faults.h"
#include "flow.h"
#include "ids.h"
#include "journal.h"
#include "memory.h"
#include "render.h"
#include "server.h"
#include "steered.h"
#include "studio.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS_MAX 2000	/* of the event loop, for one request */
#define RESET_EVERY 200 /* inputs, so that memory stays bounded */
#define INPUT_MAX 8192

#define ACCOUNT "AC00000000000000000000000000000000"
#define BASIC "Authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0\r\n"
#define FLOW "/twilio/v2/Flows/FW00000000000000000000000000000000/Executions"
#define CALLS "/twilio/2010-04-01/Accounts/" ACCOUNT "/Calls"

static const char *const json_paths[] = {
	"/render/tasks",  "/control/scenario", "/control/task",
	"/control/call",  "/control/faults",   "/control/speed",
	"/control/reset", "/control/advance",  "/render/oauth/token",
};
static const char *const form_paths[] = {
	CALLS ".json",
	FLOW,
	"/render/oauth/token",
	CALLS "/CA00000000000000000000000000000000.json",
	FLOW "/FN00000000000000000000000000000000",
};

static int port;
static char *token; /* Render's, for one reset */

extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *what, const char *answer)
{
	fprintf(stderr, "fuzz: %s: %.200s\n", what, answer);
	abort();
}

/* Sends the bytes, lets the server work, and returns what it said; caller frees. */
static char *
exchange(const char *bytes, size_t length)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char *answer = memory_zeroed(1);
	size_t got = 0;
	size_t sent = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
		fail("can't connect", strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int turn = 0; turn < TURNS_MAX; turn++)
	{
		char buffer[65536];
		ssize_t n;

		if (sent < length)
		{
			n = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
			if (n > 0)
				sent += (size_t) n;
			if (sent == length)
				shutdown(fd, SHUT_WR);
		}
		event_base_loop(clock_base(), EVLOOP_NONBLOCK);
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0 && got < 1024 * 1024)
		{
			answer = memory_grown(answer, got + (size_t) n + 1);
			memcpy(answer + got, buffer, (size_t) n);
			got += (size_t) n;
			answer[got] = '\0';
		}
	}
	close(fd);
	event_base_loop(clock_base(), EVLOOP_NONBLOCK);
	if (got > 0 && strncmp(answer, "HTTP/", 5) != 0)
		fail("not HTTP", answer);
	if (got > 12 && strncmp(answer + 9, "500", 3) == 0 && strstr(answer, "server_error") != NULL &&
		strstr(answer, "the service failed") != NULL)
		fail("a 500", answer);
	return answer;
}

static char *
post(const char *path, const char *headers, const char *body, size_t length)
{
	char *head = memory_format("POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s"
							   "Content-Length: %zu\r\n\r\n",
							   path, headers, length);
	size_t size = strlen(head);
	char *answer;

	head = memory_grown(head, size + length + 1);
	memcpy(head + size, body, length);
	answer = exchange(head, size + length);
	free(head);
	return answer;
}

/* A form field of arbitrary bytes. */
static char *
encoded(const char *prefix, const uint8_t *data, size_t size)
{
	size_t before = strlen(prefix);
	char *text = memory_zeroed(before + 3 * size + 1);

	memcpy(text, prefix, before);
	for (size_t i = 0; i < size; i++)
		snprintf(text + before + 3 * i, 4, "%%%02X", data[i]);
	return text;
}

static void
begin_anew(void)
{
	char *answer;
	char *found;

	free(post("/control/reset", "", "{}", 2));
	free(post("/control/speed", "", "{\"speed\":1}", 11));
	free(post("/control/faults", "", "{\"cps\":0}", 9));
	answer = post("/render/oauth/token", BASIC, "grant_type=client_credentials", 29);
	found = strstr(answer, "\"access_token\":\"");
	free(token);
	token = found != NULL ? memory_text_of(found + 16, strcspn(found + 16, "\"")) : NULL;
	free(answer);
}

static void
finish(void)
{
	studio_reset();
	calls_reset();
	server_end();
	phone_reset();
	render_forget_tasks();
	render_forget_tokens();
	eco_reset();
	faults_reset();
	journal_reset();
	steered_reset();
	flow_end();
	free(token);
	clock_end();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct event_base *base = event_base_new();
	char *problem;

	(void) argc;
	(void) argv;
	signal(SIGPIPE, SIG_IGN);
	ids_init();
	clock_init(base, 1);
	problem = flow_load(NULL);
	if (problem == NULL)
		problem = server_start("127.0.0.1", &port);
	if (problem != NULL)
		fail("can't start", problem);
	begin_anew();
	atexit(finish);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int inputs;
	const char *rest = (const char *) data + 2;
	char *headers;
	char *text = NULL;
	char *answer = NULL;

	if (size < 2 || size > INPUT_MAX)
		return 0;
	if (++inputs % RESET_EVERY == 0)
		begin_anew();
	headers = memory_format("Authorization: Bearer %s\r\n", token != NULL ? token : "");
	switch (data[0])
	{
		case 'r':
			answer = exchange((const char *) data + 1, size - 1);
			break;
		case 't':
			text = encoded("To=%2B15125550001&From=%2B15125550100&Twiml=", data + 1, size - 1);
			answer = post(CALLS ".json", BASIC, text, strlen(text));
			free(post("/control/advance", "", "{\"seconds\":40}", 14));
			break;
		case 'p':
			text = encoded("To=%2B15125550002&From=%2B15125550100&Parameters=", data + 1, size - 1);
			answer = post(FLOW, BASIC, text, strlen(text));
			free(post("/control/advance", "", "{\"seconds\":40}", 14));
			break;
		case 'j':
			answer = post(json_paths[data[1] % (sizeof(json_paths) / sizeof(json_paths[0]))],
						  headers, rest, size - 2);
			break;
		case 'f':
			answer = post(form_paths[data[1] % (sizeof(form_paths) / sizeof(form_paths[0]))], BASIC,
						  rest, size - 2);
			break;
		case 'q':
			text = memory_format("GET %.*s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n",
								 (int) (size - 1), (const char *) data + 1,
								 data[1] % 2 == 0 ? BASIC : headers);
			answer = exchange(text, strlen(text));
			break;
		default:
			break;
	}
	free(answer);
	free(text);
	free(headers);
	return 0;
}
