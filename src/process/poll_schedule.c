/*
 * poll_schedule.c
 *		Looks: due, begun, answered, recorded.
 *
 * Each instance has its own queue, its own limit and its own circuit, so one instance's trouble
 * holds up nobody else: a third and further request to it leaves a third of all places free, and
 * all looks together leave a quarter of the worker's requests to the making of tasks.  While a
 * circuit is open its orders are put off beyond the pause, each to its own place in the interval,
 * so they don't come back all at once.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "domain/poll_pace.h"
#include "ground/clock.h"
#include "ground/fault.h"
#include "ground/settings.h"
#include "ground/unit.h"
#include "process/poll_calls.h"
#include "process/poll_record.h"
#include "process/poll_rows.h"
#include "process/poll_schedule.h"

#define SURVEY_MS 250	/* real ms between two looks at the configuration */
#define SEARCH_MS 60000 /* between two searches without a lower bound */
#define BRING_BACK_MS 5000
#define TIMES_MAX 256	 /* times written in one transaction */
#define RECORDS_MAX 20	 /* looks with news recorded in one turn */
#define LOCKED_MS 1000	 /* a row that somebody holds is left alone for so long */
#define TROUBLE_MS 15000 /* and one that can't be recorded */
#define LOW_MARGIN_US INT64CONST(60000000)

static dlist_head instances = DLIST_STATIC_INIT(instances);
static dlist_head answered = DLIST_STATIC_INIT(answered);
static dlist_head held = DLIST_STATIC_INIT(held);
static HTAB *busy;			 /* eco_ids of all looks in memory */
static MemoryContext memory; /* of instances and looks */
static int under_way;		 /* looks with a place */
static TimestampTz surveyed; /* wall clock */
static TimestampTz searched; /* wall clock: the instances' low was last forgotten */
static TimestampTz brought;	 /* wall clock: rows too far ahead were last looked for */

/* Has that much of the wall's time passed, or was the clock set back? */
static bool
passed(TimestampTz since, TimestampTz wall, int ms)
{
	return wall < since || TimestampDifferenceExceeds(since, wall, ms);
}

static int64
interval_us(void)
{
	return strike_poll_interval * INT64CONST(1000);
}

static uint64
seed_of(const PollLook *look)
{
	return pace_seed(look->eco_id.data, UUID_LEN);
}

