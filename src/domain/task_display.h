/*
 * task_display.h
 *		Layer two to layer three: Render's task statuses to the five words that operators read,
 *		for one task and for a whole ECO.
 */
#ifndef STRIKE_TASK_DISPLAY_H
#define STRIKE_TASK_DISPLAY_H

#include <stdbool.h>

typedef enum TaskStatus
{
	TASK_BLUEPRINTED,
	TASK_PENDING,
	TASK_TASKED,
	TASK_ALLOCATED,
	TASK_RELEASABLE,
	TASK_RELEASED,
	TASK_JEOPARDY,
	TASK_COMPLETED,
	TASK_UNKNOWN,
	TASK_STATUSES
} TaskStatus;

typedef enum Display
{
	DISPLAY_PENDING,
	DISPLAY_ASSIGNED,
	DISPLAY_IN_PROGRESS,
	DISPLAY_BLOCKED,
	DISPLAY_COMPLETE,
	DISPLAYS
} Display;

/* Render's word, any case; TASK_UNKNOWN if it isn't known (or NULL). */
extern TaskStatus task_status(const char *word);
extern const char *task_status_name(TaskStatus status);

/*
 * has_assignee: somebody's name stands on the task; was_allocated: it was seen allocated or
 * releasable before.  A released task with neither is assigned to a crew, not worked on yet.
 */
extern Display task_display(TaskStatus status, bool has_assignee, bool was_allocated);

/* 'count' holds the number of the ECO's tasks of each Display. */
extern Display eco_display(const int count[DISPLAYS]);

/* "Pending", "Assigned", "In Progress", "Blocked", "Complete" */
extern const char *display_name(Display display);
extern Display display_by_name(const char *name); /* DISPLAY_PENDING if unknown */

/* Does a task of this status mean that field work goes on (ECO_FIELD_WORK)? */
extern bool task_is_field_work(TaskStatus status);

#endif
