/*
 * circuit.c
 *		The circuit's table, and what is counted beside it.
 */
#include "domain/circuit.h"

#define FIRST_PAUSE INT64_C(5000000)
#define JITTER_PARTS 1024
#define RAMP_MAX 4096

static const char *const states[] = {"CLOSED", "OPEN", "HALF_OPEN"};
static const char *const inputs[] = {"answered", "failed", "failed too often", "pause over"};

static const Step steps[] = {
	{CIRCUIT_CLOSED, CIRCUIT_ANSWERED, CIRCUIT_CLOSED, NULL, NULL},
	{CIRCUIT_CLOSED, CIRCUIT_FAILED, CIRCUIT_CLOSED, NULL, NULL},
	{CIRCUIT_CLOSED, CIRCUIT_TOO_MANY, CIRCUIT_OPEN, NULL, NULL},
	{CIRCUIT_CLOSED, CIRCUIT_PAUSE_OVER, REFUSED, NULL, "no pause is running"},

	/* answers to requests that were under way when it opened: the pause stands */
	{CIRCUIT_OPEN, CIRCUIT_ANSWERED, CIRCUIT_OPEN, NULL, NULL},
	{CIRCUIT_OPEN, CIRCUIT_FAILED, CIRCUIT_OPEN, NULL, NULL},
	{CIRCUIT_OPEN, CIRCUIT_TOO_MANY, CIRCUIT_OPEN, NULL, NULL},
	{CIRCUIT_OPEN, CIRCUIT_PAUSE_OVER, CIRCUIT_HALF_OPEN, NULL, NULL},

	{CIRCUIT_HALF_OPEN, CIRCUIT_ANSWERED, CIRCUIT_CLOSED, NULL, NULL},
	{CIRCUIT_HALF_OPEN, CIRCUIT_FAILED, CIRCUIT_OPEN, NULL, NULL},
	{CIRCUIT_HALF_OPEN, CIRCUIT_TOO_MANY, CIRCUIT_OPEN, NULL, NULL},
	{CIRCUIT_HALF_OPEN, CIRCUIT_PAUSE_OVER, REFUSED, NULL, "no pause is running"},
};

const Machine circuit_machine = {
	"Render circuit",
	states,
	CIRCUIT_STATES,
	inputs,
	CIRCUIT_INPUTS,
	steps,
	sizeof(steps) / sizeof(steps[0]),
};

int64_t
circuit_pause(int pauses, int retry_after_s, int64_t interval, uint64_t seed)
{
	int64_t pause = FIRST_PAUSE;
	int64_t asked;

	for (int i = 1; i < pauses && pause < interval; i++)
		pause *= 2;
	if (pause > interval)
		pause = interval;
	seed += (uint64_t) pauses * UINT64_C(0x9e3779b97f4a7c15);
	pause -= pause / 4 / JITTER_PARTS * (int64_t) (seed % JITTER_PARTS);
	if (retry_after_s > CIRCUIT_RETRY_AFTER_MAX_S)
		retry_after_s = CIRCUIT_RETRY_AFTER_MAX_S;
	asked = retry_after_s > 0 ? retry_after_s * INT64_C(1000000) : 0;
	return asked > pause ? asked : pause;
}

bool
circuit_told(Circuit *circuit, PollTrouble trouble, int retry_after_s, int64_t now,
			 int64_t interval, uint64_t seed)
{
	Circuit before = *circuit;
	CircuitInput input = CIRCUIT_ANSWERED;

	if (poll_trouble_of_instance(trouble))
	{
		if (circuit->state != CIRCUIT_OPEN)
			circuit->failures++;
		input = circuit->failures >= CIRCUIT_FAILURES_MAX || trouble == POLL_SLOW_DOWN
					? CIRCUIT_TOO_MANY
					: CIRCUIT_FAILED;
	}
	circuit->state = machine_step(&circuit_machine, before.state, input)->to;
	if (circuit->state == CIRCUIT_OPEN && before.state != CIRCUIT_OPEN)
	{
		circuit->pauses++;
		circuit->open_until = now + circuit_pause(circuit->pauses, retry_after_s, interval, seed);
		circuit->ramp = CIRCUIT_PLACES_MIN;
	}
	else if (circuit->state == CIRCUIT_CLOSED && input == CIRCUIT_ANSWERED)
	{
		circuit->failures = 0;
		circuit->pauses = 0;
		circuit->open_until = 0;
		if (before.state == CIRCUIT_CLOSED && circuit->ramp < RAMP_MAX)
			circuit->ramp *= 2;
	}
	return circuit->state != before.state || circuit->failures != before.failures ||
		   circuit->open_until != before.open_until;
}

bool
circuit_look_at_clock(Circuit *circuit, int64_t now)
{
	if (circuit->state != CIRCUIT_OPEN || now < circuit->open_until)
		return false;
	circuit->state = machine_step(&circuit_machine, CIRCUIT_OPEN, CIRCUIT_PAUSE_OVER)->to;
	return true;
}

int
circuit_places(const Circuit *circuit, int most)
{
	int places = circuit->ramp;

	if (circuit->state == CIRCUIT_OPEN)
		return 0;
	if (circuit->state == CIRCUIT_HALF_OPEN)
		places = 1;
	else if (circuit->failures > 0)
		places = CIRCUIT_PLACES_MIN;
	return places < most ? places : most;
}
