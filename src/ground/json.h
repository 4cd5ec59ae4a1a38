/*
 * json.h
 *		Building and reading jsonb in C: flat objects with optional nested values.
 */
#ifndef STRIKE_JSON_H
#define STRIKE_JSON_H

#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct JsonBuild
{
	JsonbParseState *state;
} JsonBuild;

/* Objects.  A NULL text, uuid or jsonb is written as JSON null. */
extern void json_begin(JsonBuild *b);
extern void json_text(JsonBuild *b, const char *key, const char *value);
extern void json_int(JsonBuild *b, const char *key, int64 value);
extern void json_bool(JsonBuild *b, const char *key, bool value);
extern void json_uuid(JsonBuild *b, const char *key, const pg_uuid_t *value);
extern void json_time(JsonBuild *b, const char *key, TimestampTz value); /* ISO 8601, UTC */
extern void json_jsonb(JsonBuild *b, const char *key, const Jsonb *value);
extern void json_begin_array(JsonBuild *b, const char *key);
extern void json_begin_element(JsonBuild *b); /* an object inside that array */
extern void json_end_element(JsonBuild *b);
extern void json_end_array(JsonBuild *b);
extern Jsonb *json_end(JsonBuild *b);

/* Reading a key of an object; NULL when it is missing, null, or (number, bool) not convertible. */
extern char *json_get_text(const Jsonb *object, const char *key);
extern Jsonb *json_get(const Jsonb *object, const char *key);
extern int64 json_get_int(const Jsonb *object, const char *key, int64 if_missing);

/* Is the key's value this text? */
extern bool json_says(const Jsonb *object, const char *key, const char *value);

/* Parses text; NULL when it isn't JSON (never raises for that). */
extern Jsonb *json_parse(const char *text, int length);

#endif
