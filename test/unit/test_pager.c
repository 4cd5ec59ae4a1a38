/*
 * test_pager.c
 *		What the pager's tables and decisions promise, over every state and input: a yes is a key
 *		press, nothing goes backwards, nobody is left out.
 */
#include <stdlib.h>

#include "domain/pager_attempt.h"
#include "domain/pager_process.h"
#include "domain/pager_run.h"

#include "check.h"

/* Within loops over everything: a promise that holds is counted once, at their end. */
#define HOLDS(promise, condition)                                                                  \
	do                                                                                             \
	{                                                                                              \
		if (!(condition))                                                                          \
			CHECK(promise, false);                                                                 \
	} while (0)

static int
attempt_to(int from, int input)
{
	return machine_step(&pager_attempt_machine, from, input)->to;
}

/* How far an attempt is known to have come; a call that is over has come furthest. */
static int
progress(int state)
{
	switch (state)
	{
		case AT_NONE:
			return 0;
		case AT_INTENT:
		case AT_UNKNOWN:
			return 1;
		case AT_CALLING:
			return 2;
		case AT_ANSWERED:
			return 3;
		default:
			return 4;
	}
}

static void
attempts(void)
{
	int failed = checks_failed;

	for (int from = 0; from < ATTEMPT_STATES; from++)
		for (int input = 0; input < ATTEMPT_INPUTS; input++)
		{
			int to = attempt_to(from, input);

			if (to == REFUSED)
				continue;
			HOLDS("a yes is a key press 1 that counts",
				  to != AT_ACCEPTED || from == AT_ACCEPTED || input == AI_ACCEPT_FIRST);
			HOLDS("only a key press 1 that doesn't count stands down",
				  to != AT_STOOD_DOWN || from == AT_STOOD_DOWN || input == AI_ACCEPT_LATE);
			HOLDS("a yes stays a yes", from != AT_ACCEPTED || to == AT_ACCEPTED);
			HOLDS("nothing goes backwards", progress(to) >= progress(from));
			HOLDS("what is over is over but for a key",
				  !attempt_ended(from) || to == from || input == AI_ACCEPT_FIRST ||
					  input == AI_ACCEPT_LATE || input == AI_DECLINE);
			HOLDS("only a lost request, or a dead owner, makes an attempt unknown",
				  to != AT_UNKNOWN || from == AT_UNKNOWN || input == AI_LOST ||
					  input == AI_OWNER_DIED);
			HOLDS("each change of the state is an event",
				  to == from || machine_step(&pager_attempt_machine, from, input)->emits != NULL);
		}
	CHECK("so for each state and input", checks_failed == failed);
	for (int from = AT_INTENT; from < ATTEMPT_STATES; from++)
	{
		CHECK(
			"a key press 1 that counts is a yes in every state but one: told that nobody is needed",
			attempt_to(from, AI_ACCEPT_FIRST) ==
				(from == AT_STOOD_DOWN ? AT_STOOD_DOWN : AT_ACCEPTED));
		CHECK("one that doesn't count is told so in every state but that of a yes",
			  attempt_to(from, AI_ACCEPT_LATE) ==
				  (from == AT_ACCEPTED ? AT_ACCEPTED : AT_STOOD_DOWN));
		CHECK("a request is repeated only while nobody knows of a call",
			  (attempt_to(from, AI_RESEND) != REFUSED) ==
				  (from == AT_INTENT || from == AT_UNKNOWN));
		CHECK("an attempt is made once", attempt_to(from, AI_INTEND) == REFUSED);
		if (attempt_ended(from))
			continue;
		CHECK("every live attempt can time out", attempt_to(from, AI_DEADLINE) == AT_TIMEOUT);
		CHECK("and be canceled", attempt_to(from, AI_CANCEL) == AT_CANCELED);
	}
	for (int input = 0; input < ATTEMPT_INPUTS; input++)
		CHECK("nothing happens to an attempt that was never intended",
			  input == AI_INTEND || attempt_to(AT_NONE, input) == REFUSED);
}

static void
runs(void)
{
	const Machine *m = &pager_run_machine;

	for (int from = 0; from < RUN_STATES; from++)
		for (int input = 0; input < RUN_INPUTS; input++)
		{
			const Step *step = machine_step(m, from, input);

			CHECK("DISPATCHED comes of a key press alone",
				  step->to != RUN_DISPATCHED || from == RUN_DISPATCHED || input == RI_ACCEPTED);
			CHECK("a dispatched run stays so",
				  from != RUN_DISPATCHED || step->to == RUN_DISPATCHED || step->to == REFUSED);
			CHECK("a run that is over never runs again",
				  from <= RUN_RUNNING || step->to != RUN_RUNNING);
			CHECK("an outcome is an event",
				  step->to <= RUN_RUNNING || step->to == from ||
					  strstr(step->emits, "PagerRunCompletedEvent") != NULL);
		}
	for (int from = RUN_RUNNING; from < RUN_STATES; from++)
		CHECK("a yes that counts is taken whatever the run has become",
			  (machine_step(m, from, RI_ACCEPTED)->to == RUN_DISPATCHED) ==
				  (from != RUN_DISPATCHED));
	for (int from = PP_PENDING; from < PROCESS_STATES; from++)
	{
		CHECK("an event that comes twice starts nothing",
			  machine_step(&pager_process_machine, from, PI_START)->to == from);
		CHECK("a yes completes the page",
			  machine_step(&pager_process_machine, from, PI_ACCEPTED)->to == PP_COMPLETED);
	}
	for (int input = 0; input < PROCESS_INPUTS; input++)
	{
		int to = machine_step(&pager_process_machine, PP_COMPLETED, input)->to;

		CHECK("a page that is over calls nobody", to == PP_COMPLETED || to == REFUSED);
	}
}

