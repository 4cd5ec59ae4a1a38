/*
 * test_task_watch.c
 *		What a look at an order's tasks means.
 */
#include <stdio.h>
#include <string.h>

#include "domain/task_watch.h"

#include "check.h"

static WatchedTask
task(bool known, bool found, TaskStatus before, TaskStatus now)
{
	return (WatchedTask){.known = known,
						 .found = found,
						 .changed = known && found && before != now,
						 .before = before,
						 .now = now};
}

static int
after(const WatchedTask *tasks, int n, EcoStatus status, bool reopened, bool grace_over,
	  EcoInput *first)
{
	EcoInput inputs[LOOK_STEPS];
	Look look = task_look(tasks, n);
	int steps = task_look_inputs(&look, status, reopened, grace_over, inputs);

	*first = steps > 0 ? inputs[0] : ECO_INPUTS;
	return steps;
}

int
main(void)
{
	WatchedTask ours = task(false, true, TASK_UNKNOWN, TASK_BLUEPRINTED);
	WatchedTask done = task(true, true, TASK_RELEASED, TASK_COMPLETED);
	WatchedTask still_done = task(true, true, TASK_COMPLETED, TASK_COMPLETED);
	WatchedTask clone = task(false, true, TASK_UNKNOWN, TASK_BLUEPRINTED);
	WatchedTask done_clone = task(false, true, TASK_UNKNOWN, TASK_COMPLETED);
	WatchedTask gone = task(true, false, TASK_RELEASED, TASK_RELEASED);
	WatchedTask lost;
	WatchedTask reopened = task(true, true, TASK_COMPLETED, TASK_RELEASED);
	WatchedTask released = task(true, true, TASK_ALLOCATED, TASK_RELEASED);
	EcoInput first;

	ours.ours = true;
	CHECK("our own task is no late work", task_news(&ours) == TASK_FIRST);
	CHECK("a task never seen is late work", task_news(&clone) == TASK_NEW);
	CHECK("what is as it was is nothing", task_news(&still_done) == TASK_NOTHING);
	CHECK("a task that is missing has vanished", task_news(&gone) == TASK_VANISHED);
	CHECK("completed and then not is reopened", task_news(&reopened) == TASK_REOPENED);
	gone.was_vanished = true;
	CHECK("a task vanishes once", task_news(&gone) == TASK_NOTHING);
	gone.found = true;
	CHECK("and may come back", task_news(&gone) == TASK_BACK);
	gone.found = false;

	CHECK("no task is never all completed", !task_look(NULL, 0).all_completed);
	CHECK("a missing task is not completed",
		  !task_look((WatchedTask[]){still_done, gone}, 2).all_completed);
	CHECK("field work makes an open order go on",
		  after(&released, 1, ECO_OPEN, false, false, &first) == 1 && first == ECO_FIELD_WORK);
	CHECK("all completed completes an open order at once",
		  after(&done, 1, ECO_OPEN, false, false, &first) == 1 && first == ECO_ALL_COMPLETED);
	CHECK("nothing happens to a completed order in its grace period",
		  after(&still_done, 1, ECO_COMPLETED, false, false, &first) == 0);
	CHECK("after the grace period a look that shows all done closes it",
		  after(&still_done, 1, ECO_COMPLETED, false, true, &first) == 1 &&
			  first == ECO_GRACE_OVER);
	CHECK("a vanished task keeps it open",
		  after((WatchedTask[]){still_done, gone}, 2, ECO_COMPLETED, false, true, &first) == 0);
	CHECK("late work brings it back, also after the grace period",
		  after((WatchedTask[]){still_done, clone}, 2, ECO_COMPLETED, false, true, &first) == 1 &&
			  first == ECO_NEW_WORK);
	CHECK("late work that is already done brings it back and completes it again",
		  after((WatchedTask[]){still_done, done_clone}, 2, ECO_COMPLETED, false, false, &first) ==
				  2 &&
			  first == ECO_NEW_WORK);
	CHECK("a reopened task brings it back",
		  after(&reopened, 1, ECO_COMPLETED, false, false, &first) == 1 && first == ECO_NEW_WORK);
	CHECK("an order that was reopened stays so while nothing happens",
		  after(&still_done, 1, ECO_IN_PROGRESS, true, false, &first) == 0);
	CHECK("and completes when something has",
		  after(&done, 1, ECO_IN_PROGRESS, true, false, &first) == 1 && first == ECO_ALL_COMPLETED);
	CHECK("a closed order takes nothing",
		  after(&clone, 1, ECO_HARD_COMPLETE, false, true, &first) == 0);
	CHECK("a canceled order takes nothing",
		  after(&done, 1, ECO_CANCELED, false, true, &first) == 0);
	lost = gone;
	gone.was_vanished = gone.settled = true;
	CHECK("only missing tasks are left, or others, too",
		  !task_look((WatchedTask[]){still_done, gone}, 2).only_missing &&
			  task_look((WatchedTask[]){still_done, lost}, 2).only_missing &&
			  task_look(&lost, 1).only_missing && !task_look(&still_done, 1).only_missing &&
			  !task_look((WatchedTask[]){released, lost}, 2).only_missing);
	CHECK("a missing task that an operator has settled is in nobody's way",
		  task_look((WatchedTask[]){still_done, gone}, 2).all_completed);
	gone.found = true;
	CHECK("when it is back as work, it is new work",
		  task_look((WatchedTask[]){still_done, gone}, 2).new_work);
	return checks_done();
}
