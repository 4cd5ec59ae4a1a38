/*
 * http_transfer.c
 *		One outgoing HTTP request in curl's hands.
 *
 * What can have reached the peer is known from CURLOPT_PREREQFUNCTION, which curl calls when
 * it has a connection and before the first byte of the request: a failure before it is
 * HTTP_NOT_SENT, one after it HTTP_LOST.  The same callback refuses to send a POST twice: curl
 * would silently repeat a request when a kept-alive connection closes without an answer, and
 * the peer may have done the work.
 *
 * Memory is malloc's, here and in the callbacks: they run inside curl.
 */
#include "postgres.h"

#include <time.h>

#include "remote/http_transfer.h"

/* CURLOPT_QUICK_EXIT: before it, one dead name server holds up every request for seconds. */
#if LIBCURL_VERSION_NUM < 0x075700
#error "Strike needs libcurl 7.87 or later"
#endif

/* ms; resolving, connecting and TLS: room for one dead name server (5 s) before a live one. */
#define CONNECT_TIMEOUT 10000
/* s; shorter than the idle time of usual servers (node 5 s), so that a POST seldom meets a close */
#define IDLE_CONNECTION_AGE 4
#define HEADERS_MAX (256 * 1024) /* bytes of an answer's headers */
#define RETRY_AFTER_MAX 86400	 /* s */
#define POOL_MAX 256			 /* idle handles kept */

static Transfer *pool;
static int pooled;

int64
transfer_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- curl's callbacks ---- */

static int
before_request(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
	Transfer *transfer = arg;

	if (transfer->sent && transfer->post)
	{
		transfer->repeated = true;
		return CURL_PREREQFUNC_ABORT;
	}
	transfer->sent = true;
	return CURL_PREREQFUNC_OK;
}

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	Transfer *transfer = arg;
	size_t length = size * count;

	if (length > HTTP_MAX_BODY - transfer->body_length)
	{
		transfer->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	if (transfer->body_length + length + 1 > transfer->body_room)
	{
		size_t room = Max(transfer->body_room * 2, transfer->body_length + length + 1);
		char *grown = realloc(transfer->body, room);

		if (grown == NULL)
		{
			transfer->out_of_memory = true;
			return CURL_WRITEFUNC_ERROR;
		}
		transfer->body = grown;
		transfer->body_room = room;
	}
	memcpy(transfer->body + transfer->body_length, data, length);
	transfer->body_length += length;
	transfer->body[transfer->body_length] = '\0';
	return length;
}

/* The value of a header line "Name: value\r\n" if it has this name; false otherwise or too long. */
static bool
header_value(const char *line, size_t length, const char *name, char *value, size_t room)
{
	size_t name_length = strlen(name);

	if (length <= name_length || line[name_length] != ':' ||
		pg_strncasecmp(line, name, name_length) != 0)
		return false;
	line += name_length + 1;
	length -= name_length + 1;
	while (length > 0 && (*line == ' ' || *line == '\t'))
	{
		line++;
		length--;
	}
	while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL)
		length--;
	if (length == 0 || length >= room || memchr(line, '\0', length) != NULL)
		return false;
	memcpy(value, line, length);
	value[length] = '\0';
	return true;
}

