/*
 * server.c
 *		The HTTP shell over libevent.
 */
#include "server.h"

#include "clock.h"
#include "journal.h"
#include "memory.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define OVERSIZE_BYTES (8 * 1024 * 1024)

typedef enum Delivery
{
	SEND_WHOLE,
	SEND_HALF,	 /* with the whole's Content-Length, then close */
	SEND_NOTHING /* close */
} Delivery;

/* An answer that is decided and not yet sent. */
typedef struct Reply
{
	struct evhttp_request *http;
	int status;
	char *body;
	size_t length;
	Delivery delivery;
	bool no_body; /* HEAD */
	double latency_ms;
	Timer *timer;		/* the scenario's delay, mock time */
	struct event *real; /* the latency fault, real time */
	TAILQ_ENTRY(Reply) link;
} Reply;

static struct evhttp *http_server;
static TAILQ_HEAD(, Reply) replies = TAILQ_HEAD_INITIALIZER(replies);

static void
forget_reply(Reply *reply)
{
	TAILQ_REMOVE(&replies, reply, link);
	timer_cancel(&reply->timer);
	if (reply->real != NULL)
		event_free(reply->real);
	free(reply->body);
	free(reply);
}

static void
send_reply(Reply *reply)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(reply->http);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(reply->http);
	struct evbuffer *buffer;
	char length[32];

	if (connection == NULL || reply->delivery == SEND_NOTHING)
	{
		if (connection != NULL)
			evhttp_connection_free(connection); /* takes the request with it */
		else
			evhttp_send_reply(reply->http, reply->status, NULL, NULL); /* frees it only */
		forget_reply(reply);
		return;
	}
	if (reply->delivery == SEND_HALF)
	{
		/* Written past the HTTP layer, which would mend the length. */
		struct bufferevent *stream = evhttp_connection_get_bufferevent(connection);
		char *text =
			memory_format("HTTP/1.1 %d Cut\r\nContent-Type: application/json\r\n"
						  "Content-Length: %zu\r\n\r\n%.*s",
						  reply->status, reply->length, (int) (reply->length / 2), reply->body);
		evutil_socket_t fd = bufferevent_getfd(stream);

		if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			fprintf(stderr, "strike-mock: a truncated answer could not be sent\n");
		free(text);
		evhttp_connection_free(connection);
		forget_reply(reply);
		return;
	}
	buffer = evbuffer_new();
	if (buffer == NULL)
		abort();
	snprintf(length, sizeof(length), "%zu", reply->length);
	if (reply->status != 204)
		evhttp_add_header(headers, "Content-Length", length);
	if (!reply->no_body)
		evbuffer_add(buffer, reply->body, reply->length);
	evhttp_send_reply(reply->http, reply->status, NULL, buffer);
	evbuffer_free(buffer);
	forget_reply(reply);
}

static void
on_latency_over(evutil_socket_t fd, short what, void *arg)
{
	(void) fd;
	(void) what;
	send_reply(arg);
}

static void
on_delay_over(void *arg)
{
	Reply *reply = arg;
	struct timeval tv;

	reply->timer = NULL;
	/* A connection must not be freed inside the callback that read from it: one turn at least. */
	tv.tv_sec = (time_t) (reply->latency_ms / 1000);
	tv.tv_usec = (suseconds_t) ((reply->latency_ms - (double) tv.tv_sec * 1000) * 1000);
	reply->real = evtimer_new(clock_base(), on_latency_over, reply);
	if (reply->real == NULL)
		abort();
	event_add(reply->real, &tv);
}

