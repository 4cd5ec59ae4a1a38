/*
 * task_watch.h
 *		Watching the field work: what one look at an order's tasks means, compared with the last.
 */
#ifndef STRIKE_TASK_WATCH_H
#define STRIKE_TASK_WATCH_H

#include <stdbool.h>

#include "domain/eco_status.h"
#include "domain/task_display.h"

/* A task as it was known before the look, and as the look found it. */
typedef struct WatchedTask
{
	bool known;		   /* seen before */
	bool was_vanished; /* missing at the last look */
	bool settled;	   /* missing, and an operator has said that it is no matter */
	bool found;		   /* there now */
	bool ours;		   /* the one that Strike made */
	bool changed;	   /* known, and its fingerprint is another one */
	TaskStatus before; /* if known */
	TaskStatus now;	   /* if found; else as before */
} WatchedTask;

/* What happened to one task. */
typedef enum TaskNews
{
	TASK_NOTHING,
	TASK_FIRST, /* ours, seen for the first time */
	TASK_NEW,	/* somebody else's, never seen: late work */
	TASK_CHANGED,
	TASK_REOPENED, /* changed, from completed to something else */
	TASK_VANISHED,
	TASK_BACK /* vanished before, there again (and perhaps changed) */
} TaskNews;

extern TaskNews task_news(const WatchedTask *task);

/* What the look means for the order. */
typedef struct Look
{
	bool any_news;		/* something happened to a task */
	bool new_work;		/* a new task, or one reopened */
	bool field_work;	/* a task is released, jeopardy or completed */
	bool all_completed; /* there are tasks, none is missing (or it's settled), all are completed */
	bool only_missing;	/* nothing but missing tasks keeps them from being all completed */
} Look;

extern Look task_look(const WatchedTask *tasks, int n);

/*
 * The steps of the order's own status that follow, in order; at most LOOK_STEPS.  reopened: an
 * operator reopened the order and nothing has happened since, so "all completed" is no news.
 * grace_over: the time of observation has passed.  Returns how many.
 */
#define LOOK_STEPS 3
extern int task_look_inputs(const Look *look, EcoStatus status, bool reopened, bool grace_over,
							EcoInput inputs[LOOK_STEPS]);

#endif
