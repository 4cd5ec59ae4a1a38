/*
 * control.c
 *		Steering: scenario, technician, telephone, faults, speed, reset.
 */
#include "control.h"

#include "calls.h"
#include "clock.h"
#include "journal.h"
#include "memory.h"
#include "phone.h"
#include "render.h"
#include "steered.h"
#include "studio.h"

#include <stdlib.h>
#include <string.h>

#define ADVANCE_MAX_S (366.0 * 86400)
#define FIELD_MAX 500 /* bytes of a text that a technician sets */
#define CALL_ACTIONS "action must be 0 to 9, *, #, answer, ring, voicemail, hangup, busy, fail"

static void
refuse(Request *request, int status, const char *message)
{
	answer_json(request, status, json_pack("{ss}", "error", message));
}

/* The body as a JSON object; NULL = answered with 400.  An empty body counts as {}. */
static json_t *
body_of(Request *request)
{
	json_t *body = request->body_length > 0
					   ? json_loadb(request->body, request->body_length, 0, NULL)
					   : json_object();

	if (json_is_object(body))
		return body;
	json_decref(body);
	refuse(request, 400, "the body must be a JSON object");
	return NULL;
}

/* An optional text: false = there, and not a text that can be used. */
static bool
text_in(const json_t *body, const char *name, const char **text)
{
	const json_t *value = json_object_get(body, name);

	*text = NULL;
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value) || json_string_length(value) > FIELD_MAX ||
		strlen(json_string_value(value)) != json_string_length(value))
		return false;
	*text = json_string_value(value);
	return true;
}

void
control_scenario(Request *request)
{
	json_t *body = body_of(request);
	const char *name;
	const char *subsector;
	const Scenario *scenario;

	if (body == NULL)
		return;
	if (!text_in(body, "scenario", &name) || !text_in(body, "subsector", &subsector))
		refuse(request, 400, "scenario and subsector must be texts");
	else if ((scenario = scenario_find(name)) == NULL)
	{
		json_t *names = json_array();

		for (int i = 0; scenario_row(i) != NULL; i++)
			json_array_append_new(names, json_string(scenario_row(i)->name));
		answer_json(request, 400,
					json_pack("{ss, so}", "error", "unknown scenario", "scenarios", names));
	}
	else if (subsector != NULL && subsector[0] == '\0')
		refuse(request, 400, "subsector must not be empty");
	else
	{
		if (subsector != NULL)
			eco_at(subsector)->scenario = scenario;
		else
			scenario_set_default(scenario);
		answer_json(request, 200,
					json_pack("{ss, ss?}", "scenario", scenario->name, "subsector", subsector));
	}
	if (request->status == 200)
		steered_note("scenario", body);
	json_decref(body);
}

static void
apply_to_task(const json_t *body, Task *task)
{
	const struct
	{
		const char *name;
		char **field;
		bool may_be_null;
	} fields[] = {
		{"status", &task->status, false},
		{"assignee", &task->assignee, true},
		{"crew", &task->crew, true},
		{"description", &task->description, true},
		{"task_type", &task->task_type, false},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		const json_t *value = json_object_get(body, fields[i].name);

		if (value == NULL)
			continue;
		if (json_is_null(value) && fields[i].may_be_null)
			task_set(task, fields[i].field, NULL);
		else if (json_is_string(value))
		{
			const char *text = json_string_value(value);

			task_set(task, fields[i].field, text[0] != '\0' ? text : NULL);
		}
	}
}

/* What's wrong with a technician's order, or NULL. */
static const char *
task_problem(const json_t *body)
{
	const char *text;
	const json_t *clone = json_object_get(body, "clone");
	const json_t *gone = json_object_get(body, "delete");
	const json_t *hidden = json_object_get(body, "hidden");
	const char *const names[] = {"subsector", "project_task_id", "assignee",
								 "crew",	  "description",	 "task_type"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (!text_in(body, names[i], &text))
			return "subsector, project_task_id, assignee, crew, description and task_type must be "
				   "texts of at most 500 bytes";
	}
	if (json_object_get(body, "task_no") != NULL &&
		!json_is_integer(json_object_get(body, "task_no")))
		return "task_no must be a number from 1";
	if (!text_in(body, "status", &text) || (text != NULL && (text[0] == '\0' || strlen(text) > 64)))
		return "status must be a text of 1 to 64 bytes";
	if ((clone != NULL && !json_is_boolean(clone)) || (gone != NULL && !json_is_boolean(gone)) ||
		(hidden != NULL && !json_is_boolean(hidden)))
		return "clone, delete and hidden must be true or false";
	return NULL;
}