/* Hands the decided answer over to be sent; faults decide how. */
static void
schedule(Request *request)
{
	Reply *reply = memory_zeroed(sizeof(*reply));
	Provider provider = request->provider;
	const Eco *eco = request->eco;

	reply->http = request->http;
	reply->status = request->status;
	reply->body = request->answer;
	reply->length = request->answer_length;
	reply->no_body = strcmp(request->method, "HEAD") == 0;
	request->answer = NULL;
	TAILQ_INSERT_TAIL(&replies, reply, link);
	if (provider != PROVIDER_NONE)
	{
		reply->latency_ms = fault_value(FAULT_LATENCY_MS, provider, eco, 0);
		if (fault_strikes(FAULT_DROP_RESPONSE, provider, eco))
		{
			reply->delivery = SEND_NOTHING;
			reply->latency_ms = request->delay_s = 0; /* at once */
			journal_note(request->journal_n, "response dropped");
		}
		else if (fault_strikes(FAULT_TRUNCATE, provider, eco))
		{
			reply->delivery = SEND_HALF;
			journal_note(request->journal_n, "response truncated");
		}
		else if (fault_strikes(FAULT_OVERSIZE, provider, eco))
		{
			reply->body = memory_grown(reply->body, reply->length + OVERSIZE_BYTES);
			memset(reply->body + reply->length, ' ', OVERSIZE_BYTES);
			reply->length += OVERSIZE_BYTES;
			journal_note(request->journal_n, "response oversized");
		}
	}
	if (request->delay_s > 0)
	{
		reply->timer = timer_start(request->delay_s, on_delay_over, reply);
		if (request->eco != NULL)
			request->eco->answer_due = clock_elapsed() + request->delay_s;
	}
	else if (reply->latency_ms > 0 || reply->delivery != SEND_WHOLE)
		on_delay_over(reply);
	else
		send_reply(reply);
}

/*
 * Matches a path to a pattern and copies what the wildcards matched into args (decoded); on a
 * mismatch args is left empty.
 */
static bool
matches(const char *pattern, const char *path, char *args[SERVER_ARGS_MAX])
{
	int n = 0;

	memset(args, 0, SERVER_ARGS_MAX * sizeof(char *));
	for (;;)
	{
		if (*pattern == '*')
		{
			size_t length = strcspn(path, "/");
			char *raw;
			size_t suffix = strcspn(++pattern, "/"); /* as in "*.json" */

			if (length <= suffix || n == SERVER_ARGS_MAX ||
				strncmp(path + length - suffix, pattern, suffix) != 0)
				break;
			raw = memory_text_of(path, length - suffix);
			args[n] = evhttp_uridecode(raw, 0, NULL);
			free(raw);
			/* No identifier has other bytes, and messages that quote it must be UTF-8. */
			for (char *c = args[n]; *c != '\0'; c++)
			{
				if ((unsigned char) *c >= 0x80 || (unsigned char) *c < ' ')
					*c = '?';
			}
			n++;
			path += length;
			pattern += suffix;
		}
		else if (*pattern != *path)
			break;
		else if (*pattern == '\0')
			return true;
		else
		{
			pattern++;
			path++;
		}
	}
	for (int i = 0; i < n; i++)
		free(args[i]);
	memset(args, 0, SERVER_ARGS_MAX * sizeof(char *));
	return false;
}

static const char *
method_name(struct evhttp_request *http)
{
	switch (evhttp_request_get_command(http))
	{
		case EVHTTP_REQ_GET:
			return "GET";
		case EVHTTP_REQ_POST:
			return "POST";
		case EVHTTP_REQ_HEAD:
			return "HEAD";
		case EVHTTP_REQ_PUT:
			return "PUT";
		case EVHTTP_REQ_DELETE:
			return "DELETE";
		case EVHTTP_REQ_OPTIONS:
			return "OPTIONS";
		case EVHTTP_REQ_PATCH:
			return "PATCH";
		default:
			return "OTHER";
	}
}

