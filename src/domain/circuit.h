/*
 * circuit.h
 *		One Render instance's circuit: after failures in a row its orders are left alone for a
 *		while, then one look probes whether it is back.  Pure; times are µs of one clock.
 */
#ifndef STRIKE_CIRCUIT_H
#define STRIKE_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/machine.h"
#include "domain/poll_trouble.h"

typedef enum CircuitState
{
	CIRCUIT_CLOSED,	   /* looks go on */
	CIRCUIT_OPEN,	   /* nobody asks until open_until */
	CIRCUIT_HALF_OPEN, /* one look probes */
	CIRCUIT_STATES
} CircuitState;

typedef enum CircuitInput
{
	CIRCUIT_ANSWERED,
	CIRCUIT_FAILED,		/* and fewer than CIRCUIT_FAILURES_MAX in a row */
	CIRCUIT_TOO_MANY,	/* that many, or the peer asked us to slow down */
	CIRCUIT_PAUSE_OVER, /* open_until has passed */
	CIRCUIT_INPUTS
} CircuitInput;

extern const Machine circuit_machine;

#define CIRCUIT_FAILURES_MAX 5
#define CIRCUIT_RETRY_AFTER_MAX_S 900 /* however long the peer says */
#define CIRCUIT_PLACES_MIN 2 /* while it isn't open: one order's list that hangs leaves one free */

typedef struct Circuit
{
	CircuitState state;
	int failures;		/* in a row */
	int pauses;			/* in a row, without an answer between */
	int64_t open_until; /* OPEN only */
	int ramp;			/* CLOSED: requests at once, doubled by each answer after a pause */
} Circuit;

#define CIRCUIT_NEW ((Circuit){.ramp = CIRCUIT_PLACES_MIN})

/*
 * An answer came (POLL_FINE, or a trouble of one order alone), or the instance is in trouble.
 * retry_after_s: as the peer said, else below 0.  Returns whether there is something to be kept: a
 * state, a count of failures or a pause that changed.
 */
extern bool circuit_told(Circuit *circuit, PollTrouble trouble, int retry_after_s, int64_t now,
						 int64_t interval, uint64_t seed);

/* The pause's end: OPEN to HALF_OPEN when it has come.  Returns whether it changed. */
extern bool circuit_look_at_clock(Circuit *circuit, int64_t now);

/* Requests that may be under way at once, at most 'most'; 0 while it is open, 1 to probe. */
extern int circuit_places(const Circuit *circuit, int most);

/*
 * µs that the pauses-th pause in a row lasts (1 = the first): 5 s, doubled up to the interval, less
 * up to a quarter by the seed, and never shorter than what the peer asked for, within its bound.
 */
extern int64_t circuit_pause(int pauses, int retry_after_s, int64_t interval, uint64_t seed);

#endif
