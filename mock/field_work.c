/*
 * field_work.c
 *		The crew's work after the acceptance, in the scenario field-work: the rows of the domain
 *		document's table, in its times (mock seconds after the acceptance at T+5 min).
 */
#include "render.h"

#include "clock.h"

#include <stddef.h>

typedef struct FieldStep
{
	double at; /* mock seconds after the acceptance */
	const char *what;
	bool on_clone; /* else on the first task */
	bool clones;   /* makes the clone first */
	const char *status;
	const char *assignee;	 /* NULL = as it is */
	const char *description; /* the same */
} FieldStep;

#define CREW "crew 7"

static const FieldStep steps[] = {
	{4 * 60, "supervisor assigns a technician", false, false, "allocated", "R. Field", NULL},
	{5 * 60, "task released to the crew", false, false, "released", NULL, NULL},
	{25 * 60, "technician arrives and investigates", false, false, "released", NULL,
	 "On site: cable cut by an excavator, 24 strands"},
	{30 * 60, "technician clones a follow-on task", true, true, "blueprinted", NULL, NULL},
	{40 * 60, "follow-on released to the crew", true, false, "released", "R. Field", NULL},
	{115 * 60, "investigation completed", false, false, "completed", NULL, NULL},
	{235 * 60, "follow-on completed", true, false, "completed", NULL, NULL},
};

#define STEP_COUNT ((int) (sizeof(steps) / sizeof(steps[0])))

static void take_step(void *arg);

static void
schedule(Eco *eco)
{
	double before = eco->field_step > 0 ? steps[eco->field_step - 1].at : 0;

	if (eco->field_step < STEP_COUNT)
		eco->field_timer = timer_start(steps[eco->field_step].at - before, take_step, eco);
}

static void
take_step(void *arg)
{
	Eco *eco = arg;
	const FieldStep *step = &steps[eco->field_step];
	Task *task = TAILQ_FIRST(&eco->tasks);

	eco->field_timer = NULL;
	eco->field_step++;
	if (task != NULL && step->clones)
		eco->field_clone = task_clone(task);
	if (step->on_clone)
		task = eco->field_clone;
	if (task != NULL)
	{
		task_set(task, &task->status, step->status);
		if (step->assignee != NULL)
		{
			task_set(task, &task->assignee, step->assignee);
			task_set(task, &task->crew, CREW);
		}
		if (step->description != NULL)
			task_set(task, &task->description, step->description);
		eco_step(eco, "field work: %s", step->what);
	}
	schedule(eco);
}

void
field_work_begin(Eco *eco)
{
	if (!eco->scenario->field_work || eco->field_timer != NULL || eco->field_step > 0)
		return;
	eco_step(eco, "field work: accepted, crew being arranged");
	schedule(eco);
}

const char *
field_work_next(const Eco *eco)
{
	return eco->field_step < STEP_COUNT ? steps[eco->field_step].what : "";
}

double
field_work_due(const Eco *eco)
{
	return eco->field_timer != NULL ? timer_remaining(eco->field_timer) : -1;
}
