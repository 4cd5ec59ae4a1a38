/*
 * render_calls.c
 *		Requests to Render and the meaning of their answers.
 *
 *		DUE ─► intent committed ─► token ─► POST ─► 201, 409 ours: TASKED
 *		                                        └─► lost: UNKNOWN ─► list: there? adopt : post again
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/ilist.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/query.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/eco_view.h"
#include "process/render_calls.h"
#include "process/render_rows.h"
#include "remote/render_api.h"

#define PAGES_MAX 200
#define WAIT_US INT64CONST(1000000)	   /* for a request under way */
#define FAILED_US INT64CONST(15000000) /* after an error of our own */

static SqlStatement instance_sql = {
	.sql = "SELECT instance_id, api_url, token_url, client_id, client_secret, project,"
		   " default_task_type FROM strike.render_instances WHERE osp_tenant = $1",
	.nargs = 1,
	.argtypes = {TEXTOID},
};

static SqlStatement postpone_sql = {
	.sql = "UPDATE strike.render_process_state SET next_attempt_at = $2, last_error = $3,"
		   " version = version + 1 WHERE eco_id = $1 AND next_attempt_at < $2",
	.nargs = 3,
	.argtypes = {UUIDOID, TIMESTAMPTZOID, TEXTOID},
};

/* One order's request, and those that belong to it. */
typedef struct Call
{
	dlist_node node;
	MemoryContext context;
	pg_uuid_t eco_id;
	char *external_id;
	pg_uuid_t instance_id;
	RenderInstance instance;
	char *subsector;
	char *description;
	Jsonb *geometry;
	char *token; /* the one in use */
	bool asking; /* the list, not the POST */
	bool token_renewed;
	int page;
	int attempt; /* of the row, when claimed: the fence */

	/* for the units */
	bool only_give_up; /* another request is under way */
	bool go;
	RenderEvent event;
	char *task_id;
	char words[200];
	int retry_after_s;
} Call;

static dlist_head under_way = DLIST_STATIC_INIT(under_way);
static int64 my_generation;

void
render_calls_attach(int64 generation)
{
	my_generation = generation;
}

bool
render_calls_under_way(const pg_uuid_t *eco_id)
{
	dlist_iter iter;

	dlist_foreach (iter, &under_way)
	{
		Call *call = dlist_container(Call, node, iter.cur);

		if (memcmp(&call->eco_id, eco_id, UUID_LEN) == 0)
			return true;
	}
	return false;
}

static void
finish(Call *call)
{
	dlist_delete(&call->node);
	MemoryContextDelete(call->context);
}

/* The OSP's instance; false when it has none. */
static bool
read_instance(Call *call, const char *osp_tenant)
{
	Datum argument = CStringGetTextDatum(osp_tenant);
	MemoryContext outside;

	if (query_run(&instance_sql, &argument, NULL, 1) == 0)
		return false;
	outside = MemoryContextSwitchTo(call->context);
	(void) query_uuid(0, 1, &call->instance_id);
	call->instance.api_url = query_text(0, 2);
	call->instance.client.token_url = query_text(0, 3);
	call->instance.client.client_id = query_text(0, 4);
	call->instance.client.client_secret = query_text(0, 5);
	call->instance.project = query_text(0, 6);
	call->instance.task_type = query_text(0, 7);
	MemoryContextSwitchTo(outside);
	return true;
}

/* Commits what is about to be done: the claim, or that nothing will be. */
static void
claim_unit(void *arg)
{
	Call *call = arg;
	TimestampTz now = clock_now();
	RenderRow row;
	EcoView eco;
	MemoryContext outside;
	bool found;

	if (!render_row_lock(&call->eco_id, &row) || row.next_attempt_at == 0 ||
		row.next_attempt_at > now)
		return;
	/* the time runs from the first try: not while the server was down, or paused */
	if (row.status == RP_DUE && row.attempt == 0)
		row.give_up_at = now + strike_render_give_up * INT64CONST(1000);
	if (row.status != RP_MISSING && now >= row.give_up_at)
	{
		found = eco_view_load(&call->eco_id, DT_NOEND, &eco) && read_instance(call, eco.osp_tenant);
		(void) render_row_step(&row, RP_GIVE_UP, NULL, row.last_error, -1,
							   found ? &call->instance_id : NULL);
		return;
	}
	if (call->only_give_up)
	{
		row.next_attempt_at = now + WAIT_US;
		render_row_write(&row, now);
		return;
	}
	found = eco_view_load(&call->eco_id, DT_NOEND, &eco);
	if (!found)
		elog(ERROR, "the order can't be read");
	if (row.status == RP_DUE && eco.status != ECO_OPEN && eco.status != ECO_IN_PROGRESS)
	{
		(void) render_row_step(&row, RP_REFUSED, NULL, "the order was closed before it was sent",
							   -1, NULL);
		return;
	}
	if (!read_instance(call, eco.osp_tenant))
	{
		(void) render_row_step(&row, row.status == RP_DUE ? RP_REFUSED : RP_GIVE_UP, NULL,
							   "no work system is configured for this contractor", -1, NULL);
		return;
	}
	call->asking = row.status != RP_DUE;
	if (!call->asking)
	{
		row.attempt++;
		row.sent_at = now;
	}
	row.claim = my_generation;
	if (render_row_step(&row, call->asking ? RP_ASK : RP_INTEND, NULL, NULL, -1, &call->instance_id)
			->to == REFUSED)
		return;
	call->attempt = row.attempt;
	outside = MemoryContextSwitchTo(call->context);
	call->subsector = psprintf("ECO-%s", eco.job_id);
	call->description = pstrdup(eco.description);
	call->geometry = (Jsonb *) DatumGetPointer(PG_DETOAST_DATUM_COPY(JsonbPGetDatum(eco.location)));
	call->external_id =
		DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&call->eco_id)));
	MemoryContextSwitchTo(outside);
	call->go = true;
}

