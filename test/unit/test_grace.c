/*
 * test_grace.c
 *		How long a completed order is observed, from made histories.
 */
#include "domain/grace.h"

#include "check.h"

#define HOUR 3600

static const GraceSettings set = {false, 24 * HOUR, 6 * HOUR, 48 * HOUR};
static const GraceSettings adaptive = {true, 24 * HOUR, 6 * HOUR, 48 * HOUR};

static void
words_are(const char *promise, GracePlan plan, const char *expected)
{
	char words[200];

	grace_words(&plan, "osp-fibre", "CMR", words, sizeof(words));
	CHECK_TEXT(promise, words, expected);
}

int
main(void)
{
	GraceHistory none = {0};
	GraceHistory few = {GRACE_ENOUGH - 1, 2 * HOUR};
	GraceHistory quick = {50, 2 * HOUR};
	GraceHistory usual = {50, 12 * HOUR};
	GraceHistory slow = {50, 40 * HOUR};
	GraceSettings crossed = {true, 24 * HOUR, 10 * HOUR, 5 * HOUR};
	GracePlan plan;

	plan = grace_plan(&set, &usual, &usual);
	CHECK("switched off, it is as set", plan.basis == GRACE_AS_SET && plan.grace_s == 24 * HOUR);
	words_are("and says so", plan, "24:00 h, as strike.grace_period says");
	plan = grace_plan(&adaptive, &none, &few);
	CHECK("with too little known it is as set",
		  plan.basis == GRACE_TOO_FEW && plan.grace_s == 24 * HOUR && plan.n == GRACE_ENOUGH - 1);
	words_are(
		"and says so", plan,
		"24:00 h, as strike.grace_period says: 19 pieces of late work are known of osp-fibre, "
		"and 20 are needed");
	plan = grace_plan(&adaptive, &usual, &slow);
	CHECK("half as much again as the quantile",
		  plan.basis == GRACE_OF_TYPE && plan.grace_s == 18 * HOUR && plan.bound == NULL);
	words_are("with the reckoning in words", plan,
			  "18:00 h: 1.5 times the 12:00 h in which 95 % of 50 pieces of late work of "
			  "osp-fibre, CMR came");
	plan = grace_plan(&adaptive, &few, &usual);
	CHECK("where a job type has too few, all of the contractor's count",
		  plan.basis == GRACE_OF_TENANT && plan.grace_s == 18 * HOUR);
	plan = grace_plan(&adaptive, &quick, &none);
	CHECK("never below the floor", plan.grace_s == 6 * HOUR && strcmp(plan.bound, "floor") == 0);
	plan = grace_plan(&adaptive, &slow, &none);
	CHECK("never above the ceiling",
		  plan.grace_s == 48 * HOUR && strcmp(plan.bound, "ceiling") == 0);
	words_are("which is said, too", plan,
			  "48:00 h, the ceiling: 1.5 times the 40:00 h in which 95 % of 50 pieces of late work "
			  "of osp-fibre, CMR came");
	plan = grace_plan(&crossed, &usual, &none);
	CHECK("a ceiling below the floor: the floor counts", plan.grace_s == 10 * HOUR);
	return checks_done();
}
