/*
 * location.c
 *		Places as callers give them: GeoJSON Points and LineStrings.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "api/location.h"
#include "domain/eco_create.h"
#include "ground/json.h"

PG_FUNCTION_INFO_V1(strike_check_location);

void
refuse_input(Refusal refusal)
{
	if (refusal.message != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", refusal.message),
						errhint("%s", refusal.hint)));
}

/* Reads one GeoJSON position; false unless it has two or three numbers. */
static bool
read_position(JsonbContainer *array, double *lonlat)
{
	int n = JsonContainerSize(array);

	if (!JsonContainerIsArray(array) || n < 2 || n > 3)
		return false;
	for (int i = 0; i < n; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(array, i);

		if (v == NULL || v->type != jbvNumeric)
			return false;
		if (i < 2)
			lonlat[i] = DatumGetFloat8(
				DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
	}
	return true;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/*
 * RFC 7946 knows longitude and latitude in WGS 84 alone; programs that write the older form name
 * their coordinate system.  Metres read as degrees would be some place else.
 */
static bool
in_wgs84(const Jsonb *location)
{
	Jsonb *crs = json_get(location, "crs");
	Jsonb *properties = crs != NULL && JB_ROOT_IS_OBJECT(crs) ? json_get(crs, "properties") : NULL;
	char *name = properties != NULL && JB_ROOT_IS_OBJECT(properties)
					 ? json_get_text(properties, "name")
					 : NULL;

	if (crs == NULL)
		return true; /* none, or null */
	return name != NULL && (ends_with(name, "CRS84") || ends_with(name, ":4326"));
}

void
location_check(const Jsonb *location)
{
	Refusal elsewhere = {"location is not in WGS 84",
						 "Give longitude and latitude in degrees, without \"crs\": transform them "
						 "first, for example with ST_Transform(place, 4326)."};
	Refusal invalid = {
		"invalid location geometry",
		"Give GeoJSON: {\"type\": \"Point\", \"coordinates\": [longitude, latitude]} "
		"or a LineString."};
	char *type = json_get_text(location, "type");
	Jsonb *coordinates = json_get(location, "coordinates");
	GeoType geo_type;
	double *lonlat;
	int n;

	if (type == NULL || coordinates == NULL || !JB_ROOT_IS_ARRAY(coordinates) ||
		JB_ROOT_IS_SCALAR(coordinates))
		refuse_input(invalid);
	if (!in_wgs84(location))
		refuse_input(elsewhere);
	geo_type = strcmp(type, "Point") == 0		 ? GEO_POINT
			   : strcmp(type, "LineString") == 0 ? GEO_LINE
												 : GEO_OTHER;
	n = geo_type == GEO_LINE ? (int) JB_ROOT_COUNT(coordinates) : 1;
	lonlat = palloc0(sizeof(double) * 2 * (Min(n, LINE_POINTS_MAX + 1) + 1));
	if (geo_type == GEO_POINT && !read_position(&coordinates->root, lonlat))
		refuse_input(invalid);
	for (int i = 0; geo_type == GEO_LINE && i < n && i <= LINE_POINTS_MAX; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&coordinates->root, i);

		if (v == NULL || v->type != jbvBinary || !read_position(v->val.binary.data, lonlat + 2 * i))
			refuse_input(invalid);
	}
	refuse_input(check_location(geo_type, lonlat, n));
}

#define DEGREES_SIZE_MAX 24 /* bytes of a number that is kept as written; others are rounded */

/* The first two numbers of a position: longitude, latitude. */
static void
push_position(JsonbParseState **state, JsonbContainer *position)
{
	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < 2; i++)
	{
		JsonbValue *degrees = getIthJsonbValueFromContainer(position, i);

		if (VARSIZE_ANY(degrees->val.numeric) > DEGREES_SIZE_MAX)
			degrees->val.numeric = DatumGetNumeric(DirectFunctionCall1(
				float8_numeric, DirectFunctionCall1(numeric_float8_no_overflow,
													NumericGetDatum(degrees->val.numeric))));
		(void) pushJsonbValue(state, WJB_ELEM, degrees);
	}
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

static void
push_text(JsonbParseState **state, JsonbIteratorToken token, char *text)
{
	JsonbValue value = {.type = jbvString, .val.string = {strlen(text), text}};

	(void) pushJsonbValue(state, token, &value);
}

Jsonb *
location_plain(const Jsonb *location)
{
	char *type = json_get_text(location, "type");
	Jsonb *coordinates = json_get(location, "coordinates");
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, WJB_KEY, "type");
	push_text(&state, WJB_VALUE, type);
	push_text(&state, WJB_KEY, "coordinates");
	if (strcmp(type, "Point") == 0)
		push_position(&state, &coordinates->root);
	else
	{
		(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
		for (int i = 0; i < JB_ROOT_COUNT(coordinates); i++)
			push_position(&state,
						  getIthJsonbValueFromContainer(&coordinates->root, i)->val.binary.data);
		(void) pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* check_location(location jsonb): raises unless it is a GeoJSON Point or LineString that can be used. */
Datum
strike_check_location(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("location is null"),
						errhint("Give a GeoJSON Point or LineString.")));
	location_check(PG_GETARG_JSONB_P(0));
	PG_RETURN_VOID();
}
