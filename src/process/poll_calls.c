/*
 * poll_calls.c
 *		Requests for an order's tasks, page by page.  A look changes nothing at the other side, so it
 *		needs no intent: one that dies with its worker is simply due again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/settings.h"
#include "process/poll_calls.h"
#include "remote/http.h"

#define PAGES_MAX 200

static void (*tell)(PollLook *look);

static void on_token(const char *token, const HttpAnswer *failure, void *arg);

static void
end(PollLook *look, PollTrouble trouble, int retry_after_s)
{
	look->trouble = trouble;
	look->retry_after_s = retry_after_s;
	tell(look);
}

/* What is wrong with an answer that brought no page; POLL_FINE when its status is 200. */
static PollTrouble
trouble_of(const HttpAnswer *answer)
{
	switch (answer->outcome)
	{
		case HTTP_NOT_SENT:
			return POLL_UNREACHABLE;
		case HTTP_TOO_LARGE:
			return POLL_TOO_LARGE;
		case HTTP_ANSWERED:
			return poll_trouble_of_status(answer->status, answer->retry_after_s > 0);
		default:
			return POLL_LOST;
	}
}

static void
on_page(const HttpAnswer *answer, void *arg)
{
	PollLook *look = arg;
	PollTrouble trouble = trouble_of(answer);
	MemoryContext outside;
	RenderList read;
	int next_page = 0;

	if (answer->outcome == HTTP_ANSWERED && answer->status == 401 && !look->token_renewed)
	{
		look->token_renewed = true;
		oauth_refused(&look->asked.client, look->token);
		oauth_token(&look->asked.client, on_token, look);
		return;
	}
	if (trouble != POLL_FINE)
	{
		end(look, trouble, answer->retry_after_s);
		return;
	}
	outside = MemoryContextSwitchTo(look->context);
	read = render_read_tasks(answer, look->subsector, look->page, &look->tasks, &next_page);
	MemoryContextSwitchTo(outside);
	if (read != RENDER_LIST_READ)
		end(look,
			read == RENDER_LIST_ENDLESS		? POLL_ENDLESS
			: read == RENDER_LIST_TOO_LARGE ? POLL_TOO_LARGE
											: POLL_NONSENSE,
			-1);
	else if (next_page > PAGES_MAX)
		end(look, POLL_ENDLESS, -1);
	else if (next_page > 0 && clock_ticks() >= look->deadline)
		end(look, POLL_LOST, -1);
	else if (next_page > 0)
	{
		look->page = next_page;
		render_list_tasks(&look->asked, look->token, look->subsector, look->page, on_page, look);
	}
	else
	{
		FAULT_POINT("poll_answer");
		end(look, POLL_FINE, -1);
	}
}

static void
on_token(const char *token, const HttpAnswer *failure, void *arg)
{
	PollLook *look = arg;

	if (token == NULL)
	{
		PollTrouble trouble = trouble_of(failure);

		/* however the token endpoint words it */
		if (!poll_trouble_of_instance(trouble))
			trouble = POLL_REFUSED;
		end(look, trouble, failure->retry_after_s);
		return;
	}
	look->token = MemoryContextStrdup(look->context, token);
	render_list_tasks(&look->asked, look->token, look->subsector, look->page, on_page, look);
}

static char *
copy(PollLook *look, const char *text)
{
	return MemoryContextStrdup(look->context, text);
}

void
poll_calls_start(PollLook *look, void (*done)(PollLook *look))
{
	const RenderInstance *now = look->of->configured;

	tell = done;
	look->asked.api_url = copy(look, now->api_url);
	look->asked.client.token_url = copy(look, now->client.token_url);
	look->asked.client.client_id = copy(look, now->client.client_id);
	look->asked.client.client_secret = copy(look, now->client.client_secret);
	look->asked.project = copy(look, now->project);
	look->asked_at = clock_now();
	/* of several pages together, however slowly they come */
	look->deadline = clock_ticks() + 2 * strike_render_timeout * INT64CONST(1000);
	look->page = 1;
	oauth_token(&look->asked.client, on_token, look);
}
