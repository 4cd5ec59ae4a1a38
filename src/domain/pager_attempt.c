/*
 * pager_attempt.c
 *		The table of an attempt.
 *
 * Callbacks come twice, late, out of order or never.  So a state never goes backwards: what is
 * already known, or was overtaken, is a step to the same state that emits nothing.  Only a key
 * press counts whenever it comes.
 */
#include <string.h>
#include <strings.h>

#include "domain/pager_attempt.h"

static const char *const states[] = {
	"NONE",		 "INTENT", "UNKNOWN",	"CALLING", "ANSWERED", "ACCEPTED", "DECLINED",
	"NO_ANSWER", "BUSY",   "VOICEMAIL", "FAILED",  "TIMEOUT",  "CANCELED", "STOOD_DOWN",
};

static const char *const inputs[] = {
	"intend",	 "placed",		 "lost",		"owner died", "resend",	   "calling",
	"answered",	 "key 1, first", "key 1, late", "key 2",	  "no answer", "busy",
	"voicemail", "failed",		 "deadline",	"cancel",	  "not now",
};

#define UPDATED "PagerAttemptUpdatedEvent"
#define STARTED "the attempt was made already"
#define OVER "the attempt is over"

/* Before the call is over, whatever we know of it: how it can end. */
#define WAYS_TO_END(state)                                                                         \
	{state, AI_ACCEPT_FIRST, AT_ACCEPTED, UPDATED, NULL},                                          \
		{state, AI_ACCEPT_LATE, AT_STOOD_DOWN, UPDATED, NULL},                                     \
		{state, AI_DECLINE, AT_DECLINED, UPDATED, NULL},                                           \
		{state, AI_NO_ANSWER, AT_NO_ANSWER, UPDATED, NULL},                                        \
		{state, AI_BUSY, AT_BUSY, UPDATED, NULL},                                                  \
		{state, AI_VOICEMAIL, AT_VOICEMAIL, UPDATED, NULL},                                        \
		{state, AI_FAILED, AT_FAILED, UPDATED, NULL},                                              \
		{state, AI_DEADLINE, AT_TIMEOUT, UPDATED, NULL},                                           \
		{state, AI_CANCEL, AT_CANCELED, UPDATED, NULL},                                            \
	{                                                                                              \
		state, AI_INTEND, REFUSED, NULL, STARTED                                                   \
	}

/* After the call is over: nothing counts but a key press 1. */
#define OVER_BUT_FOR_KEY_1(state)                                                                  \
	{state, AI_INTEND, REFUSED, NULL, STARTED}, {state, AI_PLACED, state, NULL, NULL},             \
		{state, AI_LOST, state, NULL, NULL}, {state, AI_OWNER_DIED, state, NULL, NULL},            \
		{state, AI_RESEND, REFUSED, NULL, OVER}, {state, AI_CALLING, state, NULL, NULL},           \
		{state, AI_ANSWERED, state, NULL, NULL},                                                   \
		{state, AI_ACCEPT_FIRST, AT_ACCEPTED, UPDATED, NULL},                                      \
		{state, AI_ACCEPT_LATE, AT_STOOD_DOWN, UPDATED, NULL},                                     \
		{state, AI_NO_ANSWER, state, NULL, NULL}, {state, AI_BUSY, state, NULL, NULL},             \
		{state, AI_VOICEMAIL, state, NULL, NULL}, {state, AI_FAILED, state, NULL, NULL},           \
		{state, AI_DEADLINE, state, NULL, NULL}, {state, AI_DELAYED, state, NULL, NULL},           \
	{                                                                                              \
		state, AI_CANCEL, state, NULL, NULL                                                        \
	}

