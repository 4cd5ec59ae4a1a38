/*
 * control_status.c
 *		GET /control/status: the mock's whole state, as the dashboard and people read it.
 */
#include "control.h"

#include "callback.h"
#include "clock.h"
#include "journal.h"
#include "phone.h"
#include "phone_line.h"
#include "render.h"

#include <math.h>

static json_t *
moment(int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms == 0)
		return json_null();
	clock_iso_ms(ms, text);
	return json_string(text);
}

static json_t *
seconds(double value)
{
	return value < 0 ? json_null() : json_real(round(value * 10) / 10);
}

static json_t *
phone_json(Phone *phone, const Eco *eco)
{
	const char *said = phone_said(phone, eco);
	json_t *json = json_object();
	bool live = phone->state != PHONE_ENDED;

	json_object_set_new(json, "call_sid", json_string(phone->call_sid));
	json_object_set_new(json, "attempt_id",
						phone->attempt_id != NULL ? json_string(phone->attempt_id) : json_null());
	json_object_set_new(json, "subsector", json_string(phone->eco->subsector));
	json_object_set_new(json, "to", json_string(phone->to));
	json_object_set_new(json, "from", json_string(phone->from));
	json_object_set_new(json, "status", json_string(phone_status(phone)));
	json_object_set_new(json, "hears",
						phone->heard != NULL ? json_string(phone->heard) : json_null());
	json_object_set_new(json, "asking", json_boolean(phone->asking));
	json_object_set_new(json, "waiting", json_boolean(phone->waiting));
	json_object_set_new(
		json, "answered_by",
		phone->answered_ms == 0 ? json_null() : json_string(phone->machine ? "machine" : "human"));
	json_object_set_new(json, "digit", *said != 0 ? json_stringn(said, 1) : json_null());
	json_object_set_new(json, "created_at", moment(phone->created_ms));
	json_object_set_new(json, "rang_at", moment(phone->started_ms));
	json_object_set_new(json, "answered_at", moment(phone->answered_ms));
	json_object_set_new(json, "ended_at", moment(phone->ended_ms));
	json_object_set_new(json, "next_in_s",
						seconds(live && phone->timer != NULL ? timer_remaining(phone->timer) : -1));
	json_object_set_new(json, "next",
						live && phone->timer != NULL ? json_string(phone->next) : json_null());
	return json;
}

/*
 * Mock seconds until the next thing happens to this ECO by itself, and what it is; -1 and "" where
 * nothing is waiting.
 */
static double
next_step(const Eco *eco, const char **what)
{
	double next = field_work_due(eco);
	double answer = eco->answer_due - clock_elapsed();
	const Phone *phone;

	*what = next < 0 ? "" : field_work_next(eco);
	if (answer > 0 && (next < 0 || answer < next))
	{
		next = answer;
		*what = "the work system answers";
	}
	TAILQ_FOREACH(phone, &eco->phones, link)
	{
		if (phone->timer == NULL || (next >= 0 && timer_remaining(phone->timer) >= next))
			continue;
		next = timer_remaining(phone->timer);
		*what = phone->next;
	}
	return next;
}

static json_t *
eco_json(const Eco *eco)
{
	json_t *json = json_object();
	json_t *tasks = json_array();
	json_t *calls = json_array();
	json_t *shared = json_array(); /* calls of other ECOs that carry this one too */
	json_t *timing = json_object();
	const char *next;
	const Task *task;
	Phone *phone;

	TAILQ_FOREACH(task, &eco->tasks, link)
	{
		json_t *one = task_json(task);

		if (task->hidden)
			json_object_set_new(one, "hidden", json_true());
		json_array_append_new(tasks, one);
	}
	TAILQ_FOREACH(phone, &eco->phones, link)
	json_array_append_new(calls, phone_json(phone, eco));
	TAILQ_FOREACH(phone, phone_all(), all)
	{
		for (int i = 0; i < PHONE_ORDERS_MAX && phone->also[i] != NULL; i++)
		{
			if (phone->also[i] == eco)
				json_array_append_new(shared, phone_json(phone, eco));
		}
	}
	json_object_set_new(timing, "seen_at", moment(eco->seen_ms));
	json_object_set_new(timing, "task_at", moment(eco->task_ms));
	json_object_set_new(timing, "first_call_at", moment(eco->first_call_ms));
	json_object_set_new(timing, "accepted_at", moment(eco->accepted_ms));
	json_object_set_new(timing, "next_step_in_s", seconds(next_step(eco, &next)));
	json_object_set_new(timing, "next_step", next[0] != '\0' ? json_string(next) : json_null());
	json_object_set_new(json, "subsector", json_string(eco->subsector));
	json_object_set_new(json, "scenario", json_string(eco->scenario->name));
	json_object_set_new(json, "step", json_string(eco->step));
	json_object_set_new(json, "tasks", tasks);
	json_object_set_new(json, "calls", calls);
	json_object_set_new(json, "shared_calls", shared);
	json_object_set_new(json, "timing", timing);
	return json;
}

void
control_status(Request *request)
{
	json_t *json = json_object();
	json_t *ecos = json_array();
	json_t *names = json_array();
	const Eco *eco;
	const Scenario *scenario;

	TAILQ_FOREACH(eco, eco_all(), link)
	json_array_append_new(ecos, eco_json(eco));
	for (int i = 0; (scenario = scenario_row(i)) != NULL; i++)
		json_array_append_new(
			names, json_pack("{ss, ss}", "name", scenario->name, "title", scenario->title));
	json_object_set_new(json, "now", moment(faults_wall_ms(PROVIDER_NONE, NULL)));
	json_object_set_new(json, "speed", json_real(clock_speed()));
	json_object_set_new(json, "elapsed_s", seconds(clock_elapsed()));
	json_object_set_new(json, "since_reset_s", json_real(clock_since_reset()));
	json_object_set_new(json, "default_scenario", json_string(scenario_default()->name));
	json_object_set_new(json, "scenarios", names);
	json_object_set_new(json, "seed", json_integer((json_int_t) faults_current_seed()));
	json_object_set_new(json, "faults", faults_json());
	json_object_set_new(json, "calls_waiting", json_integer(line_waiting()));
	json_object_set_new(json, "tokens", json_integer(render_token_count()));
	json_object_set_new(json, "journal",
						json_pack("{sI, sI}", "kept", (json_int_t) journal_count(), "dropped",
								  (json_int_t) journal_dropped()));
	json_object_set_new(json, "timers",
						json_pack("{si, so, sf}", "waiting", timer_count(), "next_in_s",
								  timer_next() < 0 ? json_null() : json_real(timer_next()),
								  "worst_late_ms", timer_worst_late_ms()));
	json_object_set_new(json, "callbacks_under_way", json_integer(callback_count_under_way()));
	json_object_set_new(json, "ecos", ecos);
	answer_json(request, 200, json);
}
