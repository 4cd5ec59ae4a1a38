/*
 * render.h
 *		The Render API as Strike assumes it (the vendor's is not public): token and tasks.
 */
#ifndef MOCK_RENDER_H
#define MOCK_RENDER_H

#include "eco.h"
#include "server.h"

#include <jansson.h>

typedef struct Task
{
	char *project_task_id;
	char *external_id; /* NULL: made in the field */
	char *project;
	char *task_type;
	char *description;
	char *status;
	char *assignee;	   /* NULL = nobody */
	char *crew;		   /* NULL = none */
	char *cloned_from; /* project_task_id, or NULL */
	json_t *geometry;
	bool hidden;					/* vanished: not listed, until it reappears */
	int64_t created_ms, updated_ms; /* UTC */
	Eco *eco;
	TAILQ_ENTRY(Task) link; /* in the ECO */
	TAILQ_ENTRY(Task) all;	/* in all */
} Task;

/* Handlers */
extern void render_token(Request *request);
extern void render_post_task(Request *request);
extern void render_list_tasks(Request *request);
extern void render_get_task(Request *request);

/* Is the request's Bearer token one of ours, alive?  If not, answers 401. */
extern bool render_authorized(Request *request);
extern void render_forget_tokens(void);
extern int render_token_count(void);

extern Task *task_find(const char *project_task_id);
extern Task *task_clone(const Task *original);
extern void task_set(Task *task, char **field, const char *value); /* and updatedAt */
extern void task_remove(Task *task);
extern json_t *task_json(const Task *task);
extern void render_forget_tasks(void);

/* field_work.c: the crew's work after the acceptance, where the scenario has it. */
extern void field_work_begin(Eco *eco);
extern double field_work_due(const Eco *eco);		/* mock seconds, -1 = nothing ahead */
extern const char *field_work_next(const Eco *eco); /* what happens then */

#endif