static bool
under(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(path, prefix, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void
route(Request *request)
{
	const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
	const char *allowed = NULL;

	request->provider = under(request->path, "/twilio")	  ? PROVIDER_TWILIO
						: under(request->path, "/render") ? PROVIDER_RENDER
														  : PROVIDER_NONE;
	if (request->body_length > SERVER_BODY_MAX)
	{
		answer_refusal(request, 413);
		return;
	}
	for (const Route *row = routes; row->method != NULL; row++)
	{
		if (!matches(row->pattern, request->path, request->args))
			continue;
		if (strcmp(row->method, method) == 0)
		{
			request->provider = row->provider;
			row->handler(request);
			return;
		}
		allowed = row->method;
		for (int i = 0; i < SERVER_ARGS_MAX; i++)
		{
			free(request->args[i]);
			request->args[i] = NULL;
		}
	}
	if (allowed != NULL)
		answer_header(request, "Allow", allowed);
	answer_refusal(request, allowed != NULL ? 405 : 404);
}

static Form
received_headers(struct evhttp_request *http)
{
	Form form = {NULL, 0};
	const struct evkeyval *header;

	TAILQ_FOREACH(header, evhttp_request_get_input_headers(http), next)
	form_add(&form, header->key, header->value);
	return form;
}

static void
on_request(struct evhttp_request *http, void *arg)
{
	Request request;
	const char *uri = evhttp_request_get_uri(http);
	struct evbuffer *input = evhttp_request_get_input_buffer(http);
	const char *question;
	bool readable;

	(void) arg;
	memset(&request, 0, sizeof(request));
	request.http = http;
	request.method = method_name(http);
	question = strchr(uri, '?');
	request.path =
		question != NULL ? memory_text_of(uri, (size_t) (question - uri)) : memory_text(uri);
	readable = question == NULL || form_parse(&request.query, question + 1, strlen(question + 1));
	request.body_length = evbuffer_get_length(input);
	request.body = memory_zeroed(request.body_length + 1);
	evbuffer_copyout(input, request.body, request.body_length);
	if (!under(request.path, "/control") && !under(request.path, "/dashboard"))
	{
		Form headers = received_headers(http);

		request.journal_n =
			journal_request(request.method, uri, &headers, request.body, request.body_length);
		form_free(&headers);
	}
	if (readable)
		route(&request);
	else
		answer_refusal(&request, 400);
	if (request.status == 0)
		answer_refusal(&request, 500);
	journal_settle(request.journal_n, request.status);
	schedule(&request);
	for (int i = 0; i < SERVER_ARGS_MAX; i++)
		free(request.args[i]);
	form_free(&request.query);
	free(request.path);
	free(request.body);
	free(request.answer);
}

char *
server_start(const char *address, int *port)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);

	http_server = evhttp_new(clock_base());
	if (http_server == NULL)
		return memory_text("no HTTP server");
	evhttp_set_allowed_methods(http_server, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
												EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
												EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
	evhttp_set_max_headers_size(http_server, 64 * 1024);
	/* Above this libevent itself answers 413; below, the shell can, with a body. */
	evhttp_set_max_body_size(http_server, 4 * SERVER_BODY_MAX);
	evhttp_set_timeout(http_server, 700); /* longer than any delay a fault can ask for */
	evhttp_set_default_content_type(http_server, NULL);
	evhttp_set_gencb(http_server, on_request, NULL);
	bound = evhttp_bind_socket_with_handle(http_server, address, (unsigned short) *port);
	if (bound == NULL)
		return memory_format("can't listen on %s port %d: %s", address, *port,
							 evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *) &name, &length) == 0)
	{
		if (name.ss_family == AF_INET)
			*port = ntohs(((struct sockaddr_in *) &name)->sin_port);
		else if (name.ss_family == AF_INET6)
			*port = ntohs(((struct sockaddr_in6 *) &name)->sin6_port);
	}
	return NULL;
}

void
server_end(void)
{
	while (!TAILQ_EMPTY(&replies))
		forget_reply(TAILQ_FIRST(&replies));
	if (http_server != NULL)
		evhttp_free(http_server);
	http_server = NULL;
}

void
server_about(Request *request, Eco *eco, const char *attempt_id)
{
	request->eco = eco;
	journal_name(request->journal_n, eco != NULL ? eco->subsector : NULL, attempt_id);
}

const char *
request_header(const Request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request->http), name);
}

void
answer_header(Request *request, const char *name, const char *value)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request->http);

	evhttp_remove_header(headers, name);
	evhttp_add_header(headers, name, value);
}

void
answer_text(Request *request, int status, const char *type, const char *text, size_t length)
{
	free(request->answer);
	request->status = status;
	request->answer = memory_text_of(text, length);
	request->answer_length = length;
	if (type != NULL)
		answer_header(request, "Content-Type", type);
}

void
answer_json(Request *request, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	if (text == NULL)
		text = memory_text("{\"code\":\"server_error\",\"message\":\"unprintable\"}");
	answer_text(request, status, "application/json", text, strlen(text));
	free(text);
	json_decref(body);
}
