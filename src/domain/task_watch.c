/*
 * task_watch.c
 *		From tasks to the order's status.
 */
#include "domain/task_watch.h"

TaskNews
task_news(const WatchedTask *t)
{
	if (!t->known)
		return !t->found ? TASK_NOTHING : t->ours ? TASK_FIRST : TASK_NEW;
	if (!t->found)
		return t->was_vanished ? TASK_NOTHING : TASK_VANISHED;
	if (t->was_vanished)
		return TASK_BACK;
	if (!t->changed)
		return TASK_NOTHING;
	return t->before == TASK_COMPLETED && t->now != TASK_COMPLETED ? TASK_REOPENED : TASK_CHANGED;
}

Look
task_look(const WatchedTask *tasks, int n)
{
	Look look = {.all_completed = n > 0};
	bool missing = false;
	bool left = false;

	for (int i = 0; i < n; i++)
	{
		TaskNews news = task_news(&tasks[i]);

		look.any_news = look.any_news || (news != TASK_NOTHING && news != TASK_FIRST);
		look.new_work = look.new_work || news == TASK_NEW || news == TASK_REOPENED ||
						(news == TASK_BACK && tasks[i].now != TASK_COMPLETED &&
						 (tasks[i].before == TASK_COMPLETED || tasks[i].settled));
		if (!tasks[i].found)
		{
			/* missing is not completed, unless an operator has settled it */
			look.all_completed = look.all_completed && tasks[i].was_vanished && tasks[i].settled;
			missing = missing || !tasks[i].settled;
			continue;
		}
		look.field_work = look.field_work || task_is_field_work(tasks[i].now);
		if (tasks[i].now != TASK_COMPLETED)
		{
			look.all_completed = false;
			left = true;
		}
	}
	look.only_missing = missing && !left;
	return look;
}

int
task_look_inputs(const Look *look, EcoStatus status, bool reopened, bool grace_over,
				 EcoInput inputs[LOOK_STEPS])
{
	int n = 0;

	if (status != ECO_OPEN && status != ECO_IN_PROGRESS && status != ECO_COMPLETED)
		return 0;
	if (status == ECO_COMPLETED)
	{
		if (!look->new_work)
		{
			/* closed only after a look that shows all done, later than the grace period */
			if (grace_over && look->all_completed)
				inputs[n++] = ECO_GRACE_OVER;
			return n;
		}
		inputs[n++] = ECO_NEW_WORK;
	}
	if (look->all_completed && (!reopened || look->any_news))
		inputs[n++] = ECO_ALL_COMPLETED;
	else if (look->field_work && status == ECO_OPEN)
		inputs[n++] = ECO_FIELD_WORK;
	return n;
}
