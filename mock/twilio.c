/*
 * twilio.c
 *		Accounts, errors and shapes that Twilio's APIs share.
 */
#include "twilio.h"

#include "clock.h"
#include "ids.h"
#include "memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_DEFAULT 50
#define PAGE_SIZE_MAX 1000

static char *required_token;

void
twilio_require_token(const char *token)
{
	free(required_token);
	required_token = memory_text(token);
}

static int
usual_code(int status)
{
	switch (status)
	{
		case 400:
			return 20001;
		case 401:
			return 20003;
		case 405:
			return 20004;
		default:
			return 20000 + status; /* 20404, 20409, 20429, 20500, 20503 … */
	}
}

void
twilio_refuse(Request *request, int status, int code, const char *message)
{
	char *more;

	if (code == 0)
		code = usual_code(status);
	more = memory_format("https://www.twilio.com/docs/errors/%d", code);
	answer_json(request, status,
				json_pack("{si, ss, ss, si}", "code", code, "message", message, "more_info", more,
						  "status", status));
	free(more);
}

bool
twilio_admit(Request *request, TwilioAccount *account)
{
	char id[ID_TEXT];

	id_sid("RQ", id);
	answer_header(request, "Twilio-Request-Id", id);
	answer_header(request, "Twilio-Concurrent-Requests", "1");
	answer_header(request, "Twilio-Request-Duration", "0.010");
	if (!credentials_basic(request, account->sid, account->token) ||
		!id_is_sid(account->sid, "AC") || account->token[0] == '\0' ||
		strcmp(account->token, "wrong") == 0 ||
		(required_token != NULL && strcmp(account->token, required_token) != 0))
	{
		answer_header(request, "WWW-Authenticate", "Basic realm=\"Twilio API\"");
		twilio_refuse(request, 401, 20003, "Authenticate");
		return false;
	}
	if (fault_strikes(FAULT_ERROR_RATE, PROVIDER_TWILIO, request->eco))
	{
		int status = (int) fault_value(FAULT_STATUS, PROVIDER_TWILIO, request->eco, 500);

		if (status == 429 || status == 503)
		{
			char seconds[16];

			snprintf(seconds, sizeof(seconds), "%.0f",
					 fault_value(FAULT_RETRY_AFTER_S, PROVIDER_TWILIO, request->eco, 1));
			answer_header(request, "Retry-After", seconds);
		}
		twilio_refuse(request, status, 0,
					  status == 429	  ? "Too Many Requests"
					  : status == 401 ? "Authenticate"
									  : "An internal server error has occurred");
		return false;
	}
	return true;
}

bool
twilio_number_ok(const char *number)
{
	size_t digits;

	if (number == NULL || number[0] != '+' || number[1] < '1' || number[1] > '9')
		return false;
	digits = strspn(number + 1, "0123456789");
	return number[1 + digits] == '\0' && digits >= 2 && digits <= 15;
}

json_t *
twilio_iso(int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms == 0)
		return json_null();
	clock_iso(ms, text);
	return json_string(text);
}

json_t *
twilio_rfc2822(int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms == 0)
		return json_null();
	clock_rfc2822(ms, text);
	return json_string(text);
}

char *
twilio_base_url(const Request *request)
{
	const char *host = request_header(request, "Host");

	/* The client's own header, so only what can be a host. */
	if (host == NULL || host[0] == '\0' || strlen(host) > 255 ||
		host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")] !=
			'\0')
		host = "localhost";
	return memory_format("http://%s/twilio", host);
}

static bool
number_between(const char *text, long low, long high, long *value)
{
	char *rest;

	if (text == NULL || text[0] == '\0')
		return true;
	*value = strtol(text, &rest, 10);
	return *rest == '\0' && *value >= low && *value <= high;
}

bool
twilio_paging(Request *request, long *page, long *page_size)
{
	*page = 0;
	*page_size = PAGE_SIZE_DEFAULT;
	if (number_between(form_get(&request->query, "PageSize"), 1, PAGE_SIZE_MAX, page_size) &&
		number_between(form_get(&request->query, "Page"), 0, 1000000, page))
		return true;
	twilio_refuse(request, 400, 20001, "Page or PageSize is out of range");
	return false;
}