/* The task that a tester means by its number in the ECO, from 1; the first without one. */
static Task *
task_numbered(const Eco *eco, const json_t *body)
{
	json_int_t n = json_integer_value(json_object_get(body, "task_no"));
	Task *task = TAILQ_FIRST(&eco->tasks);

	while (task != NULL && --n > 0)
		task = TAILQ_NEXT(task, link);
	return task;
}

static int
number_of(const Task *task)
{
	int n = 1;

	for (const Task *one = TAILQ_FIRST(&task->eco->tasks); one != NULL && one != task;
		 one = TAILQ_NEXT(one, link))
		n++;
	return n;
}

void
control_task(Request *request)
{
	json_t *body = body_of(request);
	json_t *done;
	const char *problem;
	const char *subsector;
	const char *id;
	Eco *eco;
	Task *task;

	if (body == NULL)
		return;
	problem = task_problem(body);
	text_in(body, "subsector", &subsector);
	text_in(body, "project_task_id", &id);
	if (problem == NULL && subsector == NULL)
		problem = "subsector is missing";
	eco = eco_find(subsector);
	task = id != NULL ? task_find(id) : eco != NULL ? task_numbered(eco, body) : NULL;
	done = json_copy(body);
	if (task != NULL)
	{
		/* What can be said again after a reset. */
		json_object_del(done, "project_task_id");
		json_object_set_new(done, "task_no", json_integer(number_of(task)));
	}
	if (problem != NULL)
		refuse(request, 400, problem);
	else if (eco == NULL)
		refuse(request, 404, "no such subsector");
	else if (task == NULL || task->eco != eco)
		refuse(request, 404, "no such task in this subsector");
	else if (json_is_true(json_object_get(body, "delete")))
	{
		json_t *json = task_json(task);

		eco_step(eco, "technician: task %s deleted", task->project_task_id);
		task_remove(task);
		answer_json(request, 200, json);
	}
	else
	{
		if (json_is_true(json_object_get(body, "clone")))
			task = task_clone(task);
		apply_to_task(body, task);
		if (json_object_get(body, "hidden") != NULL)
			task->hidden = json_is_true(json_object_get(body, "hidden"));
		eco_step(eco, "technician: task %s %s", task->project_task_id, task->status);
		answer_json(request, 200, task_json(task));
	}
	if (request->status == 200)
		steered_note("task", done);
	json_decref(done);
	json_decref(body);
}

/* The phone that a tester means: by call, attempt, number called, or the ECO's. */
static Phone *
phone_meant(const json_t *body)
{
	const char *sid = json_string_value(json_object_get(body, "call_sid"));
	const char *attempt = json_string_value(json_object_get(body, "attempt_id"));
	const char *subsector = json_string_value(json_object_get(body, "subsector"));
	const char *to = json_string_value(json_object_get(body, "to"));
	Phone *phone;

	if (sid != NULL)
		return phone_find(sid);
	TAILQ_FOREACH_REVERSE(phone, phone_all(), PhoneList, all)
	{
		if (phone->state == PHONE_ENDED || (to != NULL && strcmp(to, phone->to) != 0))
			continue;
		if (attempt != NULL ? phone->attempt_id != NULL && strcmp(phone->attempt_id, attempt) == 0
			: subsector != NULL ? strcmp(phone->eco->subsector, subsector) == 0
								: to != NULL)
			return phone;
	}
	return NULL;
}

