/*
 * poll_trouble.c
 *		A table of what can be wrong.
 */
#include "domain/poll_trouble.h"

static const struct
{
	const char *words;
	bool of_instance;
} troubles[POLL_TROUBLES] = {
	[POLL_FINE] = {"nothing is wrong", false},
	[POLL_UNREACHABLE] = {"the work system can't be reached", true},
	[POLL_LOST] = {"the work system gave no whole answer in time", true},
	[POLL_REFUSED] = {"the work system refuses our credentials", true},
	[POLL_SLOW_DOWN] = {"the work system asks us to slow down", true},
	[POLL_BROKEN] = {"the work system has trouble of its own", true},
	[POLL_NOT_THERE] = {"the work system knows no such list of tasks (HTTP 404)", false},
	[POLL_BAD_REQUEST] = {"the work system refuses to list the tasks", false},
	[POLL_NONSENSE] = {"the list of tasks makes no sense", false},
	[POLL_TOO_LARGE] = {"the list of tasks is too large", false},
	[POLL_ENDLESS] = {"the list of tasks has no end", false},
	[POLL_NO_INSTANCE] = {"no work system is configured for this contractor", false},
	[POLL_OWN_ERROR] = {"the tasks could not be recorded: see the server's log", false},
};

PollTrouble
poll_trouble_of_status(int http_status, bool has_retry_after)
{
	if (http_status == 200)
		return POLL_FINE;
	if (http_status == 401 || http_status == 403)
		return POLL_REFUSED;
	if (http_status == 429 || (http_status == 503 && has_retry_after))
		return POLL_SLOW_DOWN;
	if (http_status == 408)
		return POLL_LOST;
	if (http_status == 404)
		return POLL_NOT_THERE;
	if (http_status >= 400 && http_status < 500)
		return POLL_BAD_REQUEST;
	return POLL_BROKEN;
}

bool
poll_trouble_of_instance(PollTrouble trouble)
{
	return troubles[trouble].of_instance;
}

const char *
poll_trouble_words(PollTrouble trouble)
{
	return troubles[trouble].words;
}
