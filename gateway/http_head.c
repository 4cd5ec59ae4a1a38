/*
 * http_head.c
 *		The request head: request line, header lines, and what they say about the body.
 *
 * Refused as ambiguous: a bare CR or LF, folded lines, blanks before a colon, two Content-Lengths,
 * Content-Length beside Transfer-Encoding, anything but digits in a length.
 */
#include "http_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* method, two blanks, version, CR LF beside the target */
#define REQUEST_LINE_MAX (HTTP_TARGET_MAX + HTTP_METHOD_MAX + 12)

static bool
is_token(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		   (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t
http_head_length(const char *bytes, size_t length, size_t *scanned)
{
	size_t from = *scanned > 3 ? *scanned - 3 : 0;
	const char *end = memmem(bytes + from, length - from, "\r\n\r\n", 4);

	*scanned = length;
	return end == NULL ? 0 : (size_t) (end - bytes) + 4;
}

int
http_head_overflow(const char *bytes, size_t length)
{
	if (length > REQUEST_LINE_MAX && memchr(bytes, '\n', REQUEST_LINE_MAX) == NULL)
		return 414;
	return length > HTTP_HEAD_MAX ? 431 : 0;
}

/* "http://host[:port]/path" to "/path" (RFC 9112, 3.2.2); NULL if there is no path to serve. */
static const char *
origin_form(const char *target)
{
	const char *authority;
	const char *path;

	if (*target == '/')
		return target;
	if (strncasecmp(target, "http://", 7) == 0)
		authority = target + 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		authority = target + 8;
	else
		return NULL;
	path = strpbrk(authority, "/?#");
	return path != NULL && *path == '/' ? path : NULL;
}

/* METHOD SP TARGET SP HTTP/1.x, NUL-terminated. */
static int
parse_request_line(char *line, HttpHead *head)
{
	char *target = strchr(line, ' ');
	char *version = target == NULL ? NULL : strchr(target + 1, ' ');

	if (version == NULL || target == line)
		return 400;
	*target++ = '\0';
	*version++ = '\0';
	if (strlen(line) > HTTP_METHOD_MAX)
		return 501;
	for (const char *c = line; *c != '\0'; c++)
	{
		if (!is_token((unsigned char) *c))
			return 400;
	}
	head->method = line;
	if (strlen(target) > HTTP_TARGET_MAX)
		return 414;
	for (const unsigned char *c = (const unsigned char *) target; *c != '\0'; c++)
	{
		if (*c <= 0x20 || *c == 0x7f)
			return 400;
	}
	head->target = origin_form(target);
	if (head->target == NULL)
		return 400;
	head->path_length = strcspn(head->target, "?");

	if (strncmp(version, "HTTP/", 5) != 0 || !is_digit(version[5]) || version[6] != '.' ||
		!is_digit(version[7]) || version[8] != '\0')
		return 400;
	if (version[5] != '1')
		return 505;
	head->minor = version[7] == '0' ? 0 : 1;
	return 0;
}

/* NAME ":" OWS VALUE OWS, NUL-terminated. */
static int
parse_header_line(char *line, HttpHead *head)
{
	char *colon = line;
	char *value;
	char *end;

	while (is_token((unsigned char) *colon))
		colon++;
	if (*colon != ':' || colon == line)
		return 400;
	*colon = '\0';
	value = colon + 1;
	value += strspn(value, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	for (const unsigned char *c = (const unsigned char *) value; *c != '\0'; c++)
	{
		if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
			return 400;
	}
	if (head->header_count >= HTTP_HEADERS_MAX)
		return 431;
	head->headers[head->header_count].name = line;
	head->headers[head->header_count].value = value;
	head->header_count++;
	return 0;
}

bool
http_header_lists(const HttpHead *head, const char *name, const char *token)
{
	for (size_t i = 0; i < head->header_count; i++)
	{
		const char *word = head->headers[i].value;

		if (strcasecmp(head->headers[i].name, name) != 0)
			continue;
		while (*word != '\0')
		{
			size_t length;

			word += strspn(word, ", \t");
			length = strcspn(word, ", \t");
			if (length == strlen(token) && strncasecmp(word, token, length) == 0)
				return true;
			word += length;
		}
	}
	return false;
}

/* Content-Length and Transfer-Encoding: which bytes after the head belong to this request. */
static int
read_framing(HttpHead *head)
{
	const char *length = http_header(head, "content-length");
	const char *coding = http_header(head, "transfer-encoding");

	if (http_header_count(head, "content-length") > 1 ||
		http_header_count(head, "transfer-encoding") > 1 || (length != NULL && coding != NULL))
		return 400;
	if (coding != NULL)
	{
		if (head->minor == 0)
			return 400;
		if (strcasecmp(coding, "chunked") != 0)
			return 501;
		head->chunked = true;
	}
	if (length != NULL)
	{
		size_t digits = strspn(length, "0123456789");

		if (digits == 0 || length[digits] != '\0' || digits > 18)
			return 400;
		head->has_length = true;
		head->length = strtoull(length, NULL, 10);
	}
	return 0;
}

static int
read_connection(HttpHead *head)
{
	const char *expectation = http_header(head, "expect");

	if (http_header_count(head, "host") > 1 ||
		(head->minor > 0 && http_header_count(head, "host") == 0))
		return 400;
	if (head->minor > 0)
		head->keep_alive = !http_header_lists(head, "connection", "close");
	else
		head->keep_alive = http_header_lists(head, "connection", "keep-alive") &&
						   !http_header_lists(head, "connection", "close");
	if (expectation != NULL && head->minor > 0)
	{
		if (strcasecmp(expectation, "100-continue") != 0)
			return 417;
		head->expects_continue = true;
	}
	return 0;
}

int
http_head_parse(char *bytes, size_t length, HttpHead *head)
{
	char *line = bytes;
	char *end = bytes + length - 2; /* at the empty line */
	int status;

	memset(head, 0, sizeof(*head));
	if (length > HTTP_HEAD_MAX)
		return 431;
	if (length < 4 || memchr(bytes, '\0', length) != NULL)
		return 400;
	while (line < end)
	{
		char *stop = memmem(line, (size_t) (end - line), "\r\n", 2);

		if (stop == NULL)
			return 400;
		*stop = '\0';
		if (strpbrk(line, "\r\n") != NULL)
			return 400;
		status = line == bytes ? parse_request_line(line, head) : parse_header_line(line, head);
		if (status != 0)
			return status;
		line = stop + 2;
	}
	if (head->method == NULL)
		return 400;
	status = read_framing(head);
	return status != 0 ? status : read_connection(head);
}

const char *
http_header(const HttpHead *head, const char *name)
{
	for (size_t i = 0; i < head->header_count; i++)
	{
		if (strcasecmp(head->headers[i].name, name) == 0)
			return head->headers[i].value;
	}
	return NULL;
}

size_t
http_header_count(const HttpHead *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->header_count; i++)
		count += strcasecmp(head->headers[i].name, name) == 0;
	return count;
}
