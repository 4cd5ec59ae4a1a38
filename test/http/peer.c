/*
 * peer.c
 *		server.js's ports, a name server that can be dead, and requests that are waited for as a
 *		worker waits.
 */
#include "postgres.h"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "remote/http_transfer.h"

#include "peer.h"

#undef printf
#undef snprintf
#include <stdio.h>

/* ---- the peer ---- */

int plain_port, tls_port, odd_port, mute_port, closed_port;
const char *certificate;

void
read_ports(const char *path)
{
	static const struct
	{
		const char *name;
		int *port;
	} wanted[] = {{"plain", &plain_port},
				  {"tls", &tls_port},
				  {"odd", &odd_port},
				  {"mute", &mute_port},
				  {"closed", &closed_port}};
	FILE *file = fopen(path, "r");
	char name[32];
	int port;

	while (file != NULL && fscanf(file, "%31s %d", name, &port) == 2)
	{
		for (int i = 0; i < (int) lengthof(wanted); i++)
		{
			if (strcmp(name, wanted[i].name) == 0)
				*wanted[i].port = port;
		}
	}
	if (file != NULL)
		fclose(file);
}

/* ---- the name server: dead.invalid is answered when the test says so ---- */

static pthread_mutex_t resolver_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resolver_change = PTHREAD_COND_INITIALIZER;
static bool resolver_alive;
static int resolving;
bool resolver_takes_signals;

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			struct addrinfo **found)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	sigset_t mask;

	if (real == NULL)
		*(void **) &real = dlsym(RTLD_NEXT, "getaddrinfo");
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	pthread_mutex_lock(&resolver_lock);
	if (!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGUSR1) || !sigismember(&mask, SIGHUP))
		resolver_takes_signals = true;
	if (strcmp(node, "dead.invalid") == 0)
	{
		resolving++;
		pthread_cond_broadcast(&resolver_change);
		while (!resolver_alive)
			pthread_cond_wait(&resolver_change, &resolver_lock);
		resolving--;
		pthread_cond_broadcast(&resolver_change);
	}
	pthread_mutex_unlock(&resolver_lock);
	if (strstr(node, ".invalid") != NULL)
		return EAI_NONAME;
	return real(node, service, hints, found);
}

void
resolver_set(bool alive)
{
	pthread_mutex_lock(&resolver_lock);
	resolver_alive = alive;
	pthread_cond_broadcast(&resolver_change);
	while (alive && resolving > 0)
		pthread_cond_wait(&resolver_change, &resolver_lock);
	pthread_mutex_unlock(&resolver_lock);
}

int
resolver_busy(void)
{
	int busy;

	pthread_mutex_lock(&resolver_lock);
	busy = resolving;
	pthread_mutex_unlock(&resolver_lock);
	return busy;
}

/* ---- curl, with one more trusted certificate when a test wants it (ld --wrap) ---- */

bool trust_certificate;
extern CURLMcode __real_curl_multi_add_handle(CURLM *multi, CURL *easy);
extern CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy);

CURLMcode
__wrap_curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	if (trust_certificate)
		curl_easy_setopt(easy, CURLOPT_CAINFO, certificate);
	return __real_curl_multi_add_handle(multi, easy);
}

/* ---- requests and answers ---- */

int collects;

void
note(const HttpAnswer *answer, void *arg)
{
	Result *result = arg;

	result->answers++;
	result->outcome = answer->outcome;
	result->status = answer->status;
	result->retry_after_s = answer->retry_after_s;
	result->body_length = answer->body_length;
	strlcpy(result->body, answer->body, sizeof(result->body));
	strlcpy(result->error, answer->error != NULL ? answer->error : "", sizeof(result->error));
	strlcpy(result->label, answer->label, sizeof(result->label));
}

/* One round of a worker's loop. */
static void
turn(void)
{
	struct pollfd wait = {.fd = http_wait_fd(), .events = POLLIN};

	poll(&wait, 1, (int) http_wait_ms());
	http_collect();
	collects++;
}

/* Waits until at most `left` requests are pending. */
void
wait_for(int left)
{
	while (http_pending() > left)
		turn();
}

/* Waits for one request, whatever else is pending. */
void
wait_one(const Result *result)
{
	while (result->answers == 0)
		turn();
}

const char *
url_at(int port, const char *path)
{
	static char urls[8][512];
	static int next;
	char *url = urls[next++ % 8];

	snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%d%s", port, path);
	return url;
}

void
start(Result *result, const char *method, const char *url, const char *body, int timeout_ms)
{
	HttpCall call = {.method = method,
					 .url = url,
					 .body = body,
					 .content_type = body != NULL ? "application/json" : NULL,
					 .timeout_ms = timeout_ms,
					 .label = "a test"};

	memset(result, 0, sizeof(*result));
	http_start(&call, note, result);
}

/* One request to the proper server, alone, to its end. */
Result
ask(const char *method, const char *path, int timeout_ms)
{
	static Result result;

	start(&result, method, url_at(plain_port, path), NULL, timeout_ms);
	wait_for(0);
	return result;
}

Result
ask_url(const char *url, int timeout_ms)
{
	static Result result;

	start(&result, "GET", url, NULL, timeout_ms);
	wait_for(0);
	return result;
}

int
number_at(const char *path)
{
	Result result = ask("GET", path, PATIENCE);

	return result.outcome == HTTP_ANSWERED ? atoi(result.body) : -1;
}

/* The same while others are pending. */
int
number_beside(const char *path)
{
	static Result result;

	start(&result, "GET", url_at(plain_port, path), NULL, PATIENCE);
	wait_one(&result);
	return result.outcome == HTTP_ANSWERED && result.answers == 1 ? atoi(result.body) : -1;
}

Result
ask_call(HttpCall call)
{
	static Result result;

	memset(&result, 0, sizeof(result));
	if (call.url == NULL)
		call.url = url_at(plain_port, "/echo");
	call.timeout_ms = PATIENCE;
	http_start(&call, note, &result);
	wait_for(0);
	return result;
}

bool
has(const Result *result, const char *text)
{
	if (strstr(result->body, text) != NULL)
		return true;
	printf("# no %s in:\n%s\n", text, result->body);
	return false;
}