static int
studio(const char *event, const char *digits, const char *answered_by, const char *reason)
{
	const char *words;

	return attempt_studio_report(event, digits, answered_by, reason, true, &words);
}

static void
reports(void)
{
	static const char *const machines[] = {"machine_start", "machine_end_beep", "fax"};
	const char *words;

	CHECK("the key 1 is a yes", studio("ACCEPTED", "1", "human", NULL) == AI_ACCEPT_FIRST);
	CHECK("also if a machine is said to have answered",
		  studio("ACCEPTED", "1", "machine_start", NULL) == AI_ACCEPT_FIRST);
	CHECK("one that doesn't count is late",
		  attempt_studio_report("ACCEPTED", "1", "human", NULL, false, &words) == AI_ACCEPT_LATE);
	CHECK("ACCEPTED without a key is a failure",
		  studio("ACCEPTED", NULL, "human", NULL) == AI_FAILED);
	CHECK("and with another key", studio("ACCEPTED", "11", "human", NULL) == AI_FAILED);
	(void) attempt_studio_report("ACCEPTED", "", "human", NULL, true, &words);
	CHECK_TEXT("which is said", words, "no key press");
	CHECK("the key 2 is a no", studio("DECLINED", "2", "human", "keypress") == AI_DECLINE);
	CHECK("nobody answered", studio("FAILED", NULL, NULL, "no-answer") == AI_NO_ANSWER);
	CHECK("a busy line", studio("FAILED", NULL, NULL, "busy") == AI_BUSY);
	CHECK("not connected", studio("FAILED", NULL, NULL, "failed") == AI_FAILED);
	CHECK("a person who pressed nothing", studio("FAILED", NULL, "human", "no-key") == AI_FAILED);
	CHECK("it rings", studio("CALLING", NULL, NULL, NULL) == AI_CALLING);
	CHECK("what isn't known is nothing",
		  studio("SMILED", "1", NULL, NULL) == -1 && studio(NULL, "1", NULL, NULL) == -1);
	for (int i = 0; i < 3; i++)
	{
		CHECK("a machine is voicemail",
			  studio("FAILED", NULL, machines[i], "no-key") == AI_VOICEMAIL &&
				  attempt_call_status("completed", machines[i], &words) == AI_VOICEMAIL);
		CHECK("and is known as one", attempt_is_machine(machines[i]));
	}
	CHECK("a human is no machine, nor is what can't be told", !attempt_is_machine("human") &&
																  !attempt_is_machine("unknown") &&
																  !attempt_is_machine(NULL));

	CHECK("a call that ended without a key is no yes",
		  attempt_call_status("completed", "human", &words) == AI_FAILED);
	CHECK_TEXT("and why", words, "no key press");
	CHECK("a queued call says nothing new",
		  attempt_call_status("queued", NULL, &words) == -1 &&
			  attempt_call_status("initiated", NULL, &words) == -1);
	CHECK("a ringing one does", attempt_call_status("ringing", NULL, &words) == AI_CALLING);
	CHECK("an answered one", attempt_call_status("in-progress", NULL, &words) == AI_ANSWERED);
	CHECK("nobody answered it", attempt_call_status("no-answer", NULL, &words) == AI_NO_ANSWER);
	CHECK("busy", attempt_call_status("busy", NULL, &words) == AI_BUSY);
	CHECK("failed", attempt_call_status("failed", NULL, &words) == AI_FAILED);
	CHECK("canceled", attempt_call_status("canceled", NULL, &words) == AI_FAILED);
}

/* Several orders in one call: one's key is never another's answer. */
static void
riders(void)
{
	for (int input = 0; input < ATTEMPT_INPUTS; input++)
		for (int at = 0; at < 2; at++)
		{
			int told = attempt_for_rider(input, at);

			CHECK(
				"one's yes or no says nothing to the others",
				told != AI_ACCEPT_FIRST && told != AI_ACCEPT_LATE && told != AI_DECLINE &&
					((input != AI_ACCEPT_FIRST && input != AI_ACCEPT_LATE && input != AI_DECLINE) ||
					 told == -1));
		}
	CHECK("nobody answered for any of them", attempt_for_rider(AI_NO_ANSWER, true) == AI_NO_ANSWER);
	CHECK("the first's time being over says nothing while the call is there",
		  attempt_for_rider(AI_DEADLINE, true) == RIDE_ASK);
	CHECK("never placed: nobody was rung", attempt_for_rider(AI_CANCEL, false) == AI_DEADLINE);
	CHECK("the first is canceled, and the call goes on", attempt_for_rider(AI_CANCEL, true) == -1);
}

