/*
 * pager_process.h
 *		The pager's process manager: the states of a pager_process_state row, whom it calls next,
 *		and what is said.
 */
#ifndef STRIKE_PAGER_PROCESS_H
#define STRIKE_PAGER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/machine.h"

typedef enum ProcessState
{
	PP_NONE,
	PP_PENDING, /* nobody was called yet */
	PP_RUNNING, /* a contact is being called, or waited for */
	PP_COMPLETED,
	PROCESS_STATES
} ProcessState;

typedef enum ProcessInput
{
	PI_START,
	PI_CALL,	 /* an attempt's intent is committed */
	PI_WAIT,	 /* the next contact's line is busy with another order */
	PI_ACTIVITY, /* the telephone rings, is answered: the deadline moves */
	PI_ENDED,	 /* the attempt ended without a yes */
	PI_ACCEPTED,
	PI_ALL_TRIED,
	PI_CANT_PAGE,
	PI_TAKE_OVER,
	PI_CANCEL,
	PROCESS_INPUTS
} ProcessInput;

extern const Machine pager_process_machine;

#define PAGER_CONTACTS_MAX 200 /* of a list: positions end there */

/* One contact of a run, in the order in which they are to be called. */
typedef struct PlanContact
{
	bool tried;
	bool line_busy;		   /* another order has a live call to that number */
	int64_t waiting_since; /* µs, 0 = not waited for yet */
} PlanContact;

typedef enum PlanAction
{
	PLAN_CALL,		/* contact 'which' now */
	PLAN_WAIT,		/* for contact 'which', until 'until' at most */
	PLAN_POSTPONE,	/* contact 'which' moves to the end of the list; plan again */
	PLAN_ALL_TRIED, /* each was called */
} PlanAction;

typedef struct PagerPlan
{
	PlanAction action;
	int which;
	int64_t until; /* µs */
} PagerPlan;

/*
 * Whom to call next.  A busy line is waited for at most 'patience' µs; then the next contact is
 * called and this one comes back at the end: nobody is skipped, so a run is not exhausted before
 * each contact was called.
 */
extern PagerPlan pager_plan(const PlanContact *contacts, int n, int64_t now, int64_t patience);

/*
 * Until when a contact has time: 'deadline' µs from the intent, from the last activity, but never
 * longer than PAGER_STRETCH times that from the intent.
 */
#define PAGER_STRETCH 3
extern int64_t pager_deadline(int64_t intent_at, int64_t active_at, int64_t deadline);

/*
 * A turn at a pace of one in 'interval' µs, where 'burst' µs' worth may go at once: when it is, and
 * *next moves on.  *next 0: never used.
 */
extern int64_t pager_turn(int64_t *next, int64_t now, int64_t interval, int64_t burst);

#define PAGER_MESSAGE_MAX 3000 /* bytes with the NUL; Twilio's texts end at 4,000 characters */

/* "NOC: ECO 524 - Fiber cut on Main St", cut at a character's boundary. */
extern void pager_message(const char *job_id, const char *description, char *out, size_t size);

#endif