static size_t
take_header(char *line, size_t size, size_t count, void *arg)
{
	Transfer *transfer = arg;
	size_t length = size * count;
	char value[64];

	transfer->header_bytes += length;
	if (transfer->header_bytes > HEADERS_MAX)
	{
		transfer->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
	{
		/* an answer begins, perhaps the one after a 1xx */
		transfer->headers_ended = false;
		transfer->retry_after = -1;
		transfer->retry_at = transfer->peer_time = -1;
	}
	else if (length > 0 && (line[0] == '\r' || line[0] == '\n'))
		transfer->headers_ended = true;
	else if (header_value(line, length, "Date", value, sizeof(value)))
		transfer->peer_time = curl_getdate(value, NULL);
	else if (header_value(line, length, "Retry-After", value, sizeof(value)))
	{
		if (value[strspn(value, "0123456789")] != '\0')
			transfer->retry_at = curl_getdate(value, NULL);
		else if (strlen(value) > 5)
			transfer->retry_after = RETRY_AFTER_MAX;
		else
			transfer->retry_after = Min(atoi(value), RETRY_AFTER_MAX);
	}
	return length;
}

/* ---- the call ---- */

Transfer *
transfer_acquire(void)
{
	Transfer *transfer = pool;

	if (transfer != NULL)
	{
		pool = transfer->next;
		pooled--;
		return transfer;
	}
	transfer = calloc(1, sizeof(Transfer));
	if (transfer == NULL)
		return NULL;
	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
	{
		free(transfer);
		return NULL;
	}
	return transfer;
}

void
transfer_release(Transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_slist_free_all(transfer->headers);
	free(transfer->text);
	free(transfer->body);
	if (pooled >= POOL_MAX)
	{
		curl_easy_cleanup(easy);
		free(transfer);
		return;
	}
	curl_easy_reset(easy);
	memset(transfer, 0, sizeof(*transfer));
	transfer->easy = easy;
	transfer->next = pool;
	pool = transfer;
	pooled++;
}

/* True when every byte is printable ASCII, spaces only if allowed. */
static bool
is_printable(const char *text, bool spaces)
{
	for (; *text != '\0'; text++)
	{
		if (*text < (spaces ? ' ' : '!') || *text > '~')
			return false;
	}
	return true;
}

const char *
transfer_problem(const HttpCall *call)
{
	const char *authority;

	if (strcmp(call->method, "POST") != 0 && strcmp(call->method, "GET") != 0)
		return "the method is neither GET nor POST";
	if (call->body != NULL && strcmp(call->method, "GET") == 0)
		return "a GET has no body";
	if (pg_strncasecmp(call->url, "http://", 7) == 0)
		authority = call->url + 7;
	else if (pg_strncasecmp(call->url, "https://", 8) == 0)
		authority = call->url + 8;
	else
		return "the URL begins neither with http:// nor with https://";
	if (!is_printable(call->url, false))
		return "the URL contains spaces or bytes that are not printable ASCII";
	if (strcspn(authority, "/?#") == 0)
		return "the URL names no host";
	if (memchr(authority, '@', strcspn(authority, "/?#")) != NULL)
		return "the URL contains a user name";
	if (call->content_type != NULL && !is_printable(call->content_type, true))
		return "the content type is not printable ASCII";
	if (call->bearer != NULL && (call->user != NULL || !is_printable(call->bearer, false)))
		return "the bearer token can't be sent in a header";
	return NULL;
}

/* Copies one string of a call into the transfer's text; NULL stays NULL. */
static const char *
copy_text(char **at, const char *source)
{
	const char *copy = *at;
	size_t size;

	if (source == NULL)
		return NULL;
	size = strlen(source) + 1;
	memcpy(*at, source, size);
	*at += size;
	return copy;
}

bool
transfer_take_call(Transfer *transfer, const HttpCall *call)
{
	const char *body = call->body != NULL ? call->body : "";
	const char *parts[] = {
		call->url, call->content_type, body, call->user, call->password, call->bearer, call->label,
	};
	size_t room = 0;
	char *at;

	for (int i = 0; i < lengthof(parts); i++)
		room += parts[i] != NULL ? strlen(parts[i]) + 1 : 0;
	at = transfer->text = malloc(room);
	if (at == NULL)
		return false;
	transfer->url = copy_text(&at, call->url);
	transfer->content_type = copy_text(&at, call->content_type);
	transfer->request_body = copy_text(&at, body);
	transfer->user = copy_text(&at, call->user);
	transfer->password = copy_text(&at, call->password);
	transfer->bearer = copy_text(&at, call->bearer);
	transfer->label = copy_text(&at, call->label);
	transfer->post = strcmp(call->method, "POST") == 0;
	transfer->retry_after = -1;
	transfer->retry_at = transfer->peer_time = -1;
	transfer->began = transfer_clock();
	transfer->deadline = transfer->began + (int64) Max(call->timeout_ms, 1) * 1000;
	return true;
}

/* Appends a header line; false = out of memory. */
static bool
add_header(Transfer *transfer, const char *name, const char *value)
{
	size_t room = strlen(name) + strlen(value) + 1;
	char *line = malloc(room);
	struct curl_slist *grown = NULL;

	if (line != NULL)
	{
		snprintf(line, room, "%s%s", name, value);
		grown = curl_slist_append(transfer->headers, line);
		free(line);
	}
	if (grown == NULL)
		return false;
	transfer->headers = grown;
	return true;
}

CURLcode
transfer_configure(Transfer *transfer, long timeout_ms)
{
	CURL *easy = transfer->easy;
	CURLcode result = CURLE_OK;

#define SET(option, value)                                                                         \
	do                                                                                             \
	{                                                                                              \
		if (result == CURLE_OK)                                                                    \
			result = curl_easy_setopt(easy, option, value);                                        \
	} while (0)

	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->error);
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_PROXY, ""); /* the server's environment is no configuration of ours */
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	/* One request a connection: with HTTP/2 one broken connection would lose many. */
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_MAXAGE_CONN, (long) IDLE_CONNECTION_AGE);
	SET(CURLOPT_CONNECTTIMEOUT_MS, Min(timeout_ms, (long) CONNECT_TIMEOUT));
	SET(CURLOPT_TIMEOUT_MS, timeout_ms);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) HTTP_MAX_BODY);
	SET(CURLOPT_USERAGENT, "strike");
	SET(CURLOPT_PREREQFUNCTION, before_request);
	SET(CURLOPT_PREREQDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_URL, transfer->url);
	if (transfer->post)
	{
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen(transfer->request_body));
		SET(CURLOPT_POSTFIELDS, transfer->request_body);
	}
	if (transfer->user != NULL)
	{
		SET(CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
		SET(CURLOPT_USERNAME, transfer->user);
		SET(CURLOPT_PASSWORD, transfer->password != NULL ? transfer->password : "");
	}
	/* "Expect:" takes away the wait for 100 Continue; an empty Content-Type curl's own guess. */
	if (!add_header(transfer, "Expect:", "") ||
		(transfer->post &&
		 !add_header(transfer, transfer->content_type != NULL ? "Content-Type: " : "Content-Type:",
					 transfer->content_type != NULL ? transfer->content_type : "")) ||
		(transfer->bearer != NULL &&
		 !add_header(transfer, "Authorization: Bearer ", transfer->bearer)))
		return CURLE_OUT_OF_MEMORY;
	SET(CURLOPT_HTTPHEADER, transfer->headers);
#undef SET
	return result;
}