#define PATIENCE 30
#define PEOPLE 6

/*
 * Random lists and lines that are busy for a while, seeded: each is called once before all were
 * tried, and nobody holds up the page for longer than his patience at a time.
 */
static void
plans(void)
{
	unsigned seed = 7;
	int failed = checks_failed;

	for (int round = 0; round < 2000; round++)
	{
		PlanContact contacts[PEOPLE] = {0};
		int who[PEOPLE];
		int64_t busy_until[PEOPLE];
		int called[PEOPLE] = {0};
		int n = 1 + rand_r(&seed) % PEOPLE;
		int64_t now = 1000;
		int64_t waits = 0;
		int done = 0;

		for (int i = 0; i < n; i++)
		{
			who[i] = i;
			busy_until[i] = rand_r(&seed) % 2 ? now + rand_r(&seed) % 200 : 0;
		}
		while (!done && waits < 100000)
		{
			PagerPlan plan;
			int which;

			for (int i = 0; i < n; i++)
				contacts[i].line_busy = busy_until[who[i]] > now;
			plan = pager_plan(contacts, n, now, PATIENCE);
			which = plan.which;
			switch (plan.action)
			{
				case PLAN_CALL:
					HOLDS("a busy line isn't called", !contacts[which].line_busy);
					called[who[which]]++;
					contacts[which].tried = true;
					now += rand_r(&seed) % 40;
					break;
				case PLAN_WAIT:
					HOLDS("nobody is waited for longer than his patience",
						  plan.until > now && plan.until <= now + PATIENCE);
					if (contacts[which].waiting_since == 0)
						contacts[which].waiting_since = now;
					now += 1 + rand_r(&seed) % (plan.until - now);
					waits++;
					break;
				case PLAN_POSTPONE:
				{
					PlanContact moved = contacts[which];
					int person = who[which];

					HOLDS("he was waited for as long as that",
						  now >= moved.waiting_since + PATIENCE);
					for (int i = which; i + 1 < n; i++)
					{
						contacts[i] = contacts[i + 1];
						who[i] = who[i + 1];
					}
					moved.waiting_since = 0;
					contacts[n - 1] = moved;
					who[n - 1] = person;
					break;
				}
				case PLAN_ALL_TRIED:
					done = 1;
					break;
			}
		}
		HOLDS("it comes to an end", done);
		for (int i = 0; i < n; i++)
			HOLDS("each was called once", called[i] == 1);
	}
	CHECK("over 2,000 random lists", checks_failed == failed);
	CHECK("an empty list is all tried", pager_plan(NULL, 0, 1, PATIENCE).action == PLAN_ALL_TRIED);
}

static void
times(void)
{
	int64_t next = 0;
	int64_t last = 0;
	int at_once = 0;

	CHECK("a contact has his time from the intent", pager_deadline(100, 100, 30) == 130);
	CHECK("and again from each sign of life", pager_deadline(100, 120, 30) == 150);
	CHECK("but not without end", pager_deadline(100, 1000, 30) == 100 + PAGER_STRETCH * 30);
	CHECK("what happened before the intent takes nothing away", pager_deadline(100, 50, 30) == 130);

	/* one in 100, 1000 worth at once */
	for (int i = 0; i < 50; i++)
	{
		int64_t turn = pager_turn(&next, 5000, 100, 1000);

		at_once += turn == 5000;
		CHECK("turns come in the order of asking", turn >= last && turn >= 5000);
		last = turn;
	}
	CHECK("a burst goes out at once, and no more", at_once == 10);
	CHECK("the rest at the pace", last == 5000 + 40 * 100);
	CHECK("after a pause there is a burst again", pager_turn(&next, 100000, 100, 1000) == 100000);
	next = 0;
	CHECK("a slow account: one, then the next a whole interval later",
		  pager_turn(&next, 50, 5000, 1000) == 50 && pager_turn(&next, 50, 5000, 1000) == 5050);
}

static void
messages(void)
{
	char out[64];
	char all[2000];

	pager_message("E2-00524-2025", "Fiber cut on Main St", out, sizeof(out));
	CHECK_TEXT("as people say it", out, "NOC: ECO 524 - Fiber cut on Main St");
	/* cut between two characters, wherever the end falls into one of three bytes */
	for (int ahead = 0; ahead < 4; ahead++)
	{
		size_t length;

		all[0] = '\0';
		for (int i = 0; i < ahead; i++)
			strcat(all, "x");
		for (int i = 0; i < 40; i++)
			strcat(all, "€");
		pager_message("E2-00001-2026", all, out, sizeof(out));
		length = strlen(out);
		CHECK("it fits", length < sizeof(out) && length >= sizeof(out) - 4);
		CHECK("and ends with a whole character", strcmp(out + length - 3, "€") == 0);
	}
}

int
main(void)
{
	attempts();
	runs();
	reports();
	riders();
	plans();
	times();
	messages();
	return checks_done();
}
