/*
 * render_api.h
 *		The Render API, as Strike assumes it: the vendor's is not public.  A site whose Render
 *		speaks otherwise adapts this file and nothing else.
 *
 *		POST {api_url}/tasks {project, taskType, subsector, description, geometry, externalId}
 *			201 {projectTaskId, status}		409 {code: "duplicate", projectTaskId}
 *		GET {api_url}/tasks?project=&subsector=&page= → {tasks: [{projectTaskId, externalId, …}], nextPage}
 */
#ifndef STRIKE_RENDER_API_H
#define STRIKE_RENDER_API_H

#include "domain/render_process.h"
#include "ground/json.h"
#include "remote/http.h"
#include "remote/oauth.h"

typedef struct RenderInstance
{
	char *api_url; /* no slash at the end */
	OauthClient client;
	char *project;
	char *task_type;
} RenderInstance;

typedef struct RenderTask
{
	const char *subsector;
	const char *description;
	const Jsonb *geometry; /* GeoJSON */
	const char *external_id;
} RenderTask;

extern void render_post_task(const RenderInstance *instance, const char *token,
							 const RenderTask *task, HttpDone done, void *arg);
extern void render_list_tasks(const RenderInstance *instance, const char *token,
							  const char *subsector, int page, HttpDone done, void *arg);

/* What the POST was answered; *task_id palloc'd, NULL if none. */
extern RenderReply render_read_posted(const HttpAnswer *answer, char **task_id);

typedef struct RenderPage
{
	bool usable;
	char *found;   /* projectTaskId of the task with our externalId, or NULL */
	int next_page; /* 0 = none */
} RenderPage;

/* A task as the list has it; texts palloc'd, NULL = not given. */
typedef struct RemoteTask
{
	char *id;
	char *external_id;
	char *status;
	char *assignee;
	char *crew;
	char *cloned_from;
	char *description;
} RemoteTask;

/* The tasks of one order, page after page; begins zeroed. */
typedef struct RemoteTasks
{
	RemoteTask *task;
	int n;
	int room;
	MemoryContext context; /* of the tasks and their texts: the current one at the first page */
	int64 bytes;		   /* of all pages */
} RemoteTasks;

#define RENDER_TASKS_MAX 2000						  /* of one order */
#define RENDER_BYTES_MAX INT64CONST(16 * 1024 * 1024) /* of all its pages */

typedef enum RenderList
{
	RENDER_LIST_READ,
	RENDER_LIST_NONSENSE,  /* not the JSON that was asked for, or a task without a usable id */
	RENDER_LIST_TOO_LARGE, /* beyond RENDER_TASKS_MAX or RENDER_BYTES_MAX */
	RENDER_LIST_ENDLESS	   /* goes on with a page that isn't a later one */
} RenderList;

/*
 * Adds the page's tasks of that subsector behind those that are there; a task that is there already
 * isn't added twice.  What can't be read to its end would make tasks vanish, so it is no list at
 * all.  *next_page 0 = the last page.
 */
extern RenderList render_read_tasks(const HttpAnswer *answer, const char *subsector, int page,
									RemoteTasks *tasks, int *next_page);

extern RenderPage
render_read_page(const HttpAnswer *answer, const char *subsector, const char *external_id);

#endif
