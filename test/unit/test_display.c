/*
 * test_display.c
 *		Render's statuses to display words, for tasks and ECOs, and the phases people read.
 */
#include "domain/eco_phase.h"
#include "domain/task_display.h"

#include "check.h"

static void
tasks(void)
{
	CHECK("blueprinted, pending and tasked are Pending",
		  task_display(task_status("blueprinted"), true, true) == DISPLAY_PENDING &&
			  task_display(task_status("pending"), false, false) == DISPLAY_PENDING &&
			  task_display(task_status("tasked"), false, false) == DISPLAY_PENDING);
	CHECK("allocated and releasable are Assigned",
		  task_display(task_status("allocated"), false, false) == DISPLAY_ASSIGNED &&
			  task_display(task_status("releasable"), true, true) == DISPLAY_ASSIGNED);
	CHECK("released without assignee or allocation is Assigned",
		  task_display(task_status("released"), false, false) == DISPLAY_ASSIGNED);
	CHECK("released with an assignee is In Progress",
		  task_display(task_status("released"), true, false) == DISPLAY_IN_PROGRESS);
	CHECK("released after allocation is In Progress",
		  task_display(task_status("released"), false, true) == DISPLAY_IN_PROGRESS);
	CHECK("jeopardy is Blocked", task_display(task_status("jeopardy"), 1, 1) == DISPLAY_BLOCKED);
	CHECK("completed is Complete",
		  task_display(task_status("COMPLETED"), 0, 0) == DISPLAY_COMPLETE);
	CHECK("an unknown status is Pending, and known as unknown",
		  task_status("on hold") == TASK_UNKNOWN && task_status(NULL) == TASK_UNKNOWN &&
			  task_display(TASK_UNKNOWN, true, true) == DISPLAY_PENDING);
	CHECK("released, jeopardy and completed are field work; allocated isn't",
		  task_is_field_work(TASK_RELEASED) && task_is_field_work(TASK_JEOPARDY) &&
			  task_is_field_work(TASK_COMPLETED) && !task_is_field_work(TASK_ALLOCATED));
	for (int i = 0; i < TASK_STATUSES; i++)
		CHECK("a status is found by its name", task_status(task_status_name(i)) == i);
	for (int i = 0; i < DISPLAYS; i++)
		CHECK("a display word is found by its name", display_by_name(display_name(i)) == i);
}

static void
orders(void)
{
	/* pending, assigned, in progress, blocked, complete */
	CHECK("no task known is Pending, never Complete",
		  eco_display((int[DISPLAYS]){0, 0, 0, 0, 0}) == DISPLAY_PENDING);
	CHECK("all complete is Complete",
		  eco_display((int[DISPLAYS]){0, 0, 0, 0, 2}) == DISPLAY_COMPLETE);
	CHECK("one blocked is Blocked", eco_display((int[DISPLAYS]){1, 1, 1, 1, 1}) == DISPLAY_BLOCKED);
	CHECK("some complete is In Progress",
		  eco_display((int[DISPLAYS]){1, 0, 0, 0, 1}) == DISPLAY_IN_PROGRESS);
	CHECK("one assigned is Assigned",
		  eco_display((int[DISPLAYS]){1, 1, 0, 0, 0}) == DISPLAY_ASSIGNED);
	CHECK("all pending is Pending", eco_display((int[DISPLAYS]){3, 0, 0, 0, 0}) == DISPLAY_PENDING);
}

static void
phase_is(const char *promise, EcoFacts facts, const char *expected, const char *attention)
{
	char text[PHASE_SIZE];

	facts.osp_name = "Fibre Co";
	eco_phase(&facts, text, sizeof(text));
	CHECK_TEXT(promise, text, expected);
	CHECK(promise, eco_needs_attention(&facts, text, sizeof(text)) == (attention[0] != '\0'));
	CHECK_TEXT(promise, text, attention);
}

