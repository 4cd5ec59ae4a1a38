/*
 * pager_list.h
 *		A run's list: the people as they were when it started, and who of them can be called now.
 */
#ifndef STRIKE_PAGER_LIST_H
#define STRIKE_PAGER_LIST_H

#include "process/pager_rows.h"

typedef struct RunContact
{
	int32 contact_no;
	pg_uuid_t contact_ref;
	char *phone; /* NULL: erased */
	bool line_busy;
	pg_uuid_t holder;	  /* the attempt on that line */
	const char *obstacle; /* why not to be called now, in words; NULL: nothing */
	bool off_duty;		  /* that is the obstacle */
	bool call_off_duty;	  /* his list is called all the same when nobody is on duty */
} RunContact;

typedef struct RunList
{
	int n;
	int called;	   /* in this round */
	bool off_duty; /* somebody was skipped as off duty in this round */
	RunContact contacts[PAGER_CONTACTS_MAX];
	PlanContact plan[PAGER_CONTACTS_MAX]; /* the same people for pager_plan() */
} RunList;

/* All need a transaction at READ COMMITTED, SPI connected. */

/* In the order of calling, as it stands at 'now'; busy lines are marked, whoever calls there. */
extern void list_read(const Run *run, TimestampTz now, RunList *list);

/*
 * Passes over the one whose turn it is if he can't be called: an event says why.  When nobody is
 * on duty and the list says so, everybody is called all the same, and an event says that.
 * True: something changed, or somebody was faster; read run and list again.
 */
extern bool list_pass_over(Run *run, const RunList *list, TimestampTz now);

/* Why a run that called nobody ends. */
extern const char *list_nobody(const RunList *list);

/* Begins the next round through the whole list after the pause; false: somebody was faster. */
extern bool list_next_round(Run *run, TimestampTz now);

#endif