static void
prepare(void)
{
	HASHCTL ctl = {.keysize = sizeof(pg_uuid_t), .entrysize = sizeof(pg_uuid_t)};

	if (memory != NULL)
		return;
	memory = AllocSetContextCreate(TopMemoryContext, "strike looks", ALLOCSET_DEFAULT_SIZES);
	ctl.hcxt = memory;
	busy = hash_create("strike orders looked at", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* ---- instances ---- */

static PollInstance *
instance_of(const char *osp_tenant)
{
	PollInstance *instance;
	dlist_iter iter;

	dlist_foreach (iter, &instances)
	{
		instance = dlist_container(PollInstance, node, iter.cur);
		if (strcmp(instance->osp_tenant, osp_tenant) == 0)
			return instance;
	}
	instance = MemoryContextAllocZero(memory, sizeof(PollInstance));
	strlcpy(instance->osp_tenant, osp_tenant, sizeof(instance->osp_tenant));
	instance->seed = pace_seed(osp_tenant, strlen(osp_tenant));
	instance->circuit = CIRCUIT_NEW;
	instance->low = DT_NOBEGIN;
	dlist_init(&instance->queue);
	dlist_push_tail(&instances, &instance->node);
	return instance;
}

static bool
same(const RenderInstance *a, const RenderInstance *b)
{
	return strcmp(a->api_url, b->api_url) == 0 && strcmp(a->project, b->project) == 0 &&
		   strcmp(a->client.token_url, b->client.token_url) == 0 &&
		   strcmp(a->client.client_id, b->client.client_id) == 0 &&
		   strcmp(a->client.client_secret, b->client.client_secret) == 0;
}

static void
configure(PollInstance *instance, const PollListed *listed)
{
	MemoryContext outside;
	RenderInstance *copy;

	if (listed->configured && instance->configured != NULL &&
		same(&listed->instance, instance->configured))
		return;
	if (instance->context != NULL)
		MemoryContextDelete(instance->context);
	instance->context = NULL;
	instance->configured = NULL;
	if (!listed->configured)
		return;
	instance->context = AllocSetContextCreate(memory, "strike work system", ALLOCSET_SMALL_SIZES);
	outside = MemoryContextSwitchTo(instance->context);
	copy = palloc0(sizeof(RenderInstance));
	copy->api_url = pstrdup(listed->instance.api_url);
	copy->project = pstrdup(listed->instance.project);
	copy->client.token_url = pstrdup(listed->instance.client.token_url);
	copy->client.client_id = pstrdup(listed->instance.client.client_id);
	copy->client.client_secret = pstrdup(listed->instance.client.client_secret);
	instance->configured = copy;
	MemoryContextSwitchTo(outside);
}

static void
take_listed(const PollListed *listed)
{
	PollInstance *instance = instance_of(listed->osp_tenant);
	int ramp = instance->circuit.ramp;

	instance->listed = true;
	instance->next_due = 0;
	configure(instance, listed);
	/* the row is the truth, unless it has still to be written */
	if (!instance->circuit_changed)
	{
		bool same_state = listed->circuit.state == instance->circuit.state;

		instance->circuit = listed->circuit;
		instance->circuit.ramp = same_state ? ramp : CIRCUIT_PLACES_MIN;
	}
}

static void
survey_unit(void *arg)
{
	dlist_iter iter;

	dlist_foreach (iter, &instances)
		dlist_container(PollInstance, node, iter.cur)->listed = false;
	poll_rows_survey(take_listed);
}

/* Rows beyond what any look is put off by: after a pause, to a place within the interval. */
static void
bring_back_unit(void *arg)
{
	TimestampTz now = clock_now();
	dlist_iter iter;

	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);

		if (instance->listed)
			poll_rows_bring_back(instance,
								 Max(now, instance->circuit.open_until) + 2 * interval_us(), now,
								 interval_us());
	}
}

static void
circuits_unit(void *arg)
{
	dlist_iter iter;

	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);

		if (instance->circuit_changed)
			poll_rows_write_circuit(instance);
	}
}

/* Keeps the circuits that have changed. */
static void
keep_circuits(void)
{
	bool any = false;
	dlist_iter iter;

	dlist_foreach (iter, &instances)
		any = any || dlist_container(PollInstance, node, iter.cur)->circuit_changed;
	if (!any ||
		unit_run("keeping the work systems' circuits", circuits_unit, NULL, NULL) != UNIT_DONE)
		return;
	dlist_foreach (iter, &instances)
		dlist_container(PollInstance, node, iter.cur)->circuit_changed = false;
}

/* ---- places ---- */

static int
places(void)
{
	return Max(1, strike_http_max_concurrency * 3 / 4);
}

/* May the instance have one look more under way? */
static bool
has_place(const PollInstance *instance)
{
	int all = places();

	return instance->under_way < circuit_places(&instance->circuit, strike_poll_concurrency) &&
		   under_way < all && (instance->under_way < 2 || under_way < all * 2 / 3);
}

static void
give_place_back(PollLook *look)
{
	look->of->under_way--;
	under_way--;
}

/* The look is over, and its order may be looked at again. */
static void
forget(PollLook *look)
{
	look->of->busy--;
	(void) hash_search(busy, &look->eco_id, HASH_REMOVE, NULL);
	MemoryContextDelete(look->context);
}

/* It couldn't be recorded: its order is left alone for a moment. */
static void
hold(PollLook *look, int ms)
{
	look->held_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ms);
	dlist_push_tail(&held, &look->node);
}

