/*
 * task_display.c
 *		Tables from Render's task statuses to display words.
 */
#include <stddef.h>
#include <strings.h>

#include "domain/task_display.h"

static const struct
{
	const char *word;
	Display display; /* of a task with that status; released is refined below */
	bool field_work;
} statuses[TASK_STATUSES] = {
	[TASK_BLUEPRINTED] = {"blueprinted", DISPLAY_PENDING, false},
	[TASK_PENDING] = {"pending", DISPLAY_PENDING, false},
	[TASK_TASKED] = {"tasked", DISPLAY_PENDING, false},
	[TASK_ALLOCATED] = {"allocated", DISPLAY_ASSIGNED, false},
	[TASK_RELEASABLE] = {"releasable", DISPLAY_ASSIGNED, false},
	[TASK_RELEASED] = {"released", DISPLAY_IN_PROGRESS, true},
	[TASK_JEOPARDY] = {"jeopardy", DISPLAY_BLOCKED, true},
	[TASK_COMPLETED] = {"completed", DISPLAY_COMPLETE, true},
	[TASK_UNKNOWN] = {"unknown", DISPLAY_PENDING, false},
};

static const char *const display_names[DISPLAYS] = {
	"Pending", "Assigned", "In Progress", "Blocked", "Complete",
};

TaskStatus
task_status(const char *word)
{
	if (word != NULL)
		for (int i = 0; i < TASK_UNKNOWN; i++)
			if (strcasecmp(word, statuses[i].word) == 0)
				return i;
	return TASK_UNKNOWN;
}

const char *
task_status_name(TaskStatus status)
{
	return statuses[status].word;
}

Display
task_display(TaskStatus status, bool has_assignee, bool was_allocated)
{
	if (status == TASK_RELEASED && !has_assignee && !was_allocated)
		return DISPLAY_ASSIGNED;
	return statuses[status].display;
}

Display
eco_display(const int count[DISPLAYS])
{
	int total = 0;

	for (int i = 0; i < DISPLAYS; i++)
		total += count[i];
	if (total == 0)
		return DISPLAY_PENDING;
	if (count[DISPLAY_COMPLETE] == total)
		return DISPLAY_COMPLETE;
	if (count[DISPLAY_BLOCKED] > 0)
		return DISPLAY_BLOCKED;
	/* some complete and others not yet begun: work is under way */
	if (count[DISPLAY_IN_PROGRESS] > 0 || count[DISPLAY_COMPLETE] > 0)
		return DISPLAY_IN_PROGRESS;
	if (count[DISPLAY_ASSIGNED] > 0)
		return DISPLAY_ASSIGNED;
	return DISPLAY_PENDING;
}

const char *
display_name(Display display)
{
	return display_names[display];
}

Display
display_by_name(const char *name)
{
	if (name != NULL)
		for (int i = 0; i < DISPLAYS; i++)
			if (strcasecmp(name, display_names[i]) == 0)
				return i;
	return DISPLAY_PENDING;
}

bool
task_is_field_work(TaskStatus status)
{
	return statuses[status].field_work;
}
