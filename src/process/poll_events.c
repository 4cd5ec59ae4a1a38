/*
 * poll_events.c
 *		Payloads of the watch over the field work.
 */
#include "postgres.h"

#include "ground/json.h"
#include "process/poll_events.h"

static void
add_change(JsonBuild *b, const char *field, const char *from, const char *to)
{
	JsonBuild change;

	if ((from == NULL && to == NULL) || (from != NULL && to != NULL && strcmp(from, to) == 0))
		return;
	json_begin(&change);
	json_text(&change, "from", from);
	json_text(&change, "to", to);
	json_jsonb(b, field, json_end(&change));
}

static Jsonb *
changed_payload(const WatchItem *item)
{
	JsonBuild changed;
	JsonBuild b;

	json_begin(&changed);
	add_change(&changed, "status", item->known_status, item->status);
	add_change(&changed, "assignee", item->known_ref, item->assignee_ref);
	add_change(&changed, "crew", item->known_crew, item->crew);
	add_change(&changed, "cloned_from", item->known_cloned_from, item->cloned_from);
	add_change(&changed, "description", item->known_description, item->description);
	if (item->watched.was_vanished)
		add_change(&changed, "vanished", "true", "false");
	json_begin(&b);
	json_text(&b, "project_task_id", item->id);
	json_text(&b, "from", item->known_status);
	json_text(&b, "to", item->status);
	json_jsonb(&b, "changed", json_end(&changed));
	json_text(&b, "fingerprint", item->fingerprint);
	json_text(&b, "display", display_name(item->display));
	return json_end(&b);
}

static Jsonb *
task_payload(const WatchItem *item, int task_count)
{
	JsonBuild b;

	json_begin(&b);
	json_text(&b, "project_task_id", item->id);
	json_text(&b, "cloned_from", item->cloned_from);
	json_int(&b, "task_count", task_count);
	json_text(&b, "status", item->status);
	json_text(&b, "display", display_name(item->display));
	return json_end(&b);
}

static Jsonb *
observed_payload(const WatchItems *items)
{
	JsonBuild b;

	json_begin(&b);
	json_begin_array(&b, "tasks");
	for (int i = 0; i < items->n; i++)
		if (task_news(&items->item[i].watched) == TASK_FIRST)
		{
			json_begin_element(&b);
			json_text(&b, "project_task_id", items->item[i].id);
			json_text(&b, "status", items->item[i].status);
			json_text(&b, "display", display_name(items->item[i].display));
			json_end_element(&b);
		}
	json_end_array(&b);
	return json_end(&b);
}

int
poll_task_events(const WatchItems *items, NewEvent *events)
{
	int n = 0;
	bool first = false;
	int count = items->known; /* with each new one */

	for (int i = 0; i < items->n; i++)
	{
		bool ours = task_news(&items->item[i].watched) == TASK_FIRST;

		first = first || ours;
		count += ours;
	}
	if (first)
		events[n++] = (NewEvent){"TasksObservedEvent", observed_payload(items)};
	for (int i = 0; i < items->n; i++)
	{
		const WatchItem *item = &items->item[i];
		bool word_is_new = !item->watched.known || strcmp(item->known_status, item->status) != 0;

		switch (task_news(&item->watched))
		{
			case TASK_NEW:
				events[n++] = (NewEvent){"LateCloneDetectedEvent", task_payload(item, ++count)};
				break;
			case TASK_CHANGED:
			case TASK_REOPENED:
			case TASK_BACK:
				events[n++] = (NewEvent){"TaskChangedEvent", changed_payload(item)};
				break;
			case TASK_VANISHED:
				events[n++] = (NewEvent){"TaskVanishedEvent", task_payload(item, items->n)};
				break;
			default:
				break;
		}
		/* shown as Pending, and said once */
		if (item->watched.found && item->watched.now == TASK_UNKNOWN && word_is_new)
			events[n++] = (NewEvent){"UnknownTaskStatusEvent", task_payload(item, items->n)};
	}
	return n;
}

bool
poll_completes(const EcoInput *inputs, int ninputs)
{
	for (int i = 0; i < ninputs; i++)
		if (inputs[i] == ECO_ALL_COMPLETED)
			return true;
	return false;
}

int
poll_status_events(const EcoInput *inputs, int ninputs, EcoStatus *status, const PollGrace *grace,
				   TimestampTz now, TimestampTz *grace_until, NewEvent *events, int n)
{
	static const char *const reasons[ECO_INPUTS] = {
		[ECO_FIELD_WORK] = "work in the field has begun",
		[ECO_ALL_COMPLETED] = "all tasks are completed",
		[ECO_NEW_WORK] = "new work was found",
		[ECO_GRACE_OVER] = "nothing new came up in the grace period",
	};

	for (int i = 0; i < ninputs; i++)
	{
		const Step *step = machine_step(&eco_status_machine, *status, inputs[i]);
		bool twice = *status == ECO_OPEN && step->to == ECO_COMPLETED;

		if (step->to == REFUSED || step->emits == NULL)
			continue;
		/* an open order that is found all completed was in progress in between */
		for (int part = twice ? 0 : 1; part < 2; part++)
		{
			EcoStatus to = part == 0 ? ECO_IN_PROGRESS : step->to;
			JsonBuild b;

			json_begin(&b);
			json_text(&b, "from", eco_status_machine.states[*status]);
			json_text(&b, "to", eco_status_machine.states[to]);
			json_text(&b, "reason", reasons[part == 0 ? ECO_FIELD_WORK : inputs[i]]);
			if (to == ECO_COMPLETED)
			{
				*grace_until = now + grace->grace_s * INT64CONST(1000000);
				json_time(&b, "grace_until", *grace_until);
				json_int(&b, "grace_s", grace->grace_s);
				json_text(&b, "grace_reason", grace->reason);
			}
			events[n++] = (NewEvent){"StatusUpdatedEvent", json_end(&b)};
			*status = to;
		}
	}
	return n;
}
