/*
 * render_api.c
 *		Requests and answers of the Render API.  Every answer is distrusted: status, type, shape.
 */
#include "postgres.h"

#include <ctype.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "ground/settings.h"
#include "remote/render_api.h"

#define TASK_ID_MAX 200 /* bytes */

void
render_post_task(const RenderInstance *instance, const char *token, const RenderTask *task,
				 HttpDone done, void *arg)
{
	JsonBuild b;
	Jsonb *body;
	HttpCall call = {
		.method = "POST",
		.url = psprintf("%s/tasks", instance->api_url),
		.content_type = "application/json",
		.bearer = token,
		.timeout_ms = strike_render_timeout,
		.label = "task",
	};

	json_begin(&b);
	json_text(&b, "project", instance->project);
	json_text(&b, "taskType", instance->task_type);
	json_text(&b, "subsector", task->subsector);
	json_text(&b, "description", task->description);
	json_jsonb(&b, "geometry", task->geometry);
	json_text(&b, "externalId", task->external_id);
	body = json_end(&b);
	call.body = JsonbToCString(NULL, &body->root, VARSIZE_ANY_EXHDR(body));
	http_start(&call, done, arg);
}

void
render_list_tasks(const RenderInstance *instance, const char *token, const char *subsector,
				  int page, HttpDone done, void *arg)
{
	HttpCall call = {
		.method = "GET",
		.url = psprintf("%s/tasks?project=%s&subsector=%s&page=%d", instance->api_url,
						http_url_encode(instance->project), http_url_encode(subsector), page),
		.bearer = token,
		.timeout_ms = strike_render_timeout,
		.label = "list of tasks",
	};

	http_start(&call, done, arg);
}

/* A task id that can be kept: text or number, printable, not too long. */
static char *
task_id_of(const Jsonb *object)
{
	char *id = object ? json_get_text(object, "projectTaskId") : NULL;

	if (id == NULL || id[0] == '\0' || strlen(id) > TASK_ID_MAX)
		return NULL;
	for (char *p = id; *p; p++)
		if ((unsigned char) *p < ' ' || *p == 127)
			return NULL;
	return id;
}

static Jsonb *
object_of(const HttpAnswer *answer)
{
	Jsonb *body = NULL;

	if (answer->outcome == HTTP_ANSWERED && answer->body != NULL)
		body = json_parse(answer->body, answer->body_length);
	return body != NULL && JB_ROOT_IS_OBJECT(body) ? body : NULL;
}

RenderReply
render_read_posted(const HttpAnswer *answer, char **task_id)
{
	RenderReply reply = {0};
	Jsonb *body = object_of(answer);
	char *code = body ? json_get_text(body, "code") : NULL;

	*task_id = task_id_of(body);
	reply.answered = answer->outcome == HTTP_ANSWERED;
	reply.not_sent = answer->outcome == HTTP_NOT_SENT;
	reply.http_status = answer->status;
	reply.duplicate = code != NULL && strcmp(code, "duplicate") == 0;
	reply.has_task_id =
		*task_id != NULL && (answer->status == 200 || answer->status == 201 || reply.duplicate);
	return reply;
}

RenderPage
render_read_page(const HttpAnswer *answer, const char *subsector, const char *external_id)
{
	RenderPage page = {0};
	Jsonb *body = answer->status == 200 ? object_of(answer) : NULL;
	Jsonb *tasks = body ? json_get(body, "tasks") : NULL;

	if (tasks == NULL || !JB_ROOT_IS_ARRAY(tasks) || JB_ROOT_IS_SCALAR(tasks))
		return page;
	page.usable = true;
	page.next_page = (int) json_get_int(body, "nextPage", 0);
	for (int i = 0; i < JB_ROOT_COUNT(tasks); i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&tasks->root, i);
		Jsonb *task = v && v->type == jbvBinary ? JsonbValueToJsonb(v) : NULL;
		char *external = json_get_text(task, "externalId");
		char *of = json_get_text(task, "subsector");

		if (external != NULL && strcmp(external, external_id) == 0 &&
			(of == NULL || strcmp(of, subsector) == 0) && task_id_of(task) != NULL)
			page.found = task_id_of(task);
	}
	return page;
}

#define FIELD_MAX 4000 /* bytes kept of a text */

