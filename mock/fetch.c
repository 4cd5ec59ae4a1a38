/*
 * fetch.c
 *		Outgoing HTTP over libevent, one connection a request.
 */
#include "fetch.h"

#include "clock.h"
#include "memory.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct Fetch
{
	struct evhttp_connection *connection;
	struct evhttp_request *http; /* NULL once libevent is done with it */
	struct event *finish;		 /* calls done outside of libevent's own callbacks */
	FetchDone done;
	void *arg;
	bool sent; /* an error after the connection was there */
	FetchOutcome outcome;
	int status;
	char *body;
	size_t length;
	char *content_type;
};

static void
forget(Fetch *fetch)
{
	if (fetch->http != NULL)
		evhttp_cancel_request(fetch->http);
	if (fetch->connection != NULL)
		evhttp_connection_free(fetch->connection);
	event_free(fetch->finish);
	free(fetch->body);
	free(fetch->content_type);
	free(fetch);
}

static void
on_finish(evutil_socket_t fd, short what, void *arg)
{
	Fetch *fetch = arg;
	FetchAnswer answer;

	(void) fd;
	(void) what;
	answer.outcome = fetch->outcome;
	answer.status = fetch->outcome == FETCH_ANSWERED ? fetch->status : 0;
	answer.body = fetch->body != NULL ? fetch->body : "";
	answer.length = fetch->length;
	answer.content_type = fetch->content_type != NULL ? fetch->content_type : "";
	fetch->done(&answer, fetch->arg);
	forget(fetch);
}

/* libevent calls this before on_answer, and only once the connection was there. */
static void
on_error(enum evhttp_request_error error, void *arg)
{
	Fetch *fetch = arg;

	(void) error;
	fetch->sent = true;
}

static void
on_answer(struct evhttp_request *http, void *arg)
{
	Fetch *fetch = arg;
	int status = http != NULL ? evhttp_request_get_response_code(http) : 0;

	fetch->http = NULL;
	if (status > 0)
	{
		struct evbuffer *buffer = evhttp_request_get_input_buffer(http);
		const char *type =
			evhttp_find_header(evhttp_request_get_input_headers(http), "Content-Type");

		fetch->outcome = FETCH_ANSWERED;
		fetch->status = status;
		fetch->length = evbuffer_get_length(buffer);
		fetch->body = memory_zeroed(fetch->length + 1);
		evbuffer_copyout(buffer, fetch->body, fetch->length);
		fetch->content_type = memory_text(type);
	}
	else
		fetch->outcome = fetch->sent ? FETCH_NO_ANSWER : FETCH_NO_CONNECTION;
	event_active(fetch->finish, EV_TIMEOUT, 0);
}

static void
add_basic_auth(struct evkeyvalq *headers, const char *userinfo)
{
	char *plain = evhttp_uridecode(userinfo, 0, NULL);
	size_t length = strlen(plain);
	char *encoded = memory_zeroed(4 * (length / 3 + 1) + 1);
	char *header;

	EVP_EncodeBlock((unsigned char *) encoded, (unsigned char *) plain, (int) length);
	header = memory_format("Basic %s", encoded);
	evhttp_add_header(headers, "Authorization", header);
	free(header);
	free(encoded);
	free(plain);
}

/* false: not a URL that can be fetched. */
static bool
begin(Fetch *fetch, struct evhttp_uri *uri, const Form *form, const Form *extra, double timeout_s)
{
	const char *scheme = evhttp_uri_get_scheme(uri);
	const char *host = evhttp_uri_get_host(uri);
	const char *path = evhttp_uri_get_path(uri);
	const char *query = evhttp_uri_get_query(uri);
	int port = evhttp_uri_get_port(uri);
	struct timeval tv;
	struct evkeyvalq *headers;
	char *target;
	char *authority;
	int failed;

	if (scheme == NULL || strcasecmp(scheme, "http") != 0 || host == NULL || host[0] == '\0')
		return false;
	if (port < 0)
		port = 80;
	/* Name look-up blocks for a moment: callbacks go to this machine or a test's. */
	fetch->connection = evhttp_connection_base_new(clock_base(), NULL, host, (unsigned short) port);
	if (fetch->connection == NULL)
		return false;
	tv.tv_sec = (time_t) timeout_s;
	tv.tv_usec = (suseconds_t) ((timeout_s - (double) tv.tv_sec) * 1e6);
	evhttp_connection_set_timeout_tv(fetch->connection, &tv);
	evhttp_connection_set_max_body_size(fetch->connection, FETCH_BODY_MAX);
	evhttp_connection_set_max_headers_size(fetch->connection, 64 * 1024);
	fetch->http = evhttp_request_new(on_answer, fetch);
	evhttp_request_set_error_cb(fetch->http, on_error);
	headers = evhttp_request_get_output_headers(fetch->http);
	authority = port == 80 ? memory_text(host) : memory_format("%s:%d", host, port);
	evhttp_add_header(headers, "Host", authority);
	free(authority);
	evhttp_add_header(headers, "Connection", "close");
	if (evhttp_uri_get_userinfo(uri) != NULL)
		add_basic_auth(headers, evhttp_uri_get_userinfo(uri));
	for (size_t i = 0; extra != NULL && i < extra->count; i++)
		evhttp_add_header(headers, extra->fields[i].name, extra->fields[i].value);
	if (form != NULL)
	{
		char *body = form_encode(form);

		evbuffer_add(evhttp_request_get_output_buffer(fetch->http), body, strlen(body));
		free(body);
	}
	target = memory_format("%s%s%s", path != NULL && path[0] != '\0' ? path : "/",
						   query != NULL ? "?" : "", query != NULL ? query : "");
	failed = evhttp_make_request(fetch->connection, fetch->http,
								 form != NULL ? EVHTTP_REQ_POST : EVHTTP_REQ_GET, target);
	free(target);
	if (failed != 0 && fetch->outcome != FETCH_NO_CONNECTION)
	{
		/* libevent has freed the request; its callback may or may not have run. */
		fetch->http = NULL;
		fetch->outcome = FETCH_NO_CONNECTION;
		event_active(fetch->finish, EV_TIMEOUT, 0);
	}
	return true;
}

Fetch *
fetch_start(const char *url, const Form *form, const Form *headers, double timeout_s,
			FetchDone done, void *arg)
{
	Fetch *fetch = memory_zeroed(sizeof(*fetch));
	struct evhttp_uri *uri = evhttp_uri_parse_with_flags(url, EVHTTP_URI_NONCONFORMANT);

	fetch->done = done;
	fetch->arg = arg;
	fetch->outcome = FETCH_BAD_URL;
	fetch->finish = event_new(clock_base(), -1, 0, on_finish, fetch);
	if (fetch->finish == NULL)
		abort();
	if (uri == NULL || !begin(fetch, uri, form, headers, timeout_s))
		event_active(fetch->finish, EV_TIMEOUT, 0);
	if (uri != NULL)
		evhttp_uri_free(uri);
	return fetch;
}

void
fetch_cancel(Fetch **fetch)
{
	if (fetch == NULL || *fetch == NULL)
		return;
	forget(*fetch);
	*fetch = NULL;
}
