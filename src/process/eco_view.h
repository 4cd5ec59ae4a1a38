/*
 * eco_view.h
 *		An ECO as people see it, folded from its own events and those of its pages.
 */
#ifndef STRIKE_ECO_VIEW_H
#define STRIKE_ECO_VIEW_H

#include "domain/eco_phase.h"
#include "store/stream.h"

/* A task of the order's subsector. */
typedef struct ViewTask
{
	char *id;
	bool completed;
	bool vanished;
	Display display;
} ViewTask;

typedef struct EcoView
{
	pg_uuid_t eco_id;
	int32 version; /* 0 = unknown ECO */
	char *job_id;
	char *noc_tenant;
	char *osp_tenant;
	char *job_type;
	char *description;
	Jsonb *location; /* GeoJSON */
	EcoStatus status;
	RenderStatus render;
	char *render_task_id;
	bool has_instance;
	pg_uuid_t render_instance; /* the work system that the last event names; of a replay only */
	char *reason;			   /* of the last change of status */
	bool new_work;
	bool acknowledged; /* what needs attention was seen; ends with the next change */
	Display display;
	int task_count;
	int completed_count;
	ViewTask *tasks; /* task_count of them */
	bool reopened;	 /* by an operator, and nothing has happened since */
	bool watch_lost; /* the field work can't be seen */
	bool
		tasks_missing; /* for long, and they alone are left; ends with whatever happens to a task */

	/* the latest page */
	PagerStatus pager;
	int run_no; /* 0 = none yet */
	pg_uuid_t run_id;
	int32 run_version;
	bool page_running;
	bool page_delayed; /* held up by busy lines; ends with the next call */
	int contact_no;
	int contact_count;
	char *calling_ref;	/* contact_ref */
	char *accepted_ref; /* contact_ref of who said yes */
	TimestampTz accepted_at;
	char *pager_reason;
	char *handled_by;

	TimestampTz created_at;
	TimestampTz dispatched_at; /* 0 = not yet, like those below */
	TimestampTz completed_at;
	TimestampTz grace_until;
	TimestampTz hard_completed_at;
	TimestampTz updated_at;
} EcoView;

/*
 * Folds one event of the ECO, or of one of its pages, into the view.  An event that was folded
 * before changes nothing.  Strings are allocated in the current memory context.
 */
extern void eco_view_fold(EcoView *view, const StoredEvent *event);

/* The order that an event belongs to: its stream, or payload.eco_id; false when it has none. */
extern bool eco_view_of_event(const StoredEvent *event, pg_uuid_t *eco_id);

/*
 * Replays the ECO's own stream and its pages' as of that moment (DT_NOEND = all): what is
 * committed now, and the transaction's own writes (SPI connected).  False = no such ECO.
 */
extern bool eco_view_load(const pg_uuid_t *eco_id, TimestampTz as_of, EcoView *view);

/*
 * Is somebody still needed for the order: is it OPEN or IN_PROGRESS, by what is committed now and
 * by the transaction's own writes (SPI connected)?  Reads its last change of status alone.
 */
extern bool eco_is_open(const pg_uuid_t *eco_id);

/* Run number run_no of the order: the first 16 bytes of SHA-256(eco_id, run_no as int4). */
extern pg_uuid_t pager_run_id(const pg_uuid_t *eco_id, int32 run_no);

/* What the view can't fold from columns: kept as jsonb beside them. */
extern Jsonb *eco_view_rest(const EcoView *view);
extern void eco_view_set_rest(EcoView *view, const Jsonb *rest);

/* The facts that phase and attention are made of; names come from whoever knows them. */
extern EcoFacts eco_view_facts(const EcoView *view, const char *osp_name, const char *calling_name,
							   const char *accepted_name);

#endif