static void
release_held(void)
{
	TimestampTz now = GetCurrentTimestamp();
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, &held)
	{
		PollLook *look = dlist_container(PollLook, node, iter.cur);

		if (look->held_until > now && look->held_until <= now + TROUBLE_MS * INT64CONST(1000))
			continue;
		dlist_delete(&look->node);
		look->of->next_due = 0;
		forget(look);
	}
}

/* ---- recording ---- */

static void
on_answer(PollLook *look)
{
	PollInstance *instance = look->of;

	if (poll_trouble_of_instance(look->trouble))
		instance->trouble = look->trouble;
	instance->circuit_changed = circuit_told(&instance->circuit, look->trouble, look->retry_after_s,
											 clock_now(), interval_us(), instance->seed) ||
								instance->circuit_changed;
	dlist_push_tail(&answered, &look->node);
}

typedef struct Times
{
	int n;
	PollLook *look[TIMES_MAX];
	bool waiting;
} Times;

static void
times_unit(void *arg)
{
	Times *times = arg;

	poll_rows_write_times(times->look, times->n, times->waiting);
}

static void
record_unit(void *arg)
{
	PollLook *look = arg;

	look->next = poll_record(&look->eco_id, look->tasks.task, look->tasks.n, look->asked_at);
}

static void
lost_unit(void *arg)
{
	PollLook *look = arg;

	if (!poll_record_lost(&look->eco_id, look->next, look->failures,
						  poll_trouble_words(look->trouble)))
		look->next = 0;
}

/* Did it find what the last one found, and is nothing else due? */
static bool
is_quiet(PollLook *look)
{
	char digest[FINGERPRINT_SIZE];

	if (look->watch_lost || (look->quiet_until != 0 && look->asked_at >= look->quiet_until) ||
		poll_missing_too_long(look->missing_since, look->asked_at))
		return false;
	watch_digest(look->tasks.task, look->tasks.n, digest);
	return strcmp(digest, look->digest) == 0;
}

/* Shall the NOC be told that the field work can't be seen? */
static bool
is_lost(const PollLook *look, TimestampTz now)
{
	return !look->watch_lost &&
		   ((look->seen_at != 0 && now - look->seen_at >= POLL_PATIENCE * interval_us()) ||
			(look->quiet_until != 0 && now >= look->quiet_until));
}

/* The next look's time after one that has no news. */
static TimestampTz
time_after(const PollLook *look, TimestampTz now)
{
	TimestampTz next;

	if (look->trouble != POLL_FINE)
		return pace_after_failure(now, interval_us(), look->failures, seed_of(look));
	next = pace_next(now, interval_us(), look->found_at, seed_of(look));
	/* at the end of the observation exactly */
	if (look->quiet_until >= now + pace_floor(interval_us()))
		next = Min(next, look->quiet_until);
	return next;
}

static UnitResult
record_with(const char *what, void (*unit)(void *), PollLook *look)
{
	UnitResult result = UNIT_RETRY;

	for (int i = 0; i < 3 && result == UNIT_RETRY; i++)
		result = unit_run(what, unit, look, NULL);
	return result;
}

/* Recorded, or to be tried again: the look leaves the list of the answered. */
static void
settle(PollLook *look, bool recorded, int held_ms)
{
	give_place_back(look);
	if (!recorded)
	{
		hold(look, held_ms);
		return;
	}
	if (look->next != 0)
		look->of->next_due = Min(look->of->next_due, look->next);
	forget(look);
}

static void
record_times(Times *times)
{
	UnitResult result;

	if (times->n == 0)
		return;
	times->waiting = true;
	result = unit_run("recording looks without news", times_unit, times, NULL);
	if (result == UNIT_RETRY)
	{
		/* somebody holds a row: without it, then */
		times->waiting = false;
		for (int i = 0; i < times->n; i++)
			times->look[i]->recorded = false;
		result = unit_run("recording looks without news", times_unit, times, NULL);
	}
	for (int i = 0; i < times->n; i++)
		settle(times->look[i], result == UNIT_DONE && times->look[i]->recorded,
			   result == UNIT_FAILED ? TROUBLE_MS : LOCKED_MS);
	times->n = 0;
}

