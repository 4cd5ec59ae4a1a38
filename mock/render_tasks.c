/*
 * render_tasks.c
 *		Tasks of the work system: POST, list by page, fetch.  A task exists from the moment its POST
 *		arrives, however late the answer goes out: so a client that lost the answer finds it.
 */
#include "render.h"

#include "clock.h"
#include "ids.h"
#include "memory.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 50
#define TEXT_MAX 4000 /* bytes of a text field */

static TAILQ_HEAD(, Task) tasks = TAILQ_HEAD_INITIALIZER(tasks);
static Table by_id;
static Table by_external; /* project, a unit separator, externalId */

Task *
task_find(const char *project_task_id)
{
	return table_get(&by_id, project_task_id);
}

static char *
external_key(const char *project, const char *external_id)
{
	return memory_format("%s\x1f%s", project, external_id);
}

static Task *
task_new(Eco *eco, const char *project, const char *status)
{
	Task *task = memory_zeroed(sizeof(*task));
	char id[ID_TEXT];

	id_task(id);
	task->project_task_id = memory_text(id);
	task->project = memory_text(project);
	task->status = memory_text(status);
	task->created_ms = task->updated_ms = faults_wall_ms(PROVIDER_RENDER, eco);
	task->eco = eco;
	TAILQ_INSERT_TAIL(&eco->tasks, task, link);
	TAILQ_INSERT_TAIL(&tasks, task, all);
	table_put(&by_id, task->project_task_id, task);
	return task;
}

Task *
task_clone(const Task *original)
{
	Task *task = task_new(original->eco, original->project, "blueprinted");

	task->task_type = memory_text(original->task_type);
	task->description = memory_text(original->description);
	task->geometry = json_incref(original->geometry);
	task->cloned_from = memory_text(original->project_task_id);
	return task;
}

void
task_set(Task *task, char **field, const char *value)
{
	char *copy = memory_text(value);

	free(*field);
	*field = copy;
	task->updated_ms = faults_wall_ms(PROVIDER_RENDER, task->eco);
}

void
task_remove(Task *task)
{
	TAILQ_REMOVE(&task->eco->tasks, task, link);
	TAILQ_REMOVE(&tasks, task, all);
	table_remove(&by_id, task->project_task_id);
	if (task->external_id != NULL)
	{
		char *key = external_key(task->project, task->external_id);

		table_remove(&by_external, key);
		free(key);
	}
	if (task->eco->field_clone == task)
		task->eco->field_clone = NULL;
	free(task->project_task_id);
	free(task->external_id);
	free(task->project);
	free(task->task_type);
	free(task->description);
	free(task->status);
	free(task->assignee);
	free(task->crew);
	free(task->cloned_from);
	json_decref(task->geometry);
	free(task);
}

void
render_forget_tasks(void)
{
	while (!TAILQ_EMPTY(&tasks))
		task_remove(TAILQ_FIRST(&tasks));
	table_clear(&by_id);
	table_clear(&by_external);
}

