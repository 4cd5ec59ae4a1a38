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

extern RenderPage
render_read_page(const HttpAnswer *answer, const char *subsector, const char *external_id);

#endif
