/*
 * pager_rows.h
 *		The pager's rows in memory: read, changed by a decision, written back behind a fence.
 *
 *		run_read / attempt_read → decide → run_write: false = somebody was faster, read again
 */
#ifndef STRIKE_PAGER_ROWS_H
#define STRIKE_PAGER_ROWS_H

#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "domain/pager_attempt.h"
#include "domain/pager_process.h"
#include "domain/pager_run.h"
#include "ground/json.h"

typedef struct Run
{
	pg_uuid_t run_id;
	pg_uuid_t eco_id; /* of a test call: its run_id */
	bool test;
	int32 run_no;
	ProcessState status;
	char *outcome;			 /* NULL while not COMPLETED */
	TimestampTz deadline_at; /* 0 = none */
	int32 contact_no;		 /* 0 = nobody yet */
	int32 contact_count;
	bool has_attempt;
	pg_uuid_t attempt_id; /* the current one */
	int32 version;		  /* as read: the fence */
	char *last_error;
	bool accepted;
	pg_uuid_t accepted_by;
	TimestampTz accepted_at;
	char *osp_tenant;
	char *job_id;
	char *message;
	int32 epoch;
	bool waiting;
	pg_uuid_t waiting_for;
	int32 round;		 /* through the list, from 1 */
	bool duty_ignored;	 /* nobody was on duty: everybody is called */
	char *waiting_line;	 /* the number waited for; also while its turn comes; NULL = none */
	TimestampTz slot_at; /* when the account's pace lets it call; 0 = none taken */
	TimestampTz created_at;
	TimestampTz completed_at;
} Run;

typedef struct Attempt
{
	pg_uuid_t attempt_id;
	pg_uuid_t run_id;
	pg_uuid_t eco_id;
	int32 contact_no;
	pg_uuid_t contact_ref;
	pg_uuid_t account_id;
	AttemptState state;
	char *reason;
	char *provider_sid; /* NULL = not known */
	char *call_sid;
	char *line; /* number, while the call may be live; NULL for one that shares a call */
	bool shares;
	pg_uuid_t call_of; /* whose call it shares */
	int32 call_no;	   /* the order's number in the call, from 1 */
	int32 sequence;	   /* of the provider's last status report, -1 = none */
	int32 requests;
	bool possible_repeat;
	int64 claim;				/* 0 = no request under way */
	const char *next_action;	/* "send", "ask", "end" or NULL */
	TimestampTz next_action_at; /* 0 if none */
	bool deadline_asked;		/* the provider was asked when the time was over */
	TimestampTz created_at;
	TimestampTz requested_at; /* last request */
	TimestampTz sent_at;
	TimestampTz calling_at;
	TimestampTz answered_at;
	TimestampTz ended_at;
} Attempt;

/* All in an open transaction, SPI connected.  False = no such row. */
extern bool run_read(const pg_uuid_t *run_id, Run *run);
extern bool attempt_read(const pg_uuid_t *attempt_id, Attempt *attempt);

/*
 * Both as they were at one moment.  What changes the attempt afterwards changes the run's version,
 * so that run_write() tells: an attempt is never written over what was recorded meanwhile.
 */
extern bool attempt_read_with_run(const pg_uuid_t *attempt_id, Attempt *attempt, Run *run);
/* The run's current attempt; run->has_attempt says whether there is one. */
extern bool run_read_with_attempt(const pg_uuid_t *run_id, Run *run, Attempt *attempt);

/* Writes all of it and raises version by one; false when the version isn't the one read. */
extern bool run_write(Run *run, TimestampTz now);

/*
 * For so long an action that somebody has begun isn't due (µs): as long as its requests can take.
 * Then it is found again.
 */
extern int64 pager_lease(void);

/* After the run's fence was passed. */
extern void attempt_insert(const Attempt *attempt);
extern void attempt_write(const Attempt *attempt, TimestampTz now);

/* The run's stream: an event about an attempt, or the run's end. */
extern void run_append_attempt(const Run *run, const Attempt *attempt, const char *at_provider,
							   const char *actor);
/* eco_id (null: a test call has no order) and run_id. */
extern void run_put_key(JsonBuild *b, const Run *run);
extern void run_append(const Run *run, const char *type, Jsonb *payload, const char *actor);
extern void run_append_delayed(const Run *run, const char *reason, const char *actor);
/* It waits for its turn: for the record, nobody needs to act. */
extern void run_append_waiting(const Run *run, const char *reason, const char *actor);
extern void run_append_completed(const Run *run, const char *reason, const char *actor);

#endif