/* ---- its end ---- */

int
transfer_retry_after(const Transfer *transfer)
{
	time_t wait;

	if (transfer->retry_after >= 0 || transfer->retry_at < 0)
		return transfer->retry_after;
	wait =
		transfer->retry_at - (transfer->peer_time >= 0 ? transfer->peer_time : (time_t) time(NULL));
	return wait < 0 ? 0 : (int) Min(wait, RETRY_AFTER_MAX);
}

void
transfer_end(Transfer *transfer, HttpOutcome outcome, const char *error)
{
	transfer->outcome = outcome;
	transfer->elapsed_ms = (int) ((transfer_clock() - transfer->began) / 1000);
	if (outcome == HTTP_ANSWERED)
		transfer->error[0] = '\0';
	else if (error != transfer->error)
		strlcpy(transfer->error, error, sizeof(transfer->error));
	for (char *c = transfer->error; *c != '\0'; c++)
	{
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

void
transfer_conclude(Transfer *transfer, CURLcode result)
{
	long request_bytes = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	if (result == CURLE_OK && transfer->status >= 200 && transfer->headers_ended)
		transfer_end(transfer, HTTP_ANSWERED, NULL);
	else if (transfer->too_large || result == CURLE_FILESIZE_EXCEEDED)
		transfer_end(transfer, HTTP_TOO_LARGE, "the answer is larger than the bound");
	else if (transfer->out_of_memory)
		transfer_end(transfer, HTTP_LOST, "out of memory for the answer");
	else if (transfer->repeated || result == CURLE_OK)
		transfer_end(transfer, HTTP_LOST, "the connection closed before an answer");
	else
		transfer_end(transfer, transfer->sent || request_bytes > 0 ? HTTP_LOST : HTTP_NOT_SENT,
					 transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(result));
}
