/*
 * studio_api.c
 *		The Executions resource: create, list, fetch, end, Context.
 */
#include "studio.h"

#include "clock.h"
#include "faults.h"
#include "memory.h"
#include "table.h"
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARAMETERS_MAX (64 * 1024) /* bytes */

static TAILQ_HEAD(ExecutionHead, Execution) executions = TAILQ_HEAD_INITIALIZER(executions);
static Table by_sid;
static Table active; /* account, To, From → the one active execution */

static char *
active_key(const Execution *execution)
{
	return memory_format("%s %s %s", execution->account_sid, execution->to, execution->from);
}

static json_t *
execution_json(const Request *request, const Execution *execution)
{
	char *base = twilio_base_url(request);
	char *url =
		memory_format("%s/v2/Flows/%s/Executions/%s", base, execution->flow_sid, execution->sid);
	char *steps = memory_format("%s/Steps", url);
	char *context = memory_format("%s/Context", url);
	json_t *json;

	json = json_pack("{ss, ss, ss, ss, ss, si, so, ss, so, so, ss, ss, s{ss, ss}}", "sid",
					 execution->sid, "account_sid", execution->account_sid, "flow_sid",
					 execution->flow_sid, "contact_channel_address", execution->to, "contact_sid",
					 execution->contact_sid, "flow_version", 1, "context", json_object(), "status",
					 execution->ended ? "ended" : "active", "date_created",
					 twilio_iso(execution->created_ms), "date_updated",
					 twilio_iso(execution->updated_ms), "initiated_by", "API", "url", url, "links",
					 "steps", steps, "execution_context", context);
	free(base);
	free(url);
	free(steps);
	free(context);
	return json;
}

void
studio_ended(Execution *execution)
{
	char *key = active_key(execution);

	if (table_get(&active, key) == execution)
		table_remove(&active, key);
	free(key);
	execution->ended = true;
	execution->updated_ms = faults_wall_ms(PROVIDER_TWILIO, execution->orders[0].eco);
}

static void
execution_free(Execution *execution)
{
	callback_free(&execution->line);
	TAILQ_REMOVE(&executions, execution, link);
	timer_cancel(&execution->timer);
	for (int i = 0; i < execution->order_count; i++)
	{
		free(execution->orders[i].attempt_id);
		free(execution->orders[i].callback_url);
	}
	free(execution->account_sid);
	free(execution->flow_sid);
	free(execution->to);
	free(execution->from);
	json_decref(execution->parameters);
	json_decref(execution->variables);
	json_decref(execution->trace);
	json_decref(execution->widgets);
	free(execution->visits);
	free(execution);
}

void
studio_reset(void)
{
	while (!TAILQ_EMPTY(&executions))
		execution_free(TAILQ_FIRST(&executions));
	table_clear(&by_sid);
	table_clear(&active);
}

/* A text of an item, or NULL when it isn't given; false = given and not a text. */
static bool
text_of(const json_t *item, const char *name, const char **text)
{
	const json_t *value = json_object_get(item, name);

	*text = NULL;
	if (value == NULL || json_is_null(value))
		return true;
	*text = json_string_value(value);
	return *text != NULL && strlen(*text) == json_string_length(value);
}

/* NULL, or what's wrong. */
static const char *
read_order(const json_t *json, StudioOrder *order)
{
	const char *attempt;
	const char *callback;
	const char *subsector;

	if (!json_is_object(json))
		return "Parameters.next must hold objects";
	if (!text_of(json, "attempt_id", &attempt) || !text_of(json, "callback_url", &callback) ||
		!text_of(json, "subsector", &subsector))
		return "Parameters: attempt_id, callback_url and subsector must be texts";
	order->attempt_id = memory_text(attempt);
	order->callback_url = callback != NULL && callback[0] != '\0' ? memory_text(callback) : NULL;
	order->eco = eco_at(subsector);
	return NULL;
}

static const char *
read_parameters(Execution *execution, const char *text)
{
	const json_t *next;
	const char *problem;

	if (text == NULL || text[0] == '\0')
		execution->parameters = json_object();
	else if (strlen(text) > PARAMETERS_MAX)
		return "Parameters is too long";
	else
		execution->parameters = json_loads(text, 0, NULL);
	if (!json_is_object(execution->parameters))
		return "Parameters must be a JSON object";
	execution->order_count = 1;
	problem = read_order(execution->parameters, &execution->orders[0]);
	next = json_object_get(execution->parameters, "next");
	if (next == NULL || json_is_null(next))
		return problem;
	if (!json_is_array(next) || json_array_size(next) >= STUDIO_ORDERS_MAX)
		return "Parameters.next must be an array of at most 3 objects";
	for (size_t i = 0; i < json_array_size(next) && problem == NULL; i++)
		problem = read_order(json_array_get(next, i), &execution->orders[execution->order_count++]);
	return problem;
}