/*
 * A text of the task in the tasks' memory, cut at a character's boundary; NULL if it isn't given or
 * is empty.
 */
static char *
field_of(const RemoteTasks *tasks, const Jsonb *task, const char *key)
{
	char *text = json_get_text(task, key);

	if (text == NULL || text[0] == '\0')
		return NULL;
	text[pg_mbcliplen(text, strlen(text), FIELD_MAX)] = '\0';
	return MemoryContextStrdup(tasks->context, text);
}

static bool
is_there(const RemoteTasks *tasks, const char *id)
{
	for (int i = 0; i < tasks->n; i++)
		if (strcmp(tasks->task[i].id, id) == 0)
			return true;
	return false;
}

static void
add_task(RemoteTasks *tasks, const char *id, const Jsonb *task)
{
	if (tasks->n == tasks->room)
	{
		tasks->room = Max(16, tasks->room * 2);
		tasks->task = tasks->task
						  ? repalloc_array(tasks->task, RemoteTask, tasks->room)
						  : MemoryContextAlloc(tasks->context, tasks->room * sizeof(RemoteTask));
	}
	tasks->task[tasks->n++] = (RemoteTask){
		.id = MemoryContextStrdup(tasks->context, id),
		.external_id = field_of(tasks, task, "externalId"),
		.status = field_of(tasks, task, "status"),
		.assignee = field_of(tasks, task, "assignee"),
		.crew = field_of(tasks, task, "crew"),
		.cloned_from = field_of(tasks, task, "clonedFrom"),
		.description = field_of(tasks, task, "description"),
	};
}

/* nextPage: missing, null or a number; anything else makes no sense.  0 = the last page. */
static bool
read_next_page(const Jsonb *body, int64 *next)
{
	*next = json_get(body, "nextPage") != NULL ? json_get_int(body, "nextPage", -1) : 0;
	return *next >= 0;
}

/* Adds what is kept of a page; the current memory context goes with the page. */
static RenderList
read_tasks(const HttpAnswer *answer, const char *subsector, int page, RemoteTasks *tasks,
		   int *next_page)
{
	Jsonb *body = answer->status == 200 ? object_of(answer) : NULL;
	Jsonb *list = body ? json_get(body, "tasks") : NULL;
	int64 next;

	if (list == NULL || !JB_ROOT_IS_ARRAY(list) || JB_ROOT_IS_SCALAR(list) ||
		!read_next_page(body, &next))
		return RENDER_LIST_NONSENSE;
	if (next != 0 && next <= page)
		return RENDER_LIST_ENDLESS;
	*next_page = (int) next;
	for (int i = 0; i < JB_ROOT_COUNT(list); i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&list->root, i);
		Jsonb *task = v && v->type == jbvBinary && JsonContainerIsObject(v->val.binary.data)
						  ? JsonbValueToJsonb(v)
						  : NULL;
		char *id = task ? task_id_of(task) : NULL;
		char *of = task ? json_get_text(task, "subsector") : NULL;

		if (id == NULL)
			return RENDER_LIST_NONSENSE; /* it can't be told from a missing one */
		if ((of != NULL && strcmp(of, subsector) != 0) || is_there(tasks, id))
			continue;
		if (tasks->n == RENDER_TASKS_MAX)
			return RENDER_LIST_TOO_LARGE;
		add_task(tasks, id, task);
	}
	return RENDER_LIST_READ;
}

RenderList
render_read_tasks(const HttpAnswer *answer, const char *subsector, int page, RemoteTasks *tasks,
				  int *next_page)
{
	MemoryContext of_page;
	MemoryContext outside;
	RenderList read;

	if (tasks->context == NULL)
		tasks->context = CurrentMemoryContext;
	tasks->bytes += answer->body_length;
	if (tasks->bytes > RENDER_BYTES_MAX)
		return RENDER_LIST_TOO_LARGE;
	/* whatever else stands on the page is gone before the next one comes */
	of_page =
		AllocSetContextCreate(CurrentMemoryContext, "strike page of tasks", ALLOCSET_DEFAULT_SIZES);
	outside = MemoryContextSwitchTo(of_page);
	read = read_tasks(answer, subsector, page, tasks, next_page);
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(of_page);
	return read;
}
