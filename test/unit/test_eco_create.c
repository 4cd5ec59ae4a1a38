/*
 * test_eco_create.c
 *		What an order must hold, and how it is numbered.
 */
#include <math.h>
#include <stdlib.h>

#include "domain/eco_create.h"

#include "check.h"

static bool
refused(Refusal refusal, const char *message)
{
	return refusal.message != NULL && refusal.hint != NULL && strcmp(refusal.message, message) == 0;
}

static void
job_types(void)
{
	CHECK("CMR is a job type", check_job_type("CMR").message == NULL);
	CHECK("MFR is a job type", check_job_type("MFR").message == NULL);
	CHECK("FNOL is a job type", check_job_type("FNOL").message == NULL);
	CHECK("job types are exact", refused(check_job_type("cmr"), "unknown job type"));
	CHECK("a job type isn't empty", refused(check_job_type(""), "unknown job type"));
}

static void
descriptions(void)
{
	char *text = malloc(3 * (DESCRIPTION_MAX + 1) + 1);

	CHECK("plain words are fine", check_description("Fiber cut on Main St").message == NULL);
	CHECK("an empty description is refused",
		  refused(check_description(""), "description is empty"));
	CHECK("blanks are an empty description",
		  refused(check_description(" \t\n"), "description is empty"));
	CHECK("control characters are refused",
		  refused(check_description("cut\033[2J"), "description contains a control character"));
	CHECK("line breaks are text", check_description("cut\nat the bridge").message == NULL);
	text[0] = '\0';
	for (int i = 0; i < DESCRIPTION_MAX; i++)
		strcpy(text + 3 * i, "→");
	CHECK("characters are counted, not bytes", check_description(text).message == NULL);
	strcpy(text + 3 * DESCRIPTION_MAX, "→");
	CHECK("one character too many is refused",
		  refused(check_description(text), "description is too long"));
	free(text);
}

static void
locations(void)
{
	const double austin[] = {-97.74, 30.27};
	const double line[] = {-97.74, 30.27, -97.73, 30.28};
	const double still[] = {-97.74, 30.27, -97.74, 30.27};
	const double swapped[] = {30.27, -97.74};
	const double nowhere[] = {NAN, 0};
	const double edge[] = {-180, 90};
	double *longest = calloc(2 * (LINE_POINTS_MAX + 1), sizeof(double));

	CHECK("a point is a location", check_location(GEO_POINT, austin, 1).message == NULL);
	CHECK("a line is a location", check_location(GEO_LINE, line, 2).message == NULL);
	CHECK("the edge of the world is in range", check_location(GEO_POINT, edge, 1).message == NULL);
	CHECK("latitude first is out of range here",
		  refused(check_location(GEO_POINT, swapped, 1), "location coordinates are out of range"));
	CHECK("NaN is out of range",
		  refused(check_location(GEO_POINT, nowhere, 1), "location coordinates are out of range"));
	CHECK("a line of one place is no line",
		  refused(check_location(GEO_LINE, still, 2), "invalid location geometry"));
	CHECK("a line of one position is no line",
		  refused(check_location(GEO_LINE, line, 1), "invalid location geometry"));
	CHECK("an empty point is no place",
		  refused(check_location(GEO_POINT, austin, 0), "invalid location geometry"));
	CHECK("a polygon is neither",
		  refused(check_location(GEO_OTHER, line, 2), "location must be a Point or a LineString"));
	longest[0] = 1;
	CHECK("10000 positions are allowed",
		  check_location(GEO_LINE, longest, LINE_POINTS_MAX).message == NULL);
	CHECK("10001 positions are too many",
		  refused(check_location(GEO_LINE, longest, LINE_POINTS_MAX + 1),
				  "location has too many points"));
	free(longest);
}

static void
job_ids(void)
{
	char job_id[JOB_ID_SIZE];

	job_id_format(job_id, "E2", 524, 2025);
	CHECK_TEXT("a job_id is prefix, five digits, year", job_id, "E2-00524-2025");
	CHECK("its number is what is spoken", job_id_number(job_id) == 524);
	job_id_format(job_id, "ABCDEFGH", 9999999999L, 9999);
	CHECK_TEXT("the longest job_id fits", job_id, "ABCDEFGH-9999999999-9999");
	CHECK("text that is no job_id has no number", job_id_number("524") == 0);
	CHECK("a broken job_id has no number", job_id_number("E2-x-2025") == 0);
}

int
main(void)
{
	job_types();
	descriptions();
	locations();
	job_ids();
	return checks_done();
}