static const Step steps[] = {
	{AT_NONE, AI_INTEND, AT_INTENT, UPDATED, NULL},
	{AT_NONE, AI_PLACED, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_LOST, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_OWNER_DIED, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_RESEND, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_CALLING, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_ANSWERED, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_ACCEPT_FIRST, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_ACCEPT_LATE, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_DECLINE, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_NO_ANSWER, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_BUSY, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_VOICEMAIL, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_FAILED, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_DEADLINE, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_CANCEL, REFUSED, NULL, "no such attempt"},
	{AT_NONE, AI_DELAYED, REFUSED, NULL, "no such attempt"},

	WAYS_TO_END(AT_INTENT),
	{AT_INTENT, AI_PLACED, AT_INTENT, NULL, NULL}, /* the row gets provider_sid and sent_at */
	{AT_INTENT, AI_LOST, AT_UNKNOWN, UPDATED, NULL},
	{AT_INTENT, AI_OWNER_DIED, AT_UNKNOWN, UPDATED, NULL},
	{AT_INTENT, AI_RESEND, AT_INTENT, NULL, NULL},	   /* refused for now, nothing was placed */
	{AT_INTENT, AI_DELAYED, AT_INTENT, UPDATED, NULL}, /* said once a reason; nobody was rung */
	{AT_INTENT, AI_CALLING, AT_CALLING, UPDATED, NULL},
	{AT_INTENT, AI_ANSWERED, AT_ANSWERED, UPDATED, NULL},

	WAYS_TO_END(AT_UNKNOWN),
	{AT_UNKNOWN, AI_PLACED, AT_INTENT, UPDATED, NULL}, /* found at the provider: it is ours */
	{AT_UNKNOWN, AI_LOST, AT_UNKNOWN, NULL, NULL},
	{AT_UNKNOWN, AI_OWNER_DIED, AT_UNKNOWN, NULL, NULL},
	{AT_UNKNOWN, AI_RESEND, AT_INTENT, UPDATED, NULL}, /* not there: possible_repeat */
	{AT_UNKNOWN, AI_DELAYED, AT_UNKNOWN, NULL, NULL},
	{AT_UNKNOWN, AI_CALLING, AT_CALLING, UPDATED, NULL},
	{AT_UNKNOWN, AI_ANSWERED, AT_ANSWERED, UPDATED, NULL},

	WAYS_TO_END(AT_CALLING),
	{AT_CALLING, AI_PLACED, AT_CALLING, NULL, NULL}, /* the callback was faster */
	{AT_CALLING, AI_LOST, AT_CALLING, NULL, NULL},
	{AT_CALLING, AI_OWNER_DIED, AT_CALLING, NULL, NULL},
	{AT_CALLING, AI_RESEND, REFUSED, NULL, "the telephone rings already"},
	{AT_CALLING, AI_DELAYED, AT_CALLING, NULL, NULL},
	{AT_CALLING, AI_CALLING, AT_CALLING, NULL, NULL},
	{AT_CALLING, AI_ANSWERED, AT_ANSWERED, UPDATED, NULL},

	WAYS_TO_END(AT_ANSWERED),
	{AT_ANSWERED, AI_PLACED, AT_ANSWERED, NULL, NULL},
	{AT_ANSWERED, AI_LOST, AT_ANSWERED, NULL, NULL},
	{AT_ANSWERED, AI_OWNER_DIED, AT_ANSWERED, NULL, NULL},
	{AT_ANSWERED, AI_RESEND, REFUSED, NULL, "the call was answered already"},
	{AT_ANSWERED, AI_DELAYED, AT_ANSWERED, NULL, NULL},
	{AT_ANSWERED, AI_CALLING, AT_ANSWERED, NULL, NULL},
	{AT_ANSWERED, AI_ANSWERED, AT_ANSWERED, NULL, NULL},

	/* a yes stays a yes, whatever comes after it */
	{AT_ACCEPTED, AI_INTEND, REFUSED, NULL, STARTED},
	{AT_ACCEPTED, AI_PLACED, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_LOST, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_OWNER_DIED, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_RESEND, REFUSED, NULL, OVER},
	{AT_ACCEPTED, AI_CALLING, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_ANSWERED, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_ACCEPT_FIRST, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_ACCEPT_LATE, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_DECLINE, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_NO_ANSWER, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_BUSY, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_VOICEMAIL, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_FAILED, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_DEADLINE, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_CANCEL, AT_ACCEPTED, NULL, NULL},
	{AT_ACCEPTED, AI_DELAYED, AT_ACCEPTED, NULL, NULL},

	OVER_BUT_FOR_KEY_1(AT_DECLINED),
	{AT_DECLINED, AI_DECLINE, AT_DECLINED, NULL, NULL},
	OVER_BUT_FOR_KEY_1(AT_NO_ANSWER),
	{AT_NO_ANSWER, AI_DECLINE, AT_DECLINED, UPDATED, NULL},
	OVER_BUT_FOR_KEY_1(AT_BUSY),
	{AT_BUSY, AI_DECLINE, AT_DECLINED, UPDATED, NULL},
	OVER_BUT_FOR_KEY_1(AT_VOICEMAIL),
	{AT_VOICEMAIL, AI_DECLINE, AT_DECLINED, UPDATED, NULL},
	OVER_BUT_FOR_KEY_1(AT_FAILED),
	{AT_FAILED, AI_DECLINE, AT_DECLINED, UPDATED, NULL},
	OVER_BUT_FOR_KEY_1(AT_TIMEOUT),
	{AT_TIMEOUT, AI_DECLINE, AT_DECLINED, UPDATED, NULL},
	OVER_BUT_FOR_KEY_1(AT_CANCELED),
	{AT_CANCELED, AI_DECLINE, AT_DECLINED, UPDATED, NULL},

	/* told once that nobody is needed: pressing again changes nothing */
	{AT_STOOD_DOWN, AI_INTEND, REFUSED, NULL, STARTED},
	{AT_STOOD_DOWN, AI_PLACED, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_LOST, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_OWNER_DIED, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_RESEND, REFUSED, NULL, OVER},
	{AT_STOOD_DOWN, AI_CALLING, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_ANSWERED, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_ACCEPT_FIRST, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_ACCEPT_LATE, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_DECLINE, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_NO_ANSWER, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_BUSY, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_VOICEMAIL, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_FAILED, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_DEADLINE, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_CANCEL, AT_STOOD_DOWN, NULL, NULL},
	{AT_STOOD_DOWN, AI_DELAYED, AT_STOOD_DOWN, NULL, NULL},
};

