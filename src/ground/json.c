/*
 * json.c
 *		Building and reading jsonb in C.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"

#include "common/jsonapi.h"

#include "ground/json.h"

static void
push_key(JsonBuild *b, const char *key)
{
	JsonbValue v;

	v.type = jbvString;
	v.val.string.val = unconstify(char *, key);
	v.val.string.len = strlen(key);
	pushJsonbValue(&b->state, WJB_KEY, &v);
}

static void
push_value(JsonBuild *b, JsonbValue *v)
{
	pushJsonbValue(&b->state, WJB_VALUE, v);
}

static void
push_string(JsonBuild *b, const char *key, char *value)
{
	JsonbValue v;

	push_key(b, key);
	if (value == NULL)
		v.type = jbvNull;
	else
	{
		v.type = jbvString;
		v.val.string.val = value;
		v.val.string.len = strlen(value);
	}
	push_value(b, &v);
}

void
json_begin(JsonBuild *b)
{
	b->state = NULL;
	pushJsonbValue(&b->state, WJB_BEGIN_OBJECT, NULL);
}

void
json_text(JsonBuild *b, const char *key, const char *value)
{
	push_string(b, key, unconstify(char *, value));
}

void
json_int(JsonBuild *b, const char *key, int64 value)
{
	JsonbValue v;

	push_key(b, key);
	v.type = jbvNumeric;
	v.val.numeric = int64_to_numeric(value);
	push_value(b, &v);
}

void
json_bool(JsonBuild *b, const char *key, bool value)
{
	JsonbValue v;

	push_key(b, key);
	v.type = jbvBool;
	v.val.boolean = value;
	push_value(b, &v);
}

void
json_uuid(JsonBuild *b, const char *key, const pg_uuid_t *value)
{
	push_string(b, key,
				value ? DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(value)))
					  : NULL);
}

void
json_time(JsonBuild *b, const char *key, TimestampTz value)
{
	int zone = 0; /* UTC */
	char text[MAXDATELEN + 1];

	JsonEncodeDateTime(text, TimestampTzGetDatum(value), TIMESTAMPTZOID, &zone);
	push_string(b, key, pstrdup(text));
}

void
json_jsonb(JsonBuild *b, const char *key, const Jsonb *value)
{
	JsonbValue v;

	push_key(b, key);
	if (value == NULL)
		v.type = jbvNull;
	else if (JB_ROOT_IS_SCALAR(value))
		(void) JsonbExtractScalar(unconstify(JsonbContainer *, &value->root), &v);
	else
	{
		v.type = jbvBinary;
		v.val.binary.data = unconstify(JsonbContainer *, &value->root);
		v.val.binary.len = VARSIZE_ANY_EXHDR(value);
	}
	push_value(b, &v);
}

void
json_begin_array(JsonBuild *b, const char *key)
{
	push_key(b, key);
	pushJsonbValue(&b->state, WJB_BEGIN_ARRAY, NULL);
}

void
json_begin_element(JsonBuild *b)
{
	pushJsonbValue(&b->state, WJB_BEGIN_OBJECT, NULL);
}

void
json_end_element(JsonBuild *b)
{
	pushJsonbValue(&b->state, WJB_END_OBJECT, NULL);
}

void
json_end_array(JsonBuild *b)
{
	pushJsonbValue(&b->state, WJB_END_ARRAY, NULL);
}

Jsonb *
json_end(JsonBuild *b)
{
	return JsonbValueToJsonb(pushJsonbValue(&b->state, WJB_END_OBJECT, NULL));
}

static JsonbValue *
find(const Jsonb *object, const char *key, JsonbValue *buffer)
{
	if (object == NULL || !JB_ROOT_IS_OBJECT(object))
		return NULL;
	return getKeyJsonValueFromContainer(unconstify(JsonbContainer *, &object->root), key,
										strlen(key), buffer);
}

char *
json_get_text(const Jsonb *object, const char *key)
{
	JsonbValue buffer;
	JsonbValue *v = find(object, key, &buffer);

	if (v == NULL)
		return NULL;
	switch (v->type)
	{
		case jbvString:
			return pnstrdup(v->val.string.val, v->val.string.len);
		case jbvNumeric:
			return DatumGetCString(
				DirectFunctionCall1(numeric_out, NumericGetDatum(v->val.numeric)));
		case jbvBool:
			return pstrdup(v->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

bool
json_says(const Jsonb *object, const char *key, const char *value)
{
	char *text = json_get_text(object, key);

	return text != NULL && strcmp(text, value) == 0;
}

Jsonb *
json_get(const Jsonb *object, const char *key)
{
	JsonbValue buffer;
	JsonbValue *v = find(object, key, &buffer);

	if (v == NULL || v->type == jbvNull)
		return NULL;
	return JsonbValueToJsonb(v);
}

int64
json_get_int(const Jsonb *object, const char *key, int64 if_missing)
{
	JsonbValue buffer;
	JsonbValue *v = find(object, key, &buffer);
	bool overflow = false;
	int64 result;

	if (v == NULL || v->type != jbvNumeric || numeric_is_nan(v->val.numeric) ||
		numeric_is_inf(v->val.numeric))
		return if_missing;
	/* int4 has a converter that reports instead of raising; bounds of payloads fit it */
	result = numeric_int4_opt_error(v->val.numeric, &overflow);
	return overflow ? if_missing : result;
}

Jsonb *
json_parse(const char *text, int length)
{
	JsonLexContext *lex;
	JsonSemAction none;
	char *copy;

	if (length < 0)
		length = strlen(text);
	if (memchr(text, '\0', length) != NULL || !pg_verify_mbstr(PG_UTF8, text, length, true))
		return NULL;
	copy = pnstrdup(text, length);

	/*
	 * A dry run finds syntax errors without raising.  What is refused beyond syntax (NUL escapes,
	 * numbers out of range, nesting deeper than the stack) is caught.
	 */
	{
		MemoryContext context = CurrentMemoryContext;
		Jsonb *volatile result = NULL;

		PG_TRY();
		{
			memset(&none, 0, sizeof(none));
			lex = makeJsonLexContextCstringLen(copy, strlen(copy), PG_UTF8, true);
			if (pg_parse_json(lex, &none) == JSON_SUCCESS)
				result = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(copy)));
		}
		PG_CATCH();
		{
			int category = ERRCODE_TO_CATEGORY(geterrcode());

			if (category != ERRCODE_DATA_EXCEPTION && category != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
				PG_RE_THROW();
			MemoryContextSwitchTo(context);
			FlushErrorState();
			result = NULL;
		}
		PG_END_TRY();
		return result;
	}
}