static bool
flow_known(Request *request)
{
	char *message;

	if (id_is_sid(request->args[0], "FW"))
		return true;
	message = memory_format("The requested resource /v2/Flows/%.60s/Executions was not found",
							request->args[0]);
	twilio_refuse(request, 404, 20404, message);
	free(message);
	return false;
}

/* Credentials, flow and execution of a request about one; NULL = answered. */
Execution *
studio_requested(Request *request)
{
	TwilioAccount account;
	Execution *execution = table_get(&by_sid, request->args[1]);
	char *message;

	if (execution != NULL)
		server_about(request, execution->orders[0].eco, execution->orders[0].attempt_id);
	if (!twilio_admit(request, &account) || !flow_known(request))
		return NULL;
	if (execution != NULL && strcmp(execution->account_sid, account.sid) == 0 &&
		strcasecmp(execution->flow_sid, request->args[0]) == 0)
		return execution;
	message = memory_format("The requested resource /v2/Flows/%.60s/Executions/%.60s was not found",
							request->args[0], request->args[1]);
	twilio_refuse(request, 404, 20404, message);
	free(message);
	return NULL;
}

static void
refuse_conflict(Request *request, const Execution *other)
{
	char *message = memory_format("Execution %s is already active for this contact. End the active "
								  "Execution before creating a new one",
								  other->sid);

	answer_json(request, 409,
				json_pack("{si, s{ss}, ss, ss, si}", "code", 20409, "details",
						  "conflicting_execution_sid", other->sid, "message", message, "more_info",
						  "https://www.twilio.com/docs/errors/20409", "status", 409));
	free(message);
}

/* What's wrong with a new execution's fields: a message and Twilio's code, or NULL. */
static const char *
problem_of(const Form *form, int *code)
{
	const char *to = form_get(form, "To");
	const char *from = form_get(form, "From");

	*code = 20001;
	if (to == NULL || to[0] == '\0')
		return "Missing required parameter To in the post body";
	if (from == NULL || from[0] == '\0')
		return "Missing required parameter From in the post body";
	*code = 21211;
	if (!twilio_number_ok(to))
		return "Invalid 'To' Phone Number: it must be in E.164 format";
	*code = 21212;
	if (!twilio_number_ok(from))
		return "Invalid From Number (caller ID): it must be in E.164 format";
	return NULL;
}

/*
 * Twilio takes 20 executions a second of an account and refuses the next with 429, undone.  Here
 * that limit is a fault, counted in the mock's seconds over all accounts.
 */
static bool
too_many(Request *request)
{
	static double second;
	static int count;
	double most = fault_value(FAULT_EXECUTIONS_PER_SECOND, PROVIDER_TWILIO, NULL, 0);
	double now = clock_elapsed();

	if (now < second || now >= second + 1)
	{
		second = now;
		count = 0;
	}
	if (most <= 0 || count++ < (int) most)
		return false;
	answer_header(request, "Retry-After", "1");
	twilio_refuse(request, 429, 20429, "Too Many Requests");
	return true;
}

void
studio_create(Request *request)
{
	TwilioAccount account;
	Form form = {NULL, 0};
	bool readable = form_parse(&form, request->body, request->body_length);
	Execution *execution = memory_zeroed(sizeof(*execution));
	Execution *other;
	int code;
	const char *problem = problem_of(&form, &code);
	const char *parameters_problem = read_parameters(execution, form_get(&form, "Parameters"));
	char *key;

	TAILQ_INSERT_TAIL(&executions, execution, link);
	execution->account_sid = memory_text("");
	if (execution->orders[0].eco != NULL)
		server_about(request, execution->orders[0].eco, execution->orders[0].attempt_id);
	if (problem == NULL && parameters_problem != NULL)
	{
		problem = parameters_problem;
		code = 20001;
	}
	if (!readable)
	{
		problem = "The request body is not form-encoded";
		code = 20001;
	}
	if (!twilio_admit(request, &account) || too_many(request) || !flow_known(request))
		problem = "";
	else if (problem != NULL)
		twilio_refuse(request, 400, code, problem);
	if (problem != NULL)
	{
		form_free(&form);
		execution_free(execution);
		return;
	}
	free(execution->account_sid);
	execution->account_sid = memory_text(account.sid);
	execution->flow_sid = memory_text(request->args[0]);
	execution->to = memory_text(form_get(&form, "To"));
	execution->from = memory_text(form_get(&form, "From"));
	form_free(&form);
	key = active_key(execution);
	other = table_get(&active, key);
	if (other != NULL)
	{
		refuse_conflict(request, other);
		execution_free(execution);
	}
	else
	{
		id_sid("FN", execution->sid);
		id_sid("FC", execution->contact_sid);
		execution->created_ms = execution->updated_ms =
			faults_wall_ms(PROVIDER_TWILIO, execution->orders[0].eco);
		table_put(&by_sid, execution->sid, execution);
		table_put(&active, key, execution);
		studio_walk(execution, account.token);
		answer_json(request, 201, execution_json(request, execution));
	}
	free(key);
}

