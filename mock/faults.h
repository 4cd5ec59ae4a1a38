/*
 * faults.h
 *		Trouble on demand: rates and values set by /control/faults, for all, one provider, one ECO
 *		or both.  Draws are seeded and counted per ECO and fault, so a run with the same seed meets
 *		the same trouble however its ECOs interleave.
 */
#ifndef MOCK_FAULTS_H
#define MOCK_FAULTS_H

#include "eco.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum Provider
{
	PROVIDER_NONE,	/* control, dashboard: no faults */
	PROVIDER_OAUTH, /* the token endpoint: latency as Render's, other faults only by its own name */
	PROVIDER_RENDER,
	PROVIDER_TWILIO
} Provider;

typedef enum Fault
{
	FAULT_LATENCY_MS,			 /* real milliseconds before an answer */
	FAULT_DROP_RESPONSE,		 /* rate: the work is done, then the connection closes */
	FAULT_ERROR_RATE,			 /* rate: refused with FAULT_STATUS, nothing done */
	FAULT_STATUS,				 /* HTTP status of those, 500 if not given */
	FAULT_RETRY_AFTER_S,		 /* Retry-After of a 429 or 503, 1 if not given */
	FAULT_TRUNCATE,				 /* rate: half of the body, then the connection closes */
	FAULT_OVERSIZE,				 /* rate: 8 MB of spaces after the body */
	FAULT_DUPLICATE,			 /* rate: a callback is sent twice */
	FAULT_REORDER,				 /* rate: a callback lets the next one pass */
	FAULT_LOSE,					 /* rate: a callback isn't sent */
	FAULT_LATE,					 /* rate: a callback waits FAULT_LATE_S first */
	FAULT_LATE_S,				 /* mock seconds, 30 if not given */
	FAULT_FORGE,				 /* rate: a callback is signed with a wrong token */
	FAULT_VOICEMAIL,			 /* rate: a machine answers */
	FAULT_BUSY,					 /* rate: the line is busy */
	FAULT_CARRIER,				 /* rate: the call fails at the carrier */
	FAULT_CALLS_PER_SECOND,		 /* calls queue behind each other; 0 = no limit; also named cps */
	FAULT_CONCURRENT_CALLS,		 /* further calls wait until one ends; 0 = no limit */
	FAULT_EXECUTIONS_PER_SECOND, /* of the mock's seconds; more are refused with 429; 0 = no limit */
	FAULT_CLOCK_SKEW_S,			 /* added to every date told */
	FAULT_LIST_LAG_S,			 /* real seconds until something new is in lists */
	FAULT_TOKEN_LIFE_S,			 /* real seconds an OAuth token lives, 3600 if not given */
	FAULT_OMIT_EXPIRES_IN,		 /* rate: the token answer doesn't tell its life */
	FAULT_COUNT
} Fault;

/* The value in force for this provider and ECO (NULL = none known), else fallback. */
extern double fault_value(Fault fault, Provider provider, const Eco *eco, double fallback);
/* Does it happen this time? */
extern bool fault_strikes(Fault fault, Provider provider, const Eco *eco);

/*
 * One POST of /control/faults: {} clears all; else the set for its provider and subsector is
 * replaced.  Returns NULL, or what's wrong with it (caller frees), changing nothing.
 */
extern char *faults_set(const json_t *body);
extern json_t *faults_json(void);
extern json_t *faults_kinds(void); /* [{name, low, high, of, per_eco}], of: "" = both */
extern void faults_seed(uint64_t seed);
extern uint64_t faults_current_seed(void);
extern void faults_reset(void);

/* Made at that UTC ms: is it still missing from lists? */
extern bool faults_too_new(int64_t created_ms, Provider provider, const Eco *eco);

/* The wall clock as the provider tells it to that ECO (NULL = none known): with the skew. */
extern int64_t faults_wall_ms(Provider provider, const Eco *eco);

#endif
