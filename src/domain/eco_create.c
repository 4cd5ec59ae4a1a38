/*
 * eco_create.c
 *		What makes an order acceptable: each cause has a message and a hint of its own.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/eco_create.h"

static const Refusal fine = {NULL, NULL};

static Refusal
refuse(const char *message, const char *hint)
{
	return (Refusal){message, hint};
}

Refusal
check_job_type(const char *job_type)
{
	static const char *const known[] = {"CMR", "MFR", "FNOL"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(job_type, known[i]) == 0)
			return fine;
	return refuse("unknown job type",
				  "Use CMR (Claims Management Resource), MFR (Maintenance Field Request) or FNOL "
				  "(First Notice of Loss), in capitals.");
}

Refusal
check_description(const char *description)
{
	size_t characters = 0;
	bool visible = false;

	for (const unsigned char *p = (const unsigned char *) description; *p; p++)
	{
		if ((*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r') || *p == 0x7f)
			return refuse("description contains a control character",
						  "Use plain text; tabs and line breaks are allowed.");
		if ((*p & 0xc0) != 0x80) /* not a UTF-8 continuation byte */
			characters++;
		if (*p > 0x20)
			visible = true;
	}
	if (!visible)
		return refuse("description is empty", "Say in a few words what is known about the outage.");
	if (characters > DESCRIPTION_MAX)
		return refuse("description is too long", "Use at most 2000 characters.");
	return fine;
}

Refusal
check_location(GeoType type, const double *lonlat, size_t npoints)
{
	bool moved = false;

	if (type == GEO_OTHER)
		return refuse("location must be a Point or a LineString",
					  "Mark one place, or draw one line along the route.");
	if (type == GEO_POINT && npoints != 1)
		return refuse("invalid location geometry", "A Point has exactly one position.");
	if (type == GEO_LINE && npoints < 2)
		return refuse("invalid location geometry", "A LineString has at least two positions.");
	if (npoints > LINE_POINTS_MAX)
		return refuse("location has too many points", "A LineString has at most 10000 positions.");
	for (size_t i = 0; i < npoints; i++)
	{
		double lon = lonlat[2 * i];
		double lat = lonlat[2 * i + 1];

		if (!isfinite(lon) || !isfinite(lat) || lon < -180 || lon > 180 || lat < -90 || lat > 90)
			return refuse("location coordinates are out of range",
						  "GeoJSON positions are [longitude, latitude] in degrees: longitude from "
						  "-180 to 180, latitude from -90 to 90.");
		if (i > 0 && (lon != lonlat[0] || lat != lonlat[1]))
			moved = true;
	}
	if (type == GEO_LINE && !moved)
		return refuse("invalid location geometry", "A LineString needs two different positions.");
	return fine;
}

void
job_id_format(char out[JOB_ID_SIZE], const char *prefix, long number, int year)
{
	snprintf(out, JOB_ID_SIZE, "%.8s-%05ld-%04d", prefix, number % 10000000000L, year % 10000);
}

long
job_id_number(const char *job_id)
{
	const char *dash = strchr(job_id, '-');
	char *end;
	long number;

	if (dash == NULL)
		return 0;
	number = strtol(dash + 1, &end, 10);
	return (*end == '-' && number > 0) ? number : 0;
}
