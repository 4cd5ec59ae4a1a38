/*
 * ws_hello.c
 *		Reading a client's message.
 */
#include "ws_hello.h"

#include <jansson.h>
#include <string.h>

#define SINCE_MAX ((json_int_t) 1 << 53)

static bool
read_token(const json_t *token, WsHello *hello)
{
	size_t length = token != NULL ? json_string_length(token) : 0;

	if (!json_is_string(token) || length == 0 || length > WS_TOKEN_MAX)
		return false;
	/* what is between its dots is checked by who decodes it */
	memcpy(hello->token, json_string_value(token), length);
	hello->token[length] = '\0';
	return strlen(hello->token) == length;
}

bool
ws_hello_read(const char *text, size_t length, WsHello *hello, const char **why)
{
	json_error_t error;
	json_t *message = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	const json_t *since = json_object_get(message, "since");

	*why = NULL;
	hello->since = WS_SINCE_NOW;
	if (!json_is_object(message))
		*why = "send {\"token\", \"since\"}";
	else if (!read_token(json_object_get(message, "token"), hello))
		*why = "token is missing or unusable";
	else if (since != NULL && !json_is_null(since))
	{
		if (json_is_integer(since) && json_integer_value(since) >= 0 &&
			json_integer_value(since) <= SINCE_MAX)
			hello->since = json_integer_value(since);
		else
			*why = "since must be a feed seq";
	}
	json_decref(message);
	return *why == NULL;
}
