/*
 * eco_phase.c
 *		Facts to words.  The first rule whose condition holds gives the phase.
 */
#include <stdio.h>
#include <string.h>

#include "domain/eco_phase.h"

static const char *const pager_names[PAGER_STATUSES] = {
	"none", "queued", "calling", "accepted", "exhausted", "failed", "taken_over",
};

const char *
pager_status_name(PagerStatus status)
{
	return pager_names[status];
}

PagerStatus
pager_status_by_name(const char *name)
{
	if (name != NULL)
		for (int i = 0; i < PAGER_STATUSES; i++)
			if (strcmp(name, pager_names[i]) == 0)
				return i;
	return PAGER_NONE;
}

static const char *
or_else(const char *text, const char *otherwise)
{
	return (text != NULL && text[0] != '\0') ? text : otherwise;
}

static bool
open_order(const EcoFacts *f)
{
	return f->status == ECO_OPEN || f->status == ECO_IN_PROGRESS;
}

/* Conditions, in the order in which they are asked. */

static bool
is_canceled(const EcoFacts *f)
{
	return f->status == ECO_CANCELED;
}

static bool
is_closed(const EcoFacts *f)
{
	return f->status == ECO_HARD_COMPLETE;
}

static bool
is_done(const EcoFacts *f)
{
	return f->status == ECO_COMPLETED;
}

static bool
is_ringing(const EcoFacts *f)
{
	return f->page_running && f->pager == PAGER_CALLING;
}

static bool
is_back(const EcoFacts *f)
{
	return f->status == ECO_IN_PROGRESS && f->new_work;
}

static bool
is_worked_on(const EcoFacts *f)
{
	return f->status == ECO_IN_PROGRESS || (f->task_count > 0 && f->display != DISPLAY_PENDING);
}

static bool
is_accepted(const EcoFacts *f)
{
	return f->pager == PAGER_ACCEPTED;
}

static bool
is_taken_over(const EcoFacts *f)
{
	return f->pager == PAGER_TAKEN_OVER;
}

static bool
is_queued_again(const EcoFacts *f)
{
	return f->page_running && f->pager == PAGER_QUEUED;
}

static bool
is_unreachable(const EcoFacts *f)
{
	return f->render == RENDER_FAILED;
}

static bool
is_exhausted(const EcoFacts *f)
{
	return f->pager == PAGER_EXHAUSTED;
}

static bool
is_unpageable(const EcoFacts *f)
{
	return f->pager == PAGER_FAILED;
}

static bool
has_task(const EcoFacts *f)
{
	return f->render == RENDER_TASKED || f->render == RENDER_DISPATCHED;
}

static bool
otherwise(const EcoFacts *f)
{
	return f->status != ECO_STATUSES;
}

/* Words. */

static void
say_canceled(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "canceled: %s", or_else(f->cancel_reason, "no reason given"));
}

static void
say_closed(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "%s", otherwise(f) ? "closed" : "");
}

static void
say_done(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "done, under observation until %s",
			 or_else(f->grace_until, "further notice"));
}

static void
say_calling(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "calling %s · %d of %d", or_else(f->calling_name, "a supervisor"),
			 f->contact_no, f->contact_count);
}

static void
say_back(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "%s", f->new_work ? "back in progress: new work found" : "in progress");
}

static void
say_work(const EcoFacts *f, char *out, size_t size)
{
	const char *word = f->display == DISPLAY_BLOCKED							 ? "blocked"
					   : f->display == DISPLAY_ASSIGNED && f->status == ECO_OPEN ? "assigned"
																				 : "in progress";

	snprintf(out, size, "%s: %d of %d tasks complete", word, f->completed_count, f->task_count);
}

static void
say_accepted(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "contractor dispatched · %s, %02ld:%02ld after creation",
			 or_else(f->accepted_name, "a supervisor"), f->accepted_after_s / 60,
			 f->accepted_after_s % 60);
}

static void
say_taken_over(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "handled by %s", or_else(f->handled_by, "an operator"));
}

static void
say_page_sent(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "%s", otherwise(f) ? "page sent" : "");
}

static void
say_unreachable(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "can't reach %s's work system: act now",
			 or_else(f->osp_name, "the contractor"));
}

static void
say_exhausted(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "%s", otherwise(f) ? "nobody answered: act now" : "");
}

static void
say_unpageable(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "can't page: %s", or_else(f->pager_reason, "the pager failed"));
}

static void
say_sending(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "sending to %s", or_else(f->osp_name, "the contractor"));
}

static const struct
{
	bool (*when)(const EcoFacts *);
	void (*say)(const EcoFacts *, char *, size_t);
} rules[] = {
	{is_canceled, say_canceled},
	{is_closed, say_closed},
	{is_done, say_done},
	{is_ringing, say_calling},
	{is_back, say_back},
	{is_worked_on, say_work},
	{is_accepted, say_accepted},
	{is_taken_over, say_taken_over},
	{is_queued_again, say_page_sent},
	{is_unreachable, say_unreachable},
	{is_exhausted, say_exhausted},
	{is_unpageable, say_unpageable},
	{has_task, say_page_sent},
	{otherwise, say_sending},
};

void
eco_phase(const EcoFacts *facts, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].when(facts))
		{
			rules[i].say(facts, out, size);
			return;
		}
}

static void
say_unseen(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "can't see the work in the field: ask %s",
			 or_else(f->osp_name, "the contractor"));
}

static void
say_missing(const EcoFacts *f, char *out, size_t size)
{
	snprintf(out, size, "a task is missing in %s's work system: ask them",
			 or_else(f->osp_name, "the contractor"));
}

/* Alarms of the page and of the handing over. */
static bool
needs_crew(const EcoFacts *f, char *reason, size_t size)
{
	if (f->page_running)
	{
		if (f->page_delayed)
			snprintf(reason, size, "the page is held up: all lines are busy or in doubt");
		return f->page_delayed;
	}
	if (is_accepted(f) || is_taken_over(f))
		return false;
	if (is_unreachable(f))
		say_unreachable(f, reason, size);
	else if (is_exhausted(f))
		say_exhausted(f, reason, size);
	else if (is_unpageable(f))
		say_unpageable(f, reason, size);
	return reason[0] != '\0';
}

bool
eco_needs_attention(const EcoFacts *f, char *reason, size_t size)
{
	reason[0] = '\0';
	if (f->acknowledged)
		return false;
	if (open_order(f) && needs_crew(f, reason, size))
		return true;
	/* done orders, too: nobody knows whether more work has come up */
	if (f->watch_lost && (open_order(f) || is_done(f)))
		say_unseen(f, reason, size);
	else if (f->tasks_missing && (open_order(f) || is_done(f)))
		say_missing(f, reason, size);
	return reason[0] != '\0';
}
