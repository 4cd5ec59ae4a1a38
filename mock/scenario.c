/*
 * scenario.c
 *		The scenarios' table.
 */
#include "scenario.h"

#include <stddef.h>
#include <string.h>

#define EVERYONE(a)                                                                                \
	{                                                                                              \
		a, a, a                                                                                    \
	}

static const Scenario scenarios[] = {
	{"happy-path", "Task made in 3 s, first contact accepts", 3, false, EVERYONE(ANSWER_ACCEPTS),
	 false},
	{"render-fails", "The work system answers with an error", 1, true, EVERYONE(ANSWER_ACCEPTS),
	 false},
	{"pager-declined",
	 "First contact declines, nobody else answers",
	 3,
	 false,
	 {ANSWER_DECLINES, ANSWER_NOBODY, ANSWER_NOBODY},
	 false},
	{"pager-exhausted", "Every contact declines", 3, false, EVERYONE(ANSWER_DECLINES), false},
	{"pager-timeout", "It rings and nobody answers", 3, false, EVERYONE(ANSWER_NOBODY), false},
	{"slow-render", "The work system answers after 10 s", 10, false, EVERYONE(ANSWER_ACCEPTS),
	 false},
	{"second-accepts",
	 "First contact declines, second accepts",
	 3,
	 false,
	 {ANSWER_DECLINES, ANSWER_ACCEPTS, ANSWER_ACCEPTS},
	 false},
	{"field-work", "As happy-path, then the crew works to the end", 3, false,
	 EVERYONE(ANSWER_ACCEPTS), true},
};

#define SCENARIO_COUNT ((int) (sizeof(scenarios) / sizeof(scenarios[0])))

static const Scenario *the_default = &scenarios[0];

const Scenario *
scenario_find(const char *name)
{
	for (int i = 0; name != NULL && i < SCENARIO_COUNT; i++)
	{
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	}
	return NULL;
}

const Scenario *
scenario_row(int i)
{
	return i >= 0 && i < SCENARIO_COUNT ? &scenarios[i] : NULL;
}

const Scenario *
scenario_default(void)
{
	return the_default;
}

void
scenario_set_default(const Scenario *scenario)
{
	the_default = scenario;
}

Answer
scenario_answer(const Scenario *scenario, int position)
{
	return scenario->contacts[position < 2 ? position : 2];
}
