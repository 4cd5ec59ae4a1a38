/*
 * append.h
 *		Appending events to a stream in the caller's transaction.
 */
#ifndef STRIKE_APPEND_H
#define STRIKE_APPEND_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

#define APPEND_EXPECT_ANY (-1) /* reread and try again inside */
#define APPEND_CONFLICT (-1)

typedef struct NewEvent
{
	const char *type; /* e.g. "ECOCreatedEvent" */
	Jsonb *payload;	  /* an object */
} NewEvent;

/*
 * Appends n events to the stream as versions expected+1 …; expected 0 = a new stream.  Returns
 * the new version, or APPEND_CONFLICT when another transaction was first (nothing is written
 * then).  With APPEND_EXPECT_ANY a conflict is retried inside; above READ COMMITTED it can't be,
 * and APPEND_CONFLICT comes back.
 *
 * actor: metadata.actor; NULL = the JWT's sub, else session_user.  metadata: more keys, or NULL.
 * Waits for an open transaction that appended the same version to the same stream (its outcome
 * decides), for nobody else.  Wakes the outbox worker at commit.  Needs an open transaction and
 * an active snapshot; the transaction can't be PREPAREd afterwards.
 */
extern int32 append_events(const pg_uuid_t *stream_id, const char *stream_type, int32 expected,
						   const NewEvent *events, int n, const char *actor, const Jsonb *metadata);

/* The error that SQL callers see for APPEND_CONFLICT: PT409. */
extern void
append_raise_conflict(const pg_uuid_t *stream_id, int32 expected) pg_attribute_noreturn();

#endif