static void
phases(void)
{
	phase_is("a new order is being sent", (EcoFacts){.status = ECO_OPEN, .render = RENDER_PENDING},
			 "sending to Fibre Co", "");
	phase_is("a task made means the page is sent",
			 (EcoFacts){.status = ECO_OPEN, .render = RENDER_TASKED, .task_count = 1}, "page sent",
			 "");
	phase_is("a ringing telephone has a name and a place in the list",
			 (EcoFacts){.status = ECO_OPEN,
						.render = RENDER_TASKED,
						.pager = PAGER_CALLING,
						.page_running = true,
						.calling_name = "A. Ortiz",
						.contact_no = 2,
						.contact_count = 3},
			 "calling A. Ortiz · 2 of 3", "");
	phase_is("acceptance says who and how quickly",
			 (EcoFacts){.status = ECO_OPEN,
						.render = RENDER_DISPATCHED,
						.pager = PAGER_ACCEPTED,
						.accepted_name = "A. Ortiz",
						.accepted_after_s = 62},
			 "contractor dispatched · A. Ortiz, 01:02 after creation", "");
	phase_is("an erased person is still somebody",
			 (EcoFacts){.status = ECO_OPEN, .render = RENDER_DISPATCHED, .pager = PAGER_ACCEPTED},
			 "contractor dispatched · a supervisor, 00:00 after creation", "");
	phase_is("nobody answered is an alarm",
			 (EcoFacts){.status = ECO_OPEN, .render = RENDER_TASKED, .pager = PAGER_EXHAUSTED},
			 "nobody answered: act now", "nobody answered: act now");
	phase_is("an unreachable work system is an alarm",
			 (EcoFacts){.status = ECO_OPEN, .render = RENDER_FAILED},
			 "can't reach Fibre Co's work system: act now",
			 "can't reach Fibre Co's work system: act now");
	phase_is("a page that can't be sent says why",
			 (EcoFacts){.status = ECO_OPEN,
						.render = RENDER_TASKED,
						.pager = PAGER_FAILED,
						.pager_reason = "no pager region covers this location"},
			 "can't page: no pager region covers this location",
			 "can't page: no pager region covers this location");
	phase_is("a repage silences the alarm while it rings",
			 (EcoFacts){.status = ECO_OPEN,
						.render = RENDER_FAILED,
						.pager = PAGER_QUEUED,
						.page_running = true},
			 "page sent", "");
	phase_is("a human who took over is named",
			 (EcoFacts){.status = ECO_OPEN,
						.render = RENDER_TASKED,
						.pager = PAGER_TAKEN_OVER,
						.handled_by = "kim"},
			 "handled by kim", "");
	phase_is("field work counts tasks",
			 (EcoFacts){.status = ECO_IN_PROGRESS,
						.render = RENDER_DISPATCHED,
						.pager = PAGER_ACCEPTED,
						.display = DISPLAY_IN_PROGRESS,
						.task_count = 2,
						.completed_count = 1},
			 "in progress: 1 of 2 tasks complete", "");
	phase_is("a blocked task shows",
			 (EcoFacts){.status = ECO_IN_PROGRESS, .display = DISPLAY_BLOCKED, .task_count = 1},
			 "blocked: 0 of 1 tasks complete", "");
	phase_is("new work found shows",
			 (EcoFacts){.status = ECO_IN_PROGRESS, .new_work = true, .task_count = 2},
			 "back in progress: new work found", "");
	phase_is("done is under observation",
			 (EcoFacts){.status = ECO_COMPLETED, .grace_until = "02:00 UTC"},
			 "done, under observation until 02:00 UTC", "");
	phase_is("closed is closed", (EcoFacts){.status = ECO_HARD_COMPLETE}, "closed", "");
	phase_is(
		"canceled says why, and alarms nobody",
		(EcoFacts){.status = ECO_CANCELED, .render = RENDER_FAILED, .cancel_reason = "false alarm"},
		"canceled: false alarm", "");
}

int
main(void)
{
	tasks();
	orders();
	phases();
	{
		EcoFacts held = {.status = ECO_OPEN,
						 .render = RENDER_TASKED,
						 .pager = PAGER_QUEUED,
						 .page_running = true};
		char words[PHASE_SIZE];

		CHECK("a page under way needs nobody", !eco_needs_attention(&held, words, sizeof(words)));
		held.page_delayed = true;
		CHECK("a page that is held up does", eco_needs_attention(&held, words, sizeof(words)));
		CHECK_TEXT("in plain words", words, "the page is held up: all lines are busy or in doubt");
		held.acknowledged = true;
		CHECK("until somebody has seen it", !eco_needs_attention(&held, words, sizeof(words)));
		held = (EcoFacts){.status = ECO_COMPLETED, .tasks_missing = true, .osp_name = "Fibre Co"};
		CHECK("an order of which only missing tasks are left does",
			  eco_needs_attention(&held, words, sizeof(words)));
		CHECK_TEXT("and says whom to ask", words,
				   "a task is missing in Fibre Co's work system: ask them");
		held.status = ECO_CANCELED;
		CHECK("a closed one doesn't", !eco_needs_attention(&held, words, sizeof(words)));
	}
	return checks_done();
}
