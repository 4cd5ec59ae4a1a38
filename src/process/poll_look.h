/*
 * poll_look.h
 *		What the Render worker has in memory of the looks it makes: instances and looks.  Nothing of
 *		it outlives the worker; what is due, and how the circuits stand, are rows.
 *
 *		row due ─► queued ─► under way ─► answered ─► recorded, and forgotten
 *		                                      └─► held for a moment: the row is locked ─► forgotten
 */
#ifndef STRIKE_POLL_LOOK_H
#define STRIKE_POLL_LOOK_H

#include "lib/ilist.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "domain/circuit.h"
#include "process/poll_compare.h"
#include "remote/render_api.h"

#define POLL_TENANT_SIZE 64 /* bytes of a tenant's code, with the NUL */

/* A contractor's work system. */
typedef struct PollInstance
{
	char osp_tenant[POLL_TENANT_SIZE];
	dlist_node node;
	MemoryContext context;		/* holds 'configured' */
	RenderInstance *configured; /* NULL = nothing is */
	Circuit circuit;
	PollTrouble trouble; /* the circuit's last */
	bool circuit_changed;
	uint64 seed;
	bool listed; /* by the last survey */

	dlist_head queue; /* looks */
	int queued;
	int under_way;		  /* looks with a place: asked, or answered and not yet recorded */
	int busy;			  /* those, the queued and the held ones: their rows are left alone */
	TimestampTz next_due; /* no row is due before; 0 = not known */
	TimestampTz low;	  /* no row is due before this one: where the search begins */
} PollInstance;

/* A look at one order. */
typedef struct PollLook
{
	dlist_node node;
	MemoryContext context;
	PollInstance *of;
	pg_uuid_t eco_id;
	char *subsector;

	/* as the row had it when it was read */
	TimestampTz due;
	TimestampTz seen_at;
	TimestampTz found_at;
	TimestampTz quiet_until; /* 0 = not observed */
	int failures;
	bool watch_lost;
	TimestampTz missing_since; /* 0 = nothing to be told of missing tasks */
	char digest[FINGERPRINT_SIZE];

	/* the request */
	TimestampTz asked_at; /* Strike's clock */
	int64 deadline;		  /* clock_ticks(), for all pages together */
	RenderInstance asked; /* as configured then */
	char *token;
	bool token_renewed;
	int page;

	/* the answer */
	RemoteTasks tasks;
	PollTrouble trouble;
	int retry_after_s; /* below 0 = unsaid */

	/* what becomes of it */
	TimestampTz next;
	bool recorded;
	TimestampTz held_until; /* wall clock */
} PollLook;

#endif
