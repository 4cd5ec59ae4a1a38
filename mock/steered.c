/*
 * steered.c
 *		The list of what was done by hand.
 */
#include "steered.h"

#include "clock.h"
#include "faults.h"
#include "journal.h"
#include "scenario.h"

#include <math.h>

static json_t *done;
static long dropped;
static uint64_t seed;
static const Scenario *scenario;

void
steered_note(const char *what, const json_t *body)
{
	double elapsed = round(clock_since_reset() * 1000) / 1000;

	if (done == NULL)
		done = json_array();
	if (json_array_size(done) == STEERED_MAX)
	{
		json_array_remove(done, 0);
		dropped++;
	}
	json_array_append_new(done, json_pack("{sf, sI, ss, so}", "elapsed_s", elapsed, "after_n",
										  (json_int_t) journal_last(), "what", what, "body",
										  json_deep_copy(body)));
}

json_t *
steered_json(void)
{
	return json_pack("{so, sI, sI, ss?}", "steered",
					 done != NULL ? json_deep_copy(done) : json_array(), "dropped",
					 (json_int_t) dropped, "seed", (json_int_t) seed, "scenario",
					 scenario != NULL ? scenario->name : NULL);
}

void
steered_reset(void)
{
	json_decref(done);
	done = NULL;
	dropped = 0;
	seed = faults_current_seed();
	scenario = scenario_default();
}