static void
record_unit(void *arg)
{
	Call *call = arg;
	RenderRow row;

	if (!render_row_lock(&call->eco_id, &row))
		return;
	/* an answer to an earlier request counts only if it brings the task */
	if (row.attempt != call->attempt && call->event != RP_MADE && call->event != RP_FOUND)
		return;
	(void) render_row_step(&row, call->event, call->task_id, call->words[0] ? call->words : NULL,
						   call->retry_after_s, &call->instance_id);
}

/* Records what the answer means, and forgets the call; what can't be recorded keeps its claim. */
static void
record(Call *call, RenderEvent event)
{
	UnitResult result = UNIT_RETRY;

	call->event = event;
	for (int i = 0; i < 3 && result == UNIT_RETRY; i++)
		result = unit_run("recording the work system's answer", record_unit, call, NULL);
	finish(call);
}

static void ask_page(Call *call);
static void on_token(const char *token, const HttpAnswer *failure, void *arg);

static void
renew_token(Call *call)
{
	oauth_refused(&call->instance.client, call->token);
	call->token_renewed = true;
	oauth_token(&call->instance.client, on_token, call);
}

static void
on_posted(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	RenderReply reply = render_read_posted(answer, &call->task_id);
	RenderEvent event = render_reply(&reply);

	if (reply.answered && reply.http_status == 401 && !call->token_renewed)
	{
		renew_token(call); /* once, with another token */
		return;
	}
	FAULT_POINT("render_answer");
	call->retry_after_s = answer->retry_after_s;
	if (event != RP_MADE)
		render_error_words(&reply, call->words, sizeof(call->words));
	record(call, event);
}

static void
on_page(const HttpAnswer *answer, void *arg)
{
	Call *call = arg;
	RenderPage page = render_read_page(answer, call->subsector, call->external_id);

	if (answer->outcome == HTTP_ANSWERED && answer->status == 401 && !call->token_renewed)
	{
		renew_token(call);
		return;
	}
	call->retry_after_s = answer->retry_after_s;
	if (page.found != NULL)
	{
		call->task_id = page.found;
		record(call, RP_FOUND);
	}
	else if (page.usable && page.next_page == 0)
		record(call, RP_NOT_FOUND);
	else if (page.usable && page.next_page > call->page && call->page < PAGES_MAX)
	{
		call->page = page.next_page;
		ask_page(call);
	}
	else
		record(call, RP_ASK_FAILED); /* not read to its end: it says nothing */
}

static void
ask_page(Call *call)
{
	render_list_tasks(&call->instance, call->token, call->subsector, call->page, on_page, call);
}

static void
on_token(const char *token, const HttpAnswer *failure, void *arg)
{
	Call *call = arg;

	if (token == NULL)
	{
		RenderReply reply = {.answered = failure->outcome == HTTP_ANSWERED,
							 .not_sent = failure->outcome == HTTP_NOT_SENT,
							 .http_status = failure->status};

		if (reply.answered && reply.http_status >= 400 && reply.http_status < 500 &&
			reply.http_status != 429)
			reply.http_status = 401; /* however the token endpoint words it */
		render_error_words(&reply, call->words, sizeof(call->words));
		call->retry_after_s = failure->retry_after_s;
		record(call, call->asking ? RP_ASK_FAILED : RP_NOT_NOW);
		return;
	}
	call->token = MemoryContextStrdup(call->context, token);
	if (call->asking)
		ask_page(call);
	else
	{
		RenderTask task = {call->subsector, call->description, call->geometry, call->external_id};

		render_post_task(&call->instance, call->token, &task, on_posted, call);
	}
}

static void
postpone_unit(void *arg)
{
	Call *call = arg;
	Datum values[] = {UUIDPGetDatum(&call->eco_id), TimestampTzGetDatum(clock_now() + FAILED_US),
					  CStringGetTextDatum(call->words)};

	(void) query_run(&postpone_sql, values, NULL, 0);
}

void
render_calls_begin(const pg_uuid_t *eco_id)
{
	MemoryContext context;
	UnitResult result;
	UnitError error;
	Call *call;

	if (render_calls_under_way(eco_id))
	{
		/* its time is over while the request is under way: tell the NOC, keep waiting */
		Call late = {.eco_id = *eco_id, .only_give_up = true};

		late.context =
			AllocSetContextCreate(CurrentMemoryContext, "strike give up", ALLOCSET_SMALL_SIZES);
		(void) unit_run("giving up on the work system", claim_unit, &late, NULL);
		MemoryContextDelete(late.context);
		return;
	}
	context = AllocSetContextCreate(TopMemoryContext, "strike render call", ALLOCSET_SMALL_SIZES);
	call = MemoryContextAllocZero(context, sizeof(Call));
	call->context = context;
	call->eco_id = *eco_id;
	call->page = 1;
	call->retry_after_s = -1;
	/* an intent that isn't safe on the standbys is not acted on: the claim is swept */
	result = unit_run("claiming a task to be made", claim_unit, call, &error);
	if (result != UNIT_DONE || !call->go || !unit_commit_confirmed())
	{
		if (result == UNIT_FAILED)
		{
			/* one order's trouble neither spins nor keeps the others waiting */
			strlcpy(call->words, error.message,
					pg_mbcliplen(error.message, strlen(error.message), sizeof(call->words) - 1) +
						1);
			(void) unit_run("postponing a task to be made", postpone_unit, call, NULL);
		}
		MemoryContextDelete(context);
		return;
	}
	FAULT_POINT("render_intent");
	dlist_push_tail(&under_way, &call->node);
	oauth_token(&call->instance.client, on_token, call);
}
