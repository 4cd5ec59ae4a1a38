/*
 * machine.c
 *		Looking up and checking transition tables.
 */
#include <string.h>

#include "domain/machine.h"

const Step *
machine_step(const Machine *machine, int from, int input)
{
	for (int i = 0; i < machine->nsteps; i++)
		if (machine->steps[i].from == from && machine->steps[i].input == input)
			return &machine->steps[i];
	return NULL;
}

const char *
machine_defect(const Machine *machine, int *from, int *input)
{
	for (int i = 0; i < machine->nsteps; i++)
	{
		const Step *step = &machine->steps[i];

		*from = step->from;
		*input = step->input;
		if (step->from < 0 || step->from >= machine->nstates)
			return "unknown from-state";
		if (step->input < 0 || step->input >= machine->ninputs)
			return "unknown input";
		if (step->to != REFUSED && (step->to < 0 || step->to >= machine->nstates))
			return "unknown to-state";
		if (step->to == REFUSED && (step->why == NULL || step->emits != NULL))
			return "a refusal gives a reason and emits nothing";
		if (step->to != REFUSED && step->why != NULL)
			return "a step has no reason for refusal";
	}
	for (*from = 0; *from < machine->nstates; (*from)++)
		for (*input = 0; *input < machine->ninputs; (*input)++)
		{
			int found = 0;

			for (int i = 0; i < machine->nsteps; i++)
				found += machine->steps[i].from == *from && machine->steps[i].input == *input;
			if (found == 0)
				return "pair is missing";
			if (found > 1)
				return "pair stands twice";
		}
	return NULL;
}

int
machine_state(const Machine *machine, const char *name)
{
	for (int i = 0; i < machine->nstates; i++)
		if (strcmp(machine->states[i], name) == 0)
			return i;
	return -1;
}