/* Records a look with news; one that can't be recorded counts as failed. */
static bool
record_news(PollLook *look)
{
	UnitResult result = record_with("recording the field work", record_unit, look);

	FAULT_POINT("poll_recorded");
	if (result != UNIT_FAILED)
	{
		settle(look, result == UNIT_DONE, LOCKED_MS);
		return true;
	}
	look->trouble = POLL_OWN_ERROR;
	return false;
}

void
poll_schedule_record(void)
{
	static Times times;
	TimestampTz now = clock_now();
	int records = 0;
	dlist_mutable_iter iter;

	if (dlist_is_empty(&answered))
		return;
	dlist_foreach_modify (iter, &answered)
	{
		PollLook *look = dlist_container(PollLook, node, iter.cur);
		bool news = look->trouble == POLL_FINE && !is_quiet(look);

		if (times.n == TIMES_MAX)
			break;
		if (news && records++ >= RECORDS_MAX)
			continue; /* in the next turn: others wait, too */
		dlist_delete(&look->node);
		if (news && record_news(look))
			continue;
		if (look->trouble != POLL_FINE)
			look->failures++;
		else
			look->failures = 0;
		look->next = time_after(look, now);
		if (look->trouble != POLL_FINE && is_lost(look, now))
			settle(look,
				   record_with("telling that the field work can't be seen", lost_unit, look) ==
					   UNIT_DONE,
				   LOCKED_MS);
		else
			times.look[times.n++] = look;
	}
	record_times(&times);
	keep_circuits();
}

/* ---- beginning ---- */

/* For take_due: Strike's time, and the first row that a search met. */
static TimestampTz due_by;
static TimestampTz first_due;

/* A row of the instance, in order of due time: queued if it is due and nobody looks at it. */
static bool
take_due(PollLook *look)
{
	PollInstance *instance = look->of;
	bool found;

	first_due = Min(first_due, look->due);
	if (look->due > due_by)
	{
		instance->next_due = Min(instance->next_due, look->due);
		return false;
	}
	(void) hash_search(busy, &look->eco_id, HASH_ENTER, &found);
	if (found)
		return false;
	dlist_push_tail(&instance->queue, &look->node);
	instance->queued++;
	instance->busy++;
	return true;
}

static bool
wants_rows(const PollInstance *instance)
{
	return instance->listed && instance->queued == 0 && instance->next_due <= due_by &&
		   (instance->circuit.state == CIRCUIT_OPEN || has_place(instance));
}

static void
rows_unit(void *arg)
{
	dlist_iter iter;

	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);
		int most = instance->busy + strike_poll_concurrency + 1;
		int rows;

		if (!wants_rows(instance))
			continue;
		instance->next_due = DT_NOEND;
		first_due = due_by;
		rows = poll_rows_due(instance, most, memory, take_due);
		if (rows == most && instance->next_due == DT_NOEND)
			instance->next_due = 0; /* there are more */
		/* dead index entries before the first live one are not passed again and again */
		instance->low = first_due - LOW_MARGIN_US;
	}
}

/* Fills the queues that are empty. */
static void
fetch_rows(void)
{
	bool any = false;
	dlist_iter iter;

	due_by = clock_now();
	dlist_foreach (iter, &instances)
		any = any || wants_rows(dlist_container(PollInstance, node, iter.cur));
	if (!any)
		return;
	(void) unit_run("looking for field work to be looked at", rows_unit, NULL, NULL);
}

static PollLook *
next_of_queue(PollInstance *instance)
{
	PollLook *look = dlist_container(PollLook, node, dlist_pop_head_node(&instance->queue));

	instance->queued--;
	instance->under_way++;
	under_way++;
	return look;
}