const Machine pager_attempt_machine = {
	"pager attempt",
	states,
	ATTEMPT_STATES,
	inputs,
	ATTEMPT_INPUTS,
	steps,
	sizeof(steps) / sizeof(steps[0]),
};

bool
attempt_ended(AttemptState state)
{
	return state >= AT_ACCEPTED;
}

static bool
is(const char *value, const char *word)
{
	return value != NULL && strcasecmp(value, word) == 0;
}

bool
attempt_by_key(AttemptState state)
{
	return state == AT_ACCEPTED || state == AT_DECLINED || state == AT_STOOD_DOWN;
}

bool
attempt_is_machine(const char *answered_by)
{
	return answered_by != NULL &&
		   (strncasecmp(answered_by, "machine", 7) == 0 || strcasecmp(answered_by, "fax") == 0);
}

int
attempt_studio_report(const char *event, const char *digits, const char *answered_by,
					  const char *reason, bool counts, const char **words)
{
	bool machine = attempt_is_machine(answered_by);

	*words = NULL;
	if (is(event, "CALLING"))
		return AI_CALLING;
	if (is(event, "ACCEPTED"))
	{
		/* a key press is human, whatever the detection of machines believes */
		if (is(digits, "1"))
			return counts ? AI_ACCEPT_FIRST : AI_ACCEPT_LATE;
		*words = "no key press";
		return AI_FAILED;
	}
	if (is(event, "DECLINED"))
		return AI_DECLINE;
	if (!is(event, "FAILED"))
		return -1;
	if (machine)
	{
		*words = "voicemail";
		return AI_VOICEMAIL;
	}
	if (is(reason, "no-answer") || is(reason, "noAnswer") || is(reason, "no_answer"))
		return AI_NO_ANSWER;
	if (is(reason, "busy"))
		return AI_BUSY;
	if (is(reason, "voicemail"))
		return AI_VOICEMAIL;
	*words = "no key press";
	if (is(reason, "failed"))
		*words = "the call could not be connected";
	return AI_FAILED;
}

int
attempt_call_status(const char *status, const char *answered_by, const char **words)
{
	*words = NULL;
	if (is(status, "ringing"))
		return AI_CALLING;
	if (is(status, "in-progress"))
		return AI_ANSWERED;
	if (is(status, "busy"))
		return AI_BUSY;
	if (is(status, "no-answer"))
		return AI_NO_ANSWER;
	if (is(status, "failed"))
	{
		*words = "the call could not be connected";
		return AI_FAILED;
	}
	if (!is(status, "completed") && !is(status, "canceled"))
		return -1;
	if (attempt_is_machine(answered_by))
	{
		*words = "voicemail";
		return AI_VOICEMAIL;
	}
	*words = "no key press";
	return AI_FAILED;
}

int
attempt_for_rider(AttemptInput first, bool at_provider)
{
	switch (first)
	{
		case AI_PLACED:
		case AI_CALLING:
		case AI_ANSWERED:
		case AI_NO_ANSWER:
		case AI_BUSY:
		case AI_VOICEMAIL:
			return first;
		case AI_FAILED:
			/* nothing pressed for the first, and the others follow; or not connected; or refused */
			return at_provider ? RIDE_ASK : AI_FAILED;
		case AI_DEADLINE:
			return at_provider ? RIDE_ASK : AI_DEADLINE;
		case AI_CANCEL:
			/* never placed: the others are called another time */
			return at_provider ? -1 : AI_DEADLINE;
		default:
			return -1;
	}
}
