/*
 * poll_calls.c
 *		Requests for an order's tasks, page by page.  A look changes nothing at the other side, so it
 *		needs no intent: its row's next_poll_at is put off by as long as the look may take, and a
 *		look that dies with its worker is simply due again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "ground/clock.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/poll_calls.h"
#include "process/poll_record.h"
#include "remote/http.h"
#include "remote/render_api.h"

#define BATCH 100
#define PAGES_MAX 200
#define NO_INSTANCE "no work system is configured for this contractor"
#define NO_END "the list of tasks has no end"

static SqlStatement due_sql = {
	.sql = "UPDATE strike.render_process_state r SET next_poll_at = $2 FROM"
		   " (SELECT eco_id FROM strike.render_process_state WHERE next_poll_at <= $1"
		   " ORDER BY next_poll_at LIMIT $3 FOR UPDATE SKIP LOCKED) due"
		   " LEFT JOIN strike.eco_views v ON v.eco_id = due.eco_id"
		   " LEFT JOIN strike.render_instances i ON i.osp_tenant = v.osp_tenant"
		   " WHERE r.eco_id = due.eco_id"
		   " RETURNING r.eco_id, v.job_id, i.api_url, i.token_url, i.client_id, i.client_secret,"
		   " i.project",
	.nargs = 3,
	.argtypes = {TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID},
};

/* One order's look. */
typedef struct Poll
{
	MemoryContext context;
	pg_uuid_t eco_id;
	RenderInstance instance;
	char *subsector;
	char *token;
	bool token_renewed;
	int page;
	RemoteTasks tasks;
	const char *words; /* of a failure */
	int retry_after_s;
} Poll;

typedef struct Due
{
	int n;
	Poll *look[BATCH];
} Due;

static void
due_unit(void *arg)
{
	Due *due = arg;
	TimestampTz now = clock_now();
	Datum values[] = {
		TimestampTzGetDatum(now),
		TimestampTzGetDatum(now + (strike_render_timeout * 2 + 2000) * INT64CONST(1000)),
		Int32GetDatum(BATCH)};

	due->n = (int) query_run(&due_sql, values, NULL, 0);
	for (int i = 0; i < due->n; i++)
	{
		MemoryContext context =
			AllocSetContextCreate(TopMemoryContext, "strike look", ALLOCSET_SMALL_SIZES);
		MemoryContext outside = MemoryContextSwitchTo(context);
		Poll *look = palloc0(sizeof(Poll));

		look->context = context;
		(void) query_uuid(i, 1, &look->eco_id);
		look->instance.api_url = query_text(i, 3);
		look->subsector = psprintf("ECO-%s", look->instance.api_url ? query_text(i, 2) : "");
		look->instance.client.token_url = query_text(i, 4);
		look->instance.client.client_id = query_text(i, 5);
		look->instance.client.client_secret = query_text(i, 6);
		look->instance.project = query_text(i, 7);
		look->page = 1;
		MemoryContextSwitchTo(outside);
		due->look[i] = look;
	}
}

static void
record_unit(void *arg)
{
	Poll *look = arg;

	poll_record(&look->eco_id, look->tasks.task, look->tasks.n);
}

static void
failure_unit(void *arg)
{
	Poll *look = arg;

	poll_record_failure(&look->eco_id, look->words, look->retry_after_s);
}

static void
fail_with(Poll *look, const char *words, int retry_after_s)
{
	look->words = words;
	look->retry_after_s = retry_after_s;
	(void) unit_run("recording a look that failed", failure_unit, look, NULL);
	MemoryContextDelete(look->context);
}

static void
fail(Poll *look, const HttpAnswer *answer)
{
	RenderReply reply = {.answered = answer->outcome == HTTP_ANSWERED,
						 .not_sent = answer->outcome == HTTP_NOT_SENT,
						 .http_status = answer->status};
	char words[200];

	render_error_words(&reply, words, sizeof(words));
	fail_with(look, words, answer->retry_after_s);
}

static void on_token(const char *token, const HttpAnswer *failure, void *arg);
static void ask(Poll *look);

static void
on_page(const HttpAnswer *answer, void *arg)
{
	Poll *look = arg;
	MemoryContext outside;
	int next_page = 0;
	bool usable;

	if (answer->outcome == HTTP_ANSWERED && answer->status == 401 && !look->token_renewed)
	{
		look->token_renewed = true;
		oauth_refused(&look->instance.client, look->token);
		oauth_token(&look->instance.client, on_token, look);
		return;
	}
	outside = MemoryContextSwitchTo(look->context);
	usable = render_read_tasks(answer, look->subsector, look->page, &look->tasks, &next_page);
	MemoryContextSwitchTo(outside);
	if (!usable)
		fail(look, answer);
	else if (next_page > PAGES_MAX)
		fail_with(look, NO_END, 0);
	else if (next_page > 0)
	{
		look->page = next_page;
		ask(look);
	}
	else
	{
		UnitResult result = UNIT_RETRY;

		/* what can't be recorded now is looked at again when the row is due */
		for (int i = 0; i < 3 && result == UNIT_RETRY; i++)
			result = unit_run("recording the field work", record_unit, look, NULL);
		MemoryContextDelete(look->context);
	}
}

static void
ask(Poll *look)
{
	render_list_tasks(&look->instance, look->token, look->subsector, look->page, on_page, look);
}

static void
on_token(const char *token, const HttpAnswer *failure, void *arg)
{
	Poll *look = arg;

	if (token == NULL)
	{
		fail(look, failure);
		return;
	}
	look->token = MemoryContextStrdup(look->context, token);
	ask(look);
}

bool
poll_calls_begin(void)
{
	Due due = {0};

	if (unit_run("looking for field work to be looked at", due_unit, &due, NULL) != UNIT_DONE)
		return false;
	for (int i = 0; i < due.n; i++)
	{
		if (due.look[i]->instance.api_url == NULL)
			fail_with(due.look[i], NO_INSTANCE, 0);
		else
			oauth_token(&due.look[i]->instance.client, on_token, due.look[i]);
		CHECK_FOR_INTERRUPTS();
	}
	return due.n == BATCH;
}
