/*
 * grace.h
 *		How long a completed order is observed before it is closed: as it is set, or reckoned from
 *		how late follow-on work came before.
 *
 *		grace = clamp(GRACE_MARGIN × quantile(GRACE_QUANTILE, delays), floor, ceiling)
 *
 * The delays are those of the contractor's orders of this type, or of all types where too few are
 * known; with too few of these, too, it is as set.
 */
#ifndef STRIKE_GRACE_H
#define STRIKE_GRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRACE_QUANTILE 0.95
#define GRACE_MARGIN 1.5
#define GRACE_ENOUGH 20	  /* delays, to reckon with */
#define GRACE_WINDOW 1000 /* the latest, at most */

typedef struct GraceSettings
{
	bool adaptive;
	int64_t period_s;
	int64_t floor_s;
	int64_t ceiling_s; /* below the floor: the floor counts */
} GraceSettings;

/* Delays known, and their quantile. */
typedef struct GraceHistory
{
	int64_t n;
	double quantile_s;
} GraceHistory;

typedef enum GraceBasis
{
	GRACE_AS_SET,	 /* not adaptive */
	GRACE_TOO_FEW,	 /* adaptive, and too little is known: as set */
	GRACE_OF_TYPE,	 /* contractor and job type */
	GRACE_OF_TENANT, /* contractor, all job types */
	GRACE_BASES
} GraceBasis;

typedef struct GracePlan
{
	GraceBasis basis;
	int64_t n; /* delays reckoned with */
	double quantile_s;
	int64_t grace_s;
	const char *bound; /* "floor", "ceiling", or NULL */
} GracePlan;

extern GracePlan grace_plan(const GraceSettings *settings, const GraceHistory *of_type,
							const GraceHistory *of_tenant);

extern const char *grace_basis_name(GraceBasis basis);

/* Why the grace is as long as it is, in words for the event. */
extern void grace_words(const GracePlan *plan, const char *osp_tenant, const char *job_type,
						char *out, size_t size);

#endif
