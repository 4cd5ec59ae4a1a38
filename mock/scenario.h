/*
 * scenario.h
 *		What happens to an ECO: how the work system answers and what each contact does.  The table
 *		is the domain document's, seven rows, and field-work.
 */
#ifndef MOCK_SCENARIO_H
#define MOCK_SCENARIO_H

#include <stdbool.h>

typedef enum Answer
{
	ANSWER_ACCEPTS,	 /* picks up and presses 1 */
	ANSWER_DECLINES, /* picks up and presses 2 */
	ANSWER_NOBODY	 /* it rings until the line gives up */
} Answer;

typedef struct Scenario
{
	const char *name;
	const char *title;	   /* for people */
	double render_seconds; /* from the POST of a task to its answer; it takes effect at once */
	bool render_fails;	   /* POST answers 500, no task */
	Answer contacts[3];	   /* the ECO's first number called, its second, all further ones */
	bool field_work;	   /* after the acceptance the technician works, by field_work.c */
} Scenario;

#define SCENARIO_DEFAULT "happy-path"

/* Times of a call, mock seconds. */
#define PHONE_ANSWER_SECONDS 1.0	/* ringing before it's picked up ... */
#define PHONE_PRESS_SECONDS 1.0		/* ... and from there to the key: "accepts after 2 s" */
#define PHONE_RING_SECONDS 20.0		/* ringing before no-answer, as the flow's timeout */
#define PHONE_VOICEMAIL_SECONDS 5.0 /* ringing before a machine picks up */
#define PHONE_DETECTION_SECONDS 3.0 /* machine detection */
#define PHONE_SILENCE_SECONDS 10.0	/* two rounds of a 5 s gather without a key */

extern const Scenario *scenario_find(const char *name); /* NULL = unknown */
extern const Scenario *scenario_row(int i);				/* NULL after the last */
extern const Scenario *scenario_default(void);
extern void scenario_set_default(const Scenario *scenario);

/* What the position-th (from 0) number called for an ECO does. */
extern Answer scenario_answer(const Scenario *scenario, int position);

#endif
