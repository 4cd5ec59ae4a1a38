/*
 * eco_phase.h
 *		The words that operators read about an order, and whether it needs their attention: from
 *		facts alone, so the projection, the replay at any moment and the tests agree.
 */
#ifndef STRIKE_ECO_PHASE_H
#define STRIKE_ECO_PHASE_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/eco_status.h"
#include "domain/task_display.h"

#define PHASE_SIZE 512 /* bytes with the NUL */

typedef enum PagerStatus
{
	PAGER_NONE,
	PAGER_QUEUED, /* a run exists, nobody is being called yet */
	PAGER_CALLING,
	PAGER_ACCEPTED,
	PAGER_EXHAUSTED,
	PAGER_FAILED,
	PAGER_TAKEN_OVER,
	PAGER_STATUSES
} PagerStatus;

/* none | queued | calling | accepted | exhausted | failed | taken_over */
extern const char *pager_status_name(PagerStatus status);
extern PagerStatus pager_status_by_name(const char *name); /* PAGER_NONE if unknown */

typedef struct EcoFacts
{
	EcoStatus status;
	RenderStatus render;
	PagerStatus pager;
	Display display;
	int task_count;
	int completed_count;
	bool new_work;			  /* back in progress by a late clone or a reopened task */
	bool page_running;		  /* the pager's latest run isn't completed */
	bool page_delayed;		  /* nobody could be called for long: the lines are busy */
	bool acknowledged;		  /* an operator has seen what needs attention */
	bool watch_lost;		  /* the field work can't be seen */
	bool tasks_missing;		  /* nothing is left but tasks that have vanished */
	const char *osp_name;	  /* what people call the contractor */
	const char *calling_name; /* whose telephone rings; NULL = not known any more */
	int contact_no;			  /* 1-based */
	int contact_count;
	const char *accepted_name; /* NULL = not known any more */
	long accepted_after_s;	   /* from creation */
	const char *pager_reason;  /* plain words for "can't page" */
	const char *handled_by;	   /* who took over */
	const char *cancel_reason;
	const char *grace_until; /* as text for people */
} EcoFacts;

/* The phase: the only status words on an operator's screen. */
extern void eco_phase(const EcoFacts *facts, char *out, size_t size);

/* Does a human have to act?  'reason' gets the words, or "". */
extern bool eco_needs_attention(const EcoFacts *facts, char *reason, size_t size);

#endif
