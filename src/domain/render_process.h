/*
 * render_process.h
 *		Getting one task made in the contractor's work system: the states of a
 *		render_process_state row, and what an answer to the POST means.
 */
#ifndef STRIKE_RENDER_PROCESS_H
#define STRIKE_RENDER_PROCESS_H

#include "domain/machine.h"

typedef enum RenderState
{
	RP_NONE,
	RP_DUE,		/* to be posted at next_attempt_at */
	RP_SENT,	/* intent committed: the POST is, or may be, on the wire */
	RP_UNKNOWN, /* sent, outcome not known: ask by subsector at next_attempt_at */
	RP_ASKING,	/* the list is being read */
	RP_TASKED,	/* done */
	RP_FAILED,	/* given up, nothing is on the way */
	RP_MISSING, /* given up with the outcome not known: asked after further */
	RP_STATES
} RenderState;

typedef enum RenderEvent
{
	RP_START,	   /* an ECO was created */
	RP_INTEND,	   /* due: about to post */
	RP_MADE,	   /* 201, or 409 that names our task */
	RP_REFUSED,	   /* a definite no that won't change by itself */
	RP_NOT_NOW,	   /* certainly without effect: not sent, 401, 429 */
	RP_LOST,	   /* the effect isn't known: timeout, broken answer */
	RP_TROUBLE,	   /* the effect isn't known, but the peer is done with it: 5xx */
	RP_ASK,		   /* due: about to read the list */
	RP_FOUND,	   /* the list has our task */
	RP_NOT_FOUND,  /* the list was read and hasn't */
	RP_ASK_FAILED, /* the list couldn't be read */
	RP_OWNER_DIED, /* the row carries a dead worker's claim */
	RP_GIVE_UP,	   /* strike.render_give_up has passed */
	RP_RETRY,	   /* an operator wants it tried again */
	RP_EVENTS
} RenderEvent;

extern const Machine render_process_machine;

/* What was answered to the POST, as the transport saw it. */
typedef struct RenderReply
{
	bool answered;	  /* a whole answer came */
	bool not_sent;	  /* nothing can have reached the peer */
	int http_status;  /* if answered */
	bool has_task_id; /* the body names a usable projectTaskId */
	bool duplicate;	  /* the body says code "duplicate" */
} RenderReply;

extern RenderEvent render_reply(const RenderReply *reply);

/* Milliseconds to wait before try number 'attempt' + 1 (attempt 1 = the first was made). */
extern long render_backoff_ms(int attempt);

/* Words for the event and the supervisor: what went wrong, without the peer's own text. */
extern void render_error_words(const RenderReply *reply, char *out, size_t size);

#endif
