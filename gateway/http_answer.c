/*
 * http_answer.c
 *		Status line, headers, body.  No Server header: a stranger needn't know what runs here.
 */
#include "http_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEAD_BYTES 1024

static const struct
{
	int status;
	const char *words;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{426, "Upgrade Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *
http_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
	{
		if (reasons[i].status == status)
			return reasons[i].words;
	}
	return "Status";
}

static bool
has_no_body(int status)
{
	return status < 200 || status == 204 || status == 205 || status == 304;
}

char *
http_answer_bytes(const HttpAnswer *answer, int minor, bool keep_alive, bool without_body,
				  size_t *length)
{
	bool bare = has_no_body(answer->status);
	size_t body_length = bare || without_body ? 0 : answer->length;
	size_t room = HEAD_BYTES + (answer->content_type != NULL ? strlen(answer->content_type) : 0) +
				  (answer->extra != NULL ? strlen(answer->extra) : 0);
	char *bytes = malloc(room + body_length);
	char date[40];
	time_t now = time(NULL);
	struct tm utc;
	size_t at;

	if (bytes == NULL)
		abort();
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
	at = (size_t) snprintf(bytes, room, "HTTP/1.1 %d %s\r\nDate: %s\r\n", answer->status,
						   http_reason(answer->status), date);
	if (!bare)
	{
		if (answer->content_type != NULL)
			at += (size_t) snprintf(bytes + at, room - at, "Content-Type: %s\r\n",
									answer->content_type);
		at += (size_t) snprintf(bytes + at, room - at, "Content-Length: %zu\r\n", answer->length);
	}
	else if (answer->status == 205)
		at += (size_t) snprintf(bytes + at, room - at, "Content-Length: 0\r\n");
	if (answer->allow != NULL)
		at += (size_t) snprintf(bytes + at, room - at, "Allow: %s\r\n", answer->allow);
	if (answer->retry_after)
		at += (size_t) snprintf(bytes + at, room - at, "Retry-After: 1\r\n");
	if (!keep_alive || minor == 0)
		at += (size_t) snprintf(bytes + at, room - at, "Connection: %s\r\n",
								keep_alive ? "keep-alive" : "close");
	at += (size_t) snprintf(bytes + at, room - at,
							"%sCache-Control: %s\r\nX-Content-Type-Options: nosniff\r\n\r\n",
							answer->extra != NULL ? answer->extra : "",
							answer->cache != NULL ? answer->cache : "no-store");
	if (body_length > 0)
		memcpy(bytes + at, answer->body, body_length);
	*length = at + body_length;
	return bytes;
}
