/*
 * eco.h
 *		One ECO as the providers see it: everything that carries the same subsector.  Each follows
 *		its own scenario.
 */
#ifndef MOCK_ECO_H
#define MOCK_ECO_H

#include "scenario.h"

#include <stdint.h>
#include <sys/queue.h>

struct Timer;
struct Task;
struct Phone;

typedef struct Eco
{
	char *subsector;
	const Scenario *scenario;
	int ordinal;	/* from 1, in order of appearance since the reset */
	char step[160]; /* what happened last, for people */
	int64_t seen_ms, task_ms, task_answer_ms, first_call_ms, accepted_ms; /* UTC ms; 0 = not yet */
	char **numbers; /* called so far, in order of first call */
	int number_count;
	int field_step;			   /* next row of field_work.c's table */
	struct Timer *field_timer; /* when it's due */
	double answer_due;		   /* mock clock: the work system's latest answer goes out; 0 = none */
	struct Task *field_clone;
	TAILQ_HEAD(, Task) tasks;
	TAILQ_HEAD(, Phone) phones;
	TAILQ_ENTRY(Eco) link;
} Eco;

TAILQ_HEAD(EcoList, Eco);

extern Eco *eco_find(const char *subsector); /* NULL = never seen */
/* Makes it with the default scenario when never seen; "" and NULL are "(no subsector)". */
extern Eco *eco_at(const char *subsector);
extern struct EcoList *eco_all(void);
extern void eco_step(Eco *eco, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Position (from 0) of a number among those called for this ECO; adds it when new. */
extern int eco_position(Eco *eco, const char *number);
extern void eco_reset(void); /* tasks and phones must be gone */

#endif
