/*
 * studio_steps.c
 *		An execution's way through the flow, as Twilio's Steps resource tells it; and what lists of
 *		Studio have in common.
 */
#include "studio.h"

#include "memory.h"
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
page_url(const char *base, const Request *request, long page, long page_size)
{
	Form query = {NULL, 0};
	char number[24];
	char *encoded;
	char *url;
	json_t *json;

	for (size_t i = 0; i < request->query.count; i++)
	{
		const FormField *field = &request->query.fields[i];

		if (strcmp(field->name, "Page") != 0 && strcmp(field->name, "PageSize") != 0)
			form_add(&query, field->name, field->value);
	}
	snprintf(number, sizeof(number), "%ld", page_size);
	form_add(&query, "PageSize", number);
	snprintf(number, sizeof(number), "%ld", page);
	form_add(&query, "Page", number);
	encoded = form_encode(&query);
	url = memory_format("%s?%s", base, encoded);
	json = json_string(url);
	free(url);
	free(encoded);
	form_free(&query);
	return json;
}

json_t *
studio_meta(const Request *request, const char *base, const char *key, long page, long size,
			bool more)
{
	json_t *meta = json_object();

	json_object_set_new(meta, "page", json_integer(page));
	json_object_set_new(meta, "page_size", json_integer(size));
	json_object_set_new(meta, "first_page_url", page_url(base, request, 0, size));
	json_object_set_new(meta, "previous_page_url",
						page > 0 ? page_url(base, request, page - 1, size) : json_null());
	json_object_set_new(meta, "url", page_url(base, request, page, size));
	json_object_set_new(meta, "next_page_url",
						more ? page_url(base, request, page + 1, size) : json_null());
	json_object_set_new(meta, "key", json_string(key));
	return meta;
}

static char *
base_url(const Request *request, const Execution *execution)
{
	char *root = twilio_base_url(request);
	char *base = memory_format("%s/v2/Flows/%s/Executions/%s/Steps", root, execution->flow_sid,
							   execution->sid);

	free(root);
	return base;
}

static json_t *
step_json(const Request *request, const Execution *execution, const json_t *step)
{
	char *base = base_url(request, execution);
	const char *sid = json_string_value(json_array_get(step, 0));
	char *url = memory_format("%s/%s", base, sid);
	char *context = memory_format("%s/Context", url);
	int64_t ms = json_integer_value(json_array_get(step, 4));
	json_t *json = json_object();

	json_object_set_new(json, "sid", json_string(sid));
	json_object_set_new(json, "account_sid", json_string(execution->account_sid));
	json_object_set_new(json, "flow_sid", json_string(execution->flow_sid));
	json_object_set_new(json, "execution_sid", json_string(execution->sid));
	json_object_set_new(json, "parent_step_sid", json_null());
	json_object_set(json, "name", json_array_get(step, 1));
	json_object_set_new(json, "context", json_object());
	json_object_set(json, "transitioned_from", json_array_get(step, 2));
	json_object_set(json, "transitioned_to", json_array_get(step, 3));
	json_object_set_new(json, "type", json_null());
	json_object_set_new(json, "date_created", twilio_iso(ms));
	json_object_set_new(json, "date_updated", json_null());
	json_object_set_new(json, "url", json_string(url));
	json_object_set_new(json, "links", json_pack("{ss}", "step_context", context));
	free(context);
	free(url);
	free(base);
	return json;
}

void
studio_steps(Request *request)
{
	Execution *execution = studio_requested(request);
	size_t count = execution != NULL ? json_array_size(execution->trace) : 0;
	json_t *array;
	size_t first;
	long page;
	long size;
	char *base;

	if (execution == NULL || !twilio_paging(request, &page, &size))
		return;
	array = json_array();
	first = (size_t) page * (size_t) size;
	/* the newest first */
	for (size_t i = first; i < count && i < first + (size_t) size; i++)
		json_array_append_new(
			array, step_json(request, execution, json_array_get(execution->trace, count - 1 - i)));
	base = base_url(request, execution);
	answer_json(
		request, 200,
		json_pack("{so, so}", "steps", array, "meta",
				  studio_meta(request, base, "steps", page, size, count > first + (size_t) size)));
	free(base);
}

void
studio_step(Request *request)
{
	Execution *execution = studio_requested(request);

	if (execution == NULL)
		return;
	for (size_t i = 0; i < json_array_size(execution->trace); i++)
	{
		const json_t *step = json_array_get(execution->trace, i);

		if (strcmp(json_string_value(json_array_get(step, 0)), request->args[2]) == 0)
		{
			answer_json(request, 200, step_json(request, execution, step));
			return;
		}
	}
	twilio_refuse(request, 404, 20404, "The requested step was not found");
}
