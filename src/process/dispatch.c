/*
 * dispatch.c
 *		A yes makes the order DISPATCHED: when a page completes with the outcome DISPATCHED, and
 *		when the task is made after somebody has said yes already.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "ground/json.h"
#include "ground/query.h"
#include "process/eco_commands.h"
#include "process/subscribers.h"

#define ACTOR "strike:outbox"

static SqlStatement accepted_sql = {
	.sql = "SELECT FROM strike.pager_process_state WHERE eco_id = $1 AND accepted_by IS NOT NULL",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

static bool
somebody_accepted(const pg_uuid_t *eco_id)
{
	Datum values[] = {UUIDPGetDatum(eco_id)};

	return query_run(&accepted_sql, values, NULL, 1) == 1;
}

static void
deliver(const StoredEvent *events, int n)
{
	for (int i = 0; i < n; i++)
	{
		const StoredEvent *event = &events[i];
		RenderChange change = {.input = RENDER_ACCEPTED, .actor = ACTOR};
		pg_uuid_t eco_id;

		if (strcmp(event->event_type, "PagerRunCompletedEvent") == 0)
		{
			if (!json_says(event->payload, "outcome", "DISPATCHED") ||
				!eco_view_of_event(event, &eco_id))
				continue;
		}
		else if (strcmp(event->event_type, "RenderIntegrationStatusUpdatedEvent") == 0)
		{
			eco_id = event->stream_id;
			if (!json_says(event->payload, "to", "TASKED") || !somebody_accepted(&eco_id))
				continue;
		}
		else
			continue;
		/* at DISPATCHED already, PENDING or FAILED the table's step changes nothing */
		(void) eco_change_render(&eco_id, &change, NULL);
	}
}

const Subscriber dispatch_subscriber = {"dispatch", deliver, true};
