/*
 * test_circuit.c
 *		A Render instance's circuit, and what counts as its trouble.
 */
#include "domain/circuit.h"

#include "check.h"

#define SECOND INT64_C(1000000)
#define INTERVAL (60 * SECOND)
#define SEED 12345

static bool
tell(Circuit *circuit, PollTrouble trouble, int retry_after_s, int64_t now)
{
	return circuit_told(circuit, trouble, retry_after_s, now, INTERVAL, SEED);
}

static void
opens_and_closes(void)
{
	Circuit c = CIRCUIT_NEW;
	int64_t now = 100 * SECOND;
	int64_t first;

	for (int i = 1; i < CIRCUIT_FAILURES_MAX; i++)
		(void) tell(&c, POLL_BROKEN, -1, now);
	CHECK("a few failures leave it closed, with two requests at a time",
		  c.state == CIRCUIT_CLOSED && circuit_places(&c, 16) == 2 && circuit_places(&c, 1) == 1);
	CHECK("an answer forgets them", tell(&c, POLL_FINE, -1, now) && c.failures == 0);
	CHECK("and an answer more is nothing to be kept", !tell(&c, POLL_FINE, -1, now));
	for (int i = 0; i < CIRCUIT_FAILURES_MAX; i++)
		(void) tell(&c, i % 2 ? POLL_LOST : POLL_UNREACHABLE, -1, now);
	CHECK("too many in a row open it", c.state == CIRCUIT_OPEN && circuit_places(&c, 16) == 0);
	first = c.open_until - now;
	CHECK("for about five seconds", first <= 5 * SECOND && first > 3 * SECOND);
	CHECK("an answer that was under way doesn't end the pause",
		  !tell(&c, POLL_FINE, -1, now) && c.state == CIRCUIT_OPEN);
	CHECK("the pause lasts", !circuit_look_at_clock(&c, c.open_until - 1));
	CHECK("then one look probes", circuit_look_at_clock(&c, c.open_until) &&
									  c.state == CIRCUIT_HALF_OPEN && circuit_places(&c, 16) == 1);
	now = c.open_until;
	(void) tell(&c, POLL_BROKEN, -1, now);
	CHECK("if it fails, a longer pause follows",
		  c.state == CIRCUIT_OPEN && c.open_until - now > first);
	for (int i = 0; i < 20; i++)
	{
		now = c.open_until;
		(void) circuit_look_at_clock(&c, now);
		(void) tell(&c, POLL_LOST, -1, now);
	}
	CHECK("never longer than the interval: its return is seen within one",
		  c.open_until - now <= INTERVAL && c.open_until - now > INTERVAL / 2);
	(void) circuit_look_at_clock(&c, c.open_until);
	(void) tell(&c, POLL_NOT_THERE, -1, now);
	CHECK("an answer closes it, also one that is no use to that order",
		  c.state == CIRCUIT_CLOSED && c.failures == 0 && c.pauses == 0);
	CHECK("and it begins with two requests at a time", circuit_places(&c, 16) == 2);
	(void) tell(&c, POLL_FINE, -1, now);
	(void) tell(&c, POLL_FINE, -1, now);
	CHECK("more with each answer", circuit_places(&c, 16) == 8);
	for (int i = 0; i < 30; i++)
		(void) tell(&c, POLL_FINE, -1, now);
	CHECK("up to what is allowed", circuit_places(&c, 16) == 16);
}

static void
slows_down(void)
{
	Circuit c = CIRCUIT_NEW;

	(void) tell(&c, POLL_SLOW_DOWN, 42, 0);
	CHECK("whoever asks us to slow down is left alone at once, as long as he says",
		  c.state == CIRCUIT_OPEN && c.open_until == 42 * SECOND);
	c = CIRCUIT_NEW;
	(void) tell(&c, POLL_SLOW_DOWN, 86400, 0);
	CHECK("within a bound", c.open_until == CIRCUIT_RETRY_AFTER_MAX_S * SECOND);
	c = CIRCUIT_NEW;
	(void) tell(&c, POLL_SLOW_DOWN, -1, 0);
	CHECK("and for the usual pause if he says nothing",
		  c.open_until > 3 * SECOND && c.open_until <= 5 * SECOND);
}

static void
whose_trouble(void)
{
	CHECK("401 and 403 are refusals", poll_trouble_of_status(401, false) == POLL_REFUSED &&
										  poll_trouble_of_status(403, false) == POLL_REFUSED);
	CHECK("429 asks us to slow down", poll_trouble_of_status(429, false) == POLL_SLOW_DOWN);
	CHECK("503 does if it names a time", poll_trouble_of_status(503, true) == POLL_SLOW_DOWN &&
											 poll_trouble_of_status(503, false) == POLL_BROKEN);
	CHECK("404 and 422 are one order's trouble",
		  !poll_trouble_of_instance(poll_trouble_of_status(404, false)) &&
			  !poll_trouble_of_instance(poll_trouble_of_status(422, false)));
	CHECK("so is a list that can't be used", !poll_trouble_of_instance(POLL_NONSENSE) &&
												 !poll_trouble_of_instance(POLL_TOO_LARGE) &&
												 !poll_trouble_of_instance(POLL_ENDLESS));
	CHECK("500, a redirect and silence are the instance's",
		  poll_trouble_of_instance(poll_trouble_of_status(500, false)) &&
			  poll_trouble_of_instance(poll_trouble_of_status(302, false)) &&
			  poll_trouble_of_instance(POLL_LOST));
	CHECK("200 is fine", poll_trouble_of_status(200, true) == POLL_FINE);
	for (int i = 0; i < POLL_TROUBLES; i++)
		CHECK("every trouble has words", poll_trouble_words(i) != NULL);
}

int
main(void)
{
	opens_and_closes();
	slows_down();
	whose_trouble();
	return checks_done();
}
