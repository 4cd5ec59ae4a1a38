/*
 * test_machines.c
 *		Every machine is complete, and the ECO's tables say what the operating rules say.
 */
#include "domain/eco_status.h"
#include "domain/machine.h"

#include "check.h"

static int
goes_to(const Machine *machine, int from, int input)
{
	const Step *step = machine_step(machine, from, input);

	return step ? step->to : -2;
}

static void
completeness(void)
{
	for (const Machine *const *m = machines(); *m != NULL; m++)
	{
		int from;
		int input;
		const char *defect = machine_defect(*m, &from, &input);

		if (defect != NULL)
			printf("# %s: state %d, input %d: %s\n", (*m)->name, from, input, defect);
		CHECK("each (state, input) pair is a step or an explicit refusal", defect == NULL);
		for (int i = 0; i < (*m)->nstates; i++)
			CHECK("a state is found by its name", machine_state(*m, (*m)->states[i]) == i);
	}
	CHECK("an unknown state has no index", machine_state(&eco_status_machine, "LOST") == -1);
}

static void
defects_are_found(void)
{
	static const char *const names[] = {"a", "b"};
	static const Step missing[] = {{0, 0, 1, "x", NULL}};
	static const Step twice[] = {{0, 0, 1, "x", NULL}, {0, 0, 0, "y", NULL}, {1, 0, 1, NULL, NULL}};
	static const Step silent[] = {{0, 0, REFUSED, NULL, NULL}, {1, 0, 1, NULL, NULL}};
	static const Step wild[] = {{0, 0, 7, "x", NULL}, {1, 0, 1, NULL, NULL}};
	int from;
	int input;

	CHECK("a missing pair is found",
		  machine_defect(&(Machine){"m", names, 2, names, 1, missing, 1}, &from, &input) != NULL);
	CHECK("a pair that stands twice is found",
		  machine_defect(&(Machine){"m", names, 2, names, 1, twice, 3}, &from, &input) != NULL);
	CHECK("a refusal without a reason is found",
		  machine_defect(&(Machine){"m", names, 2, names, 1, silent, 2}, &from, &input) != NULL);
	CHECK("a step to nowhere is found",
		  machine_defect(&(Machine){"m", names, 2, names, 1, wild, 2}, &from, &input) != NULL);
}

static void
eco(void)
{
	const Machine *m = &eco_status_machine;

	CHECK("an order is born OPEN", goes_to(m, ECO_NONE, ECO_CREATE) == ECO_OPEN);
	CHECK("field work begins progress", goes_to(m, ECO_OPEN, ECO_FIELD_WORK) == ECO_IN_PROGRESS);
	CHECK("all done completes", goes_to(m, ECO_IN_PROGRESS, ECO_ALL_COMPLETED) == ECO_COMPLETED);
	CHECK("all done on an open order makes both transitions at once",
		  goes_to(m, ECO_OPEN, ECO_ALL_COMPLETED) == ECO_COMPLETED);
	CHECK("a late clone brings a completed order back",
		  goes_to(m, ECO_COMPLETED, ECO_NEW_WORK) == ECO_IN_PROGRESS);
	CHECK("grace over closes", goes_to(m, ECO_COMPLETED, ECO_GRACE_OVER) == ECO_HARD_COMPLETE);
	CHECK("nothing but reopen moves a closed order",
		  goes_to(m, ECO_HARD_COMPLETE, ECO_NEW_WORK) == REFUSED &&
			  goes_to(m, ECO_HARD_COMPLETE, ECO_CANCEL) == REFUSED &&
			  goes_to(m, ECO_HARD_COMPLETE, ECO_REOPEN) == ECO_IN_PROGRESS);
	CHECK("a canceled order is reopened to in progress",
		  goes_to(m, ECO_CANCELED, ECO_REOPEN) == ECO_IN_PROGRESS);
	for (int from = ECO_OPEN; from < ECO_STATUSES; from++)
		for (int input = 0; input < ECO_INPUTS; input++)
			CHECK("no step leads back to OPEN",
				  goes_to(m, from, input) != ECO_OPEN || from == ECO_OPEN);
}

static void
render(void)
{
	const Machine *m = &render_status_machine;

	CHECK("a task made turns PENDING to TASKED",
		  goes_to(m, RENDER_PENDING, RENDER_TASK_MADE) == RENDER_TASKED);
	CHECK("a task found late turns FAILED to TASKED",
		  goes_to(m, RENDER_FAILED, RENDER_TASK_MADE) == RENDER_TASKED);
	CHECK("a retry turns FAILED to PENDING",
		  goes_to(m, RENDER_FAILED, RENDER_RETRY) == RENDER_PENDING);
	CHECK("a retry of what is there already is refused",
		  goes_to(m, RENDER_TASKED, RENDER_RETRY) == REFUSED);
	CHECK("acceptance dispatches a tasked order",
		  goes_to(m, RENDER_TASKED, RENDER_ACCEPTED) == RENDER_DISPATCHED);
	CHECK("acceptance without a task waits for the task",
		  goes_to(m, RENDER_FAILED, RENDER_ACCEPTED) == RENDER_FAILED);
	CHECK("giving up late changes nothing that is there",
		  goes_to(m, RENDER_DISPATCHED, RENDER_GIVEN_UP) == RENDER_DISPATCHED);
}

int
main(void)
{
	completeness();
	defects_are_found();
	eco();
	render();
	return checks_done();
}
