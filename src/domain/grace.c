/*
 * grace.c
 *		The reckoning, and its words.
 */
#include <stdio.h>

#include "domain/grace.h"

static const char *const basis_names[GRACE_BASES] = {"as set", "as set: too few delays known",
													 "contractor and job type", "contractor"};

const char *
grace_basis_name(GraceBasis basis)
{
	return basis_names[basis];
}

GracePlan
grace_plan(const GraceSettings *settings, const GraceHistory *of_type,
		   const GraceHistory *of_tenant)
{
	GracePlan plan = {.basis = GRACE_AS_SET, .grace_s = settings->period_s};
	const GraceHistory *history;

	if (!settings->adaptive)
		return plan;
	plan.basis = of_type->n >= GRACE_ENOUGH		? GRACE_OF_TYPE
				 : of_tenant->n >= GRACE_ENOUGH ? GRACE_OF_TENANT
												: GRACE_TOO_FEW;
	history = plan.basis == GRACE_OF_TYPE ? of_type : of_tenant;
	plan.n = history->n;
	if (plan.basis == GRACE_TOO_FEW)
		return plan;
	plan.quantile_s = history->quantile_s;
	plan.grace_s = (int64_t) (GRACE_MARGIN * history->quantile_s + 0.5);
	if (plan.grace_s > settings->ceiling_s)
	{
		plan.grace_s = settings->ceiling_s;
		plan.bound = "ceiling";
	}
	if (plan.grace_s < settings->floor_s)
	{
		plan.grace_s = settings->floor_s;
		plan.bound = "floor";
	}
	return plan;
}

static void
span(int64_t seconds, char *out, size_t size)
{
	snprintf(out, size, "%lld:%02lld h", (long long) seconds / 3600,
			 (long long) seconds % 3600 / 60);
}

void
grace_words(const GracePlan *plan, const char *osp_tenant, const char *job_type, char *out,
			size_t size)
{
	char grace[32];
	char quantile[32];

	span(plan->grace_s, grace, sizeof(grace));
	span((int64_t) plan->quantile_s, quantile, sizeof(quantile));
	if (plan->basis == GRACE_AS_SET)
		snprintf(out, size, "%s, as strike.grace_period says", grace);
	else if (plan->basis == GRACE_TOO_FEW)
		snprintf(out, size,
				 "%s, as strike.grace_period says: %lld pieces of late work are known of %s, and "
				 "%d are needed",
				 grace, (long long) plan->n, osp_tenant, GRACE_ENOUGH);
	else
		snprintf(out, size,
				 "%s%s%s: %.1f times the %s in which %.0f %% of %lld pieces of late work of %s%s%s "
				 "came",
				 grace, plan->bound ? ", the " : "", plan->bound ? plan->bound : "", GRACE_MARGIN,
				 quantile, GRACE_QUANTILE * 100, (long long) plan->n, osp_tenant,
				 plan->basis == GRACE_OF_TYPE ? ", " : "",
				 plan->basis == GRACE_OF_TYPE ? job_type : "");
}