void
control_call(Request *request)
{
	json_t *body = body_of(request);
	const char *action;
	Phone *phone;

	if (body == NULL)
		return;
	action = json_string_value(json_object_get(body, "action"));
	phone = phone_meant(body);
	if (action == NULL)
		refuse(request, 400, CALL_ACTIONS);
	else if (phone == NULL || phone->state == PHONE_ENDED)
		refuse(request, 404, "no such call is in progress");
	else
	{
		bool known = true;

		if (strlen(action) == 1 && strchr("0123456789*#", action[0]) != NULL)
			phone_press(phone, action[0]);
		else if (strcmp(action, "answer") == 0)
			phone_answer(phone);
		else if (strcmp(action, "ring") == 0)
			phone_let_ring(phone);
		else if (strcmp(action, "voicemail") == 0)
			phone_pick_up(phone, true);
		else if (strcmp(action, "busy") == 0)
			phone_refuse(phone, PHONE_BUSY);
		else if (strcmp(action, "fail") == 0)
			phone_refuse(phone, PHONE_FAILED);
		else if (strcmp(action, "hangup") == 0)
		{
			if (phone->state == PHONE_TALKING)
				phone_hang_up(phone);
			else
				phone_refuse(phone, PHONE_NO_ANSWER);
		}
		else
			known = false;
		if (known)
			answer_json(
				request, 200,
				json_pack("{ss, ss}", "call_sid", phone->call_sid, "status", phone_status(phone)));
		else
			refuse(request, 400, CALL_ACTIONS);
	}
	if (request->status == 200)
	{
		json_t *done = json_pack("{ss, ss, ss}", "subsector", phone->eco->subsector, "to",
								 phone->to, "action", action);

		steered_note("call", done);
		json_decref(done);
	}
	json_decref(body);
}

static void
answer_faults(Request *request)
{
	answer_json(request, 200,
				json_pack("{so, so, sI}", "faults", faults_json(), "kinds", faults_kinds(), "seed",
						  (json_int_t) faults_current_seed()));
}

void
control_faults(Request *request)
{
	json_t *body = body_of(request);
	char *problem;

	if (body == NULL)
		return;
	problem = faults_set(body);
	if (problem == NULL)
		steered_note("faults", body);
	json_decref(body);
	if (problem != NULL)
		refuse(request, 400, problem);
	else
		answer_faults(request);
	free(problem);
}

void
control_get_faults(Request *request)
{
	answer_faults(request);
}

void
control_speed(Request *request)
{
	json_t *body = body_of(request);
	const json_t *speed;

	if (body == NULL)
		return;
	speed = json_object_get(body, "speed");
	if (!json_is_number(speed) || !(json_number_value(speed) >= CLOCK_SPEED_MIN) ||
		!(json_number_value(speed) <= CLOCK_SPEED_MAX))
		refuse(request, 400, "speed must be a number from 0.01 to 100000");
	else
	{
		clock_set_speed(json_number_value(speed));
		steered_note("speed", body);
		answer_json(request, 200, json_pack("{sf}", "speed", clock_speed()));
	}
	json_decref(body);
}

void
control_advance(Request *request)
{
	json_t *body = body_of(request);
	const json_t *seconds;

	if (body == NULL)
		return;
	seconds = json_object_get(body, "seconds");
	if (!json_is_number(seconds) || !(json_number_value(seconds) >= 0) ||
		!(json_number_value(seconds) <= ADVANCE_MAX_S))
		refuse(request, 400, "seconds must be a number from 0 to 31622400");
	else
	{
		steered_note("advance", body);
		clock_advance(json_number_value(seconds));
		answer_json(request, 200, json_pack("{sf}", "elapsed_s", clock_elapsed()));
	}
	json_decref(body);
}

void
control_reset(Request *request)
{
	studio_reset();
	calls_reset();
	phone_reset();
	render_forget_tasks();
	render_forget_tokens();
	eco_reset();
	faults_reset();
	journal_reset();
	clock_reset();
	timer_forget_lateness();
	scenario_set_default(scenario_find(SCENARIO_DEFAULT));
	steered_reset();
	answer_json(request, 200, json_pack("{sb}", "reset", 1));
}

void
control_journal(Request *request)
{
	json_t *entries = journal_entries(&request->query);

	answer_json(request, 200,
				json_pack("{so, sI, sI}", "entries", entries, "dropped",
						  (json_int_t) journal_dropped(), "kept", (json_int_t) journal_count()));
}

void
control_steered(Request *request)
{
	answer_json(request, 200, steered_json());
}

void
control_healthz(Request *request)
{
	answer_text(request, 200, "text/plain; charset=utf-8", "ok\n", 3);
}
