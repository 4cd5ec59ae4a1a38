/*
 * eco_create.h
 *		Validation of a new order, and its job number.
 */
#ifndef STRIKE_ECO_CREATE_H
#define STRIKE_ECO_CREATE_H

#include <stdbool.h>
#include <stddef.h>

#define DESCRIPTION_MAX 2000 /* characters */
#define LINE_POINTS_MAX 10000
#define JOB_ID_SIZE 32 /* bytes, with the NUL: prefix 8, number up to 10, year 4, dashes */

/* Why something was refused, in words for people; message NULL = fine. */
typedef struct Refusal
{
	const char *message;
	const char *hint;
} Refusal;

typedef enum GeoType
{
	GEO_POINT,
	GEO_LINE,
	GEO_OTHER /* a geometry, but neither */
} GeoType;

/* CMR, MFR, FNOL: exactly. */
extern Refusal check_job_type(const char *job_type);

/* UTF-8; neither empty nor blank; at most DESCRIPTION_MAX characters; no control characters but
 * tab, line feed and carriage return. */
extern Refusal check_description(const char *description);

/*
 * 'lonlat' holds npoints pairs, WGS 84 degrees, longitude first.  A line has 2 to
 * LINE_POINTS_MAX points that aren't all the same.
 */
extern Refusal check_location(GeoType type, const double *lonlat, size_t npoints);

/* "E2-00524-2025": at least five digits. */
extern void job_id_format(char out[JOB_ID_SIZE], const char *prefix, long number, int year);

/* 524 of "E2-00524-2025": what is spoken; 0 when it isn't a job_id. */
extern long job_id_number(const char *job_id);

#endif