/* Nobody asks: the look counts as one that failed without having been made. */
static void
put_off(PollLook *look, PollTrouble trouble, TimestampTz next, Times *times)
{
	look->trouble = trouble;
	look->next = next;
	if (is_lost(look, clock_now()))
		settle(look,
			   record_with("telling that the field work can't be seen", lost_unit, look) ==
				   UNIT_DONE,
			   LOCKED_MS);
	else
	{
		times->look[times->n++] = look;
		if (times->n == TIMES_MAX)
			record_times(times);
	}
}

/* Empties the queues of those whose circuit is open, or for whom nothing is configured. */
static void
put_off_queues(void)
{
	static Times times;
	dlist_iter iter;

	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);
		bool open = instance->circuit.state == CIRCUIT_OPEN;

		for (int i = 0; instance->queued > 0 && (open || instance->configured == NULL); i++)
		{
			PollLook *look = next_of_queue(instance);

			if (instance->configured == NULL)
				put_off(look, POLL_NO_INSTANCE, clock_now() + interval_us(), &times);
			else /* the first one is the probe */
				put_off(look, instance->trouble ? instance->trouble : POLL_UNREACHABLE,
						i == 0 ? instance->circuit.open_until
							   : pace_spread(instance->circuit.open_until, interval_us(),
											 seed_of(look)),
						&times);
		}
	}
	record_times(&times);
}

/* One look of each instance that has a place; false when there was none. */
static bool
begin_round(void)
{
	bool any = false;
	dlist_iter iter;

	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);

		if (instance->queued == 0 || instance->configured == NULL || !has_place(instance))
			continue;
		poll_calls_start(next_of_queue(instance), on_answer);
		any = true;
	}
	/* another one begins the next round, where places are short */
	if (any)
		dlist_push_tail(&instances, dlist_pop_head_node(&instances));
	return any;
}

/* When something is to be done that no answer and no wake-up tells. */
static TimestampTz
next_time(void)
{
	TimestampTz now = clock_now();
	TimestampTz next = DT_NOEND;
	dlist_iter iter;

	if (!dlist_is_empty(&answered))
		return now;
	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);

		if (instance->listed && instance->queued == 0 &&
			(instance->circuit.state == CIRCUIT_OPEN || has_place(instance)))
			next = Min(next, instance->next_due);
	}
	dlist_foreach (iter, &held)
		next = Min(next, now + dlist_container(PollLook, node, iter.cur)->held_until -
							 GetCurrentTimestamp());
	return next;
}

TimestampTz
poll_schedule_begin(void)
{
	TimestampTz wall = GetCurrentTimestamp();
	TimestampTz next;
	bool rested;
	dlist_iter iter;

	prepare();
	release_held();
	rested = passed(surveyed, wall, SURVEY_MS);
	if (rested)
	{
		if (unit_run("looking at the work systems", survey_unit, NULL, NULL) != UNIT_DONE)
			return clock_now() + 100000;
		surveyed = wall;
	}
	dlist_foreach (iter, &instances)
	{
		PollInstance *instance = dlist_container(PollInstance, node, iter.cur);

		if (passed(searched, wall, SEARCH_MS))
			instance->low = DT_NOBEGIN;
		instance->circuit_changed =
			circuit_look_at_clock(&instance->circuit, clock_now()) || instance->circuit_changed;
	}
	if (passed(searched, wall, SEARCH_MS))
		searched = wall;
	if (passed(brought, wall, BRING_BACK_MS) && unit_run("looking for looks that are too far ahead",
														 bring_back_unit, NULL, NULL) == UNIT_DONE)
		brought = wall;
	fetch_rows();
	put_off_queues();
	while (begin_round())
		CHECK_FOR_INTERRUPTS();
	keep_circuits();
	next = next_time();
	/* whoever woke us may have brought something that only a survey shows */
	return rested ? next : Min(next, clock_now() + SURVEY_MS * INT64CONST(1000));
}