void
studio_fetch(Request *request)
{
	Execution *execution = studio_requested(request);

	if (execution != NULL)
		answer_json(request, 200, execution_json(request, execution));
}

void
studio_update(Request *request)
{
	Execution *execution = studio_requested(request);
	Form form = {NULL, 0};
	const char *status;

	if (execution == NULL)
		return;
	form_parse(&form, request->body, request->body_length);
	status = form_get(&form, "Status");
	if (status == NULL || (strcmp(status, "ended") != 0 && strcmp(status, "active") != 0))
		twilio_refuse(request, 400, 20001,
					  status == NULL ? "Missing required parameter Status in the post body"
									 : "Status must be active or ended");
	else
	{
		if (strcmp(status, "ended") == 0 && !execution->ended)
		{
			studio_ended(execution);
			studio_stop(execution);
		}
		answer_json(request, 200, execution_json(request, execution));
	}
	form_free(&form);
}

void
studio_context(Request *request)
{
	Execution *execution = studio_requested(request);
	char *base;
	char *url;
	json_t *context;
	json_t *widgets;
	json_t *first;

	if (execution == NULL)
		return;
	base = twilio_base_url(request);
	url = memory_format("%s/v2/Flows/%s/Executions/%s/Context", base, execution->flow_sid,
						execution->sid);
	context = studio_values(execution);
	widgets = json_object_get(context, "widgets");
	/* Transitional: the first question under its old name. */
	first = json_object_get(widgets, "ask_1");
	if (first != NULL)
		json_object_set(widgets, "ask", first);
	answer_json(request, 200,
				json_pack("{ss, so, ss, ss, ss}", "account_sid", execution->account_sid, "context",
						  context, "execution_sid", execution->sid, "flow_sid", execution->flow_sid,
						  "url", url));
	free(base);
	free(url);
}

/* A date filter: true = none, or read into *ms. */
static bool
date_filter(const Form *query, const char *name, int64_t *ms)
{
	const char *text = form_get(query, name);

	return text == NULL || text[0] == '\0' || clock_parse_iso(text, ms);
}

void
studio_list(Request *request)
{
	TwilioAccount account;
	const char *status = form_get(&request->query, "Status");
	int64_t from = INT64_MIN;
	int64_t to = INT64_MAX;
	long page;
	long size;
	long seen = 0;
	bool more = false;
	json_t *array;
	json_t *meta;
	Execution *execution;
	char *root;
	char *base;

	if (status == NULL)
		status = form_get(&request->query, "status");
	if (!twilio_admit(request, &account) || !flow_known(request) ||
		!twilio_paging(request, &page, &size))
		return;
	if (!date_filter(&request->query, "DateCreatedFrom", &from) ||
		!date_filter(&request->query, "DateCreatedTo", &to))
	{
		twilio_refuse(request, 400, 20001, "DateCreatedFrom and DateCreatedTo must be ISO 8601");
		return;
	}
	array = json_array();
	TAILQ_FOREACH_REVERSE(execution, &executions, ExecutionHead, link)
	{
		/* Dates are told in whole seconds, so they're compared in whole seconds. */
		int64_t created = execution->created_ms / 1000 * 1000;

		if (strcmp(execution->account_sid, account.sid) != 0 ||
			faults_too_new(execution->created_ms, PROVIDER_TWILIO, execution->orders[0].eco) ||
			strcasecmp(execution->flow_sid, request->args[0]) != 0 || created < from ||
			created > to ||
			(status != NULL && strcmp(status, execution->ended ? "ended" : "active") != 0))
			continue;
		if (seen++ < page * size)
			continue;
		if (seen > (page + 1) * size)
		{
			more = true;
			break;
		}
		json_array_append_new(array, execution_json(request, execution));
	}
	root = twilio_base_url(request);
	base = memory_format("%s/v2/Flows/%s/Executions", root, request->args[0]);
	meta = studio_meta(request, base, "executions", page, size, more);
	answer_json(request, 200, json_pack("{so, so}", "executions", array, "meta", meta));
	free(base);
	free(root);
}