static json_t *
text_or_null(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

json_t *
task_json(const Task *task)
{
	json_t *json = json_object();
	char created[CLOCK_TEXT];
	char updated[CLOCK_TEXT];

	clock_iso_ms(task->created_ms, created);
	clock_iso_ms(task->updated_ms, updated);
	json_object_set_new(json, "projectTaskId", json_string(task->project_task_id));
	json_object_set_new(json, "externalId", text_or_null(task->external_id));
	json_object_set_new(json, "project", json_string(task->project));
	json_object_set_new(json, "taskType", text_or_null(task->task_type));
	json_object_set_new(json, "subsector", json_string(task->eco->subsector));
	json_object_set_new(json, "status", json_string(task->status));
	json_object_set_new(json, "assignee", text_or_null(task->assignee));
	json_object_set_new(json, "crew", text_or_null(task->crew));
	json_object_set_new(json, "clonedFrom", text_or_null(task->cloned_from));
	json_object_set_new(json, "description", text_or_null(task->description));
	json_object_set(json, "geometry", task->geometry != NULL ? task->geometry : json_null());
	json_object_set_new(json, "createdAt", json_string(created));
	json_object_set_new(json, "updatedAt", json_string(updated));
	return json;
}

static void
refuse(Request *request, int status, const char *code, const char *message)
{
	answer_json(request, status, json_pack("{ss, ss}", "code", code, "message", message));
}

/* Decides whether a fault refuses this request; if so, it's answered. */
static bool
refused_by_fault(Request *request)
{
	int status;
	char seconds[16];

	if (!fault_strikes(FAULT_ERROR_RATE, PROVIDER_RENDER, request->eco))
		return false;
	status = (int) fault_value(FAULT_STATUS, PROVIDER_RENDER, request->eco, 500);
	if (status == 429 || status == 503)
	{
		snprintf(seconds, sizeof(seconds), "%.0f",
				 fault_value(FAULT_RETRY_AFTER_S, PROVIDER_RENDER, request->eco, 1));
		answer_header(request, "Retry-After", seconds);
	}
	answer_refusal(request, status);
	return true;
}

/* A required text of the body: NULL and a message when it isn't one. */
static const char *
required(const json_t *body, const char *name, const char **problem, char text[128])
{
	const json_t *value = json_object_get(body, name);

	if (!json_is_string(value) || json_string_length(value) == 0)
		snprintf(text, 128, "%s must be a text that isn't empty", name);
	else if (json_string_length(value) > TEXT_MAX * 4)
		snprintf(text, 128, "%s is longer than %d bytes", name, TEXT_MAX * 4);
	else if (strlen(json_string_value(value)) != json_string_length(value))
		snprintf(text, 128, "%s holds a zero byte", name);
	else
		return json_string_value(value);
	*problem = text;
	return "";
}

static bool
geometry_ok(const json_t *geometry)
{
	const char *type = json_string_value(json_object_get(geometry, "type"));
	const json_t *coordinates = json_object_get(geometry, "coordinates");

	return type != NULL && (strcmp(type, "Point") == 0 || strcmp(type, "LineString") == 0) &&
		   json_array_size(coordinates) >= 2;
}

void
render_post_task(Request *request)
{
	json_t *body = json_loadb(request->body, request->body_length, 0, NULL);
	const char *subsector = json_string_value(json_object_get(body, "subsector"));
	const char *problem = NULL;
	char problem_text[128];
	const char *project;
	const char *task_type;
	const char *description;
	const char *external_id;
	char *key = NULL;
	Task *task;
	Eco *eco;

	/* Named even when refused, so that a test can count the tries. */
	if (subsector != NULL && subsector[0] != '\0' && strlen(subsector) <= TEXT_MAX)
		server_about(request, eco_at(subsector), NULL);
	eco = request->eco;
	if (!render_authorized(request) || refused_by_fault(request))
	{
		json_decref(body);
		return;
	}
	project = required(body, "project", &problem, problem_text);
	task_type = required(body, "taskType", &problem, problem_text);
	description = required(body, "description", &problem, problem_text);
	external_id = required(body, "externalId", &problem, problem_text);
	required(body, "subsector", &problem, problem_text);
	if (problem == NULL && !geometry_ok(json_object_get(body, "geometry")))
		problem = "geometry must be a GeoJSON Point or LineString";
	if (problem == NULL && eco == NULL)
		problem = "subsector is too long";
	if (!json_is_object(body))
		problem = "the body must be a JSON object";
	if (problem != NULL)
	{
		refuse(request, 422, "invalid", problem);
		json_decref(body);
		return;
	}
	key = external_key(project, external_id);
	task = table_get(&by_external, key);
	if (task != NULL)
		answer_json(request, 409,
					json_pack("{ss, ss, ss}", "code", "duplicate", "message",
							  "a task with this externalId exists", "projectTaskId",
							  task->project_task_id));
	else if (eco->scenario->render_fails)
	{
		eco_step(eco, "the work system refused the task");
		request->delay_s = eco->scenario->render_seconds;
		refuse(request, 500, "internal_error", "the task could not be created");
	}
	else
	{
		task = task_new(eco, project, "blueprinted");
		task->external_id = memory_text(external_id);
		task->task_type = memory_text(task_type);
		task->description = memory_text(description);
		task->geometry = json_incref(json_object_get(body, "geometry"));
		table_put(&by_external, key, task);
		if (eco->task_ms == 0)
			eco->task_ms = clock_wall_ms();
		eco_step(eco, "task %s made, answered after %g s", task->project_task_id,
				 eco->scenario->render_seconds);
		request->delay_s = eco->scenario->render_seconds;
		answer_json(request, 201, task_json(task));
	}
	free(key);
	json_decref(body);
}

void
render_list_tasks(Request *request)
{
	const char *project = form_get(&request->query, "project");
	const char *subsector = form_get(&request->query, "subsector");
	const char *page_text = form_get(&request->query, "page");
	long page = 1;
	long seen = 0;
	bool more = false;
	json_t *array;
	const Task *task;
	Eco *eco = subsector != NULL ? eco_find(subsector) : NULL;

	server_about(request, eco, NULL);
	if (!render_authorized(request) || refused_by_fault(request))
		return;
	if (page_text != NULL && page_text[0] != '\0')
	{
		char *end;

		page = strtol(page_text, &end, 10);
		if (*end != '\0' || page < 1 || page > 1000000)
		{
			refuse(request, 422, "invalid", "page must be a number from 1");
			return;
		}
	}
	array = json_array();
	if (subsector == NULL || eco != NULL)
	{
		for (task = eco != NULL ? TAILQ_FIRST(&eco->tasks) : TAILQ_FIRST(&tasks); task != NULL;
			 task = eco != NULL ? TAILQ_NEXT(task, link) : TAILQ_NEXT(task, all))
		{
			if (task->hidden ||
				(project != NULL && project[0] != '\0' && strcmp(task->project, project) != 0) ||
				faults_too_new(task->created_ms, PROVIDER_RENDER, task->eco))
				continue;
			seen++;
			if (seen > page * PAGE_SIZE)
			{
				more = true;
				break;
			}
			if (seen > (page - 1) * PAGE_SIZE)
				json_array_append_new(array, task_json(task));
		}
	}
	answer_json(request, 200,
				json_pack("{so, so}", "tasks", array, "nextPage",
						  more ? json_integer(page + 1) : json_null()));
}

void
render_get_task(Request *request)
{
	Task *task = task_find(request->args[0]);

	server_about(request, task != NULL ? task->eco : NULL, NULL);
	if (!render_authorized(request) || refused_by_fault(request))
		return;
	if (task == NULL)
		refuse(request, 404, "not_found", "no such task");
	else
		answer_json(request, 200, task_json(task));
}
