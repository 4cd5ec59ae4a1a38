/*
 * subscriber.c
 *		The list of subscribers, filled at _PG_init.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "store/subscriber.h"

PG_FUNCTION_INFO_V1(strike_subscribers);

static const Subscriber *list[SUBSCRIBERS_MAX];
static int count = 0;
static void (*on_parked)(const pg_uuid_t *stream_id, bool parked) = NULL;

void
subscriber_register(const Subscriber *subscriber)
{
	if (count == SUBSCRIBERS_MAX)
		elog(ERROR, "too many subscribers");
	list[count++] = subscriber;
}

int
subscriber_count(void)
{
	return count;
}

const Subscriber *
subscriber_at(int i)
{
	return list[i];
}

void
subscriber_tell_parked(void (*fn)(const pg_uuid_t *stream_id, bool parked))
{
	on_parked = fn;
}

void
subscriber_parked(const pg_uuid_t *stream_id, bool parked)
{
	if (on_parked)
		on_parked(stream_id, parked);
}

/* The names, in order of delivery. */
Datum
strike_subscribers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < count; i++)
	{
		Datum value = CStringGetTextDatum(list[i]->name);
		bool isnull = false;

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}
