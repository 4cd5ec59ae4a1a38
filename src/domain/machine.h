/*
 * machine.h
 *		State machines as tables.  A machine is complete: every (state, input) pair is a row,
 *		either a step or a refusal with its reason; machine_defect() proves it.  Guards are
 *		resolved by whoever classifies the input ("accepted first", "accepted late"), so a table
 *		is a plain function.  No memory is held, no server is needed.
 */
#ifndef STRIKE_MACHINE_H
#define STRIKE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#define REFUSED (-1)

typedef struct Step
{
	int from;
	int input;
	int to;			   /* REFUSED: the input isn't taken in this state */
	const char *emits; /* event type(s), or action, as strike_transitions() shows it; may be NULL */
	const char *why;   /* REFUSED only: words for the error message */
} Step;

typedef struct Machine
{
	const char *name;
	const char *const *states;
	int nstates;
	const char *const *inputs;
	int ninputs;
	const Step *steps;
	int nsteps;
} Machine;

/* The row for (from, input); NULL only when the table is incomplete, which a test excludes. */
extern const Step *machine_step(const Machine *machine, int from, int input);

/* First defect of the table as words (missing or double pair, index out of range), or NULL. */
extern const char *machine_defect(const Machine *machine, int *from, int *input);

/* Index of a state's or input's name, -1 if unknown. */
extern int machine_state(const Machine *machine, const char *name);

/* All machines, for strike_transitions(), the docs' diagrams and the tests; NULL-terminated. */
extern const Machine *const *machines(void);

#endif
