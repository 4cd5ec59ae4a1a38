/*
 * pager_list.c
 *		Whom a run may call now.
 *
 *		the list at the start (snapshot) ─► not active, gone or off duty now: skipped, with an event
 *										 ─► nobody on duty: everybody, or the run fails
 *										 ─► all tried: another round, if strike.pager_rounds says so
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "ground/query.h"
#include "ground/settings.h"
#include "process/pager_list.h"

#define ACTOR "strike:pager"
#define OFF_DUTY "off duty"

static SqlStatement contacts_sql = {
	.sql = "SELECT c.contact_no, c.contact_ref, c.tried, c.waiting_since, r.phone, a.attempt_id,"
		   " c.skipped, CASE WHEN c.tried OR r.contact_id IS NULL THEN ''"
		   " ELSE strike.pager_obstacle(r.contact_id, $3) END,"
		   " (SELECT g.call_off_duty FROM strike.pager_contacts p JOIN strike.pager_regions g"
		   " ON g.region_id = p.region_id WHERE p.contact_id = r.contact_id)"
		   " FROM strike.pager_run_contacts c"
		   " JOIN strike.contact_refs r ON r.contact_ref = c.contact_ref"
		   " LEFT JOIN strike.pager_attempts a"
		   " ON a.line IS NOT NULL AND a.line = r.phone"
		   " WHERE c.run_id = $1 ORDER BY c.place LIMIT $2",
	.nargs = 3,
	.argtypes = {UUIDOID, INT4OID, TIMESTAMPTZOID},
};

static SqlStatement skip_sql = {
	.sql = "UPDATE strike.pager_run_contacts SET tried = true, skipped = $3"
		   " WHERE run_id = $1 AND contact_no = $2",
	.nargs = 3,
	.argtypes = {UUIDOID, INT4OID, TEXTOID},
};

static SqlStatement next_round_sql = {
	.sql = "UPDATE strike.pager_run_contacts SET tried = false, skipped = NULL,"
		   " waiting_since = NULL, place = contact_no WHERE run_id = $1",
	.nargs = 1,
	.argtypes = {UUIDOID},
};

/* The obstacle as the event says it: at the start he could be called. */
static const char *
obstacle_words(const char *found, const char *phone)
{
	if (phone == NULL)
		return "erased meanwhile";
	if (found == NULL || found[0] == '\0')
		return NULL;
	if (strcmp(found, OFF_DUTY) == 0)
		return OFF_DUTY;
	return strcmp(found, "not active") == 0 ? "set inactive meanwhile"
											: "taken off the list meanwhile";
}

void
list_read(const Run *run, TimestampTz now, RunList *list)
{
	Datum values[] = {UUIDPGetDatum(&run->run_id), Int32GetDatum(PAGER_CONTACTS_MAX),
					  TimestampTzGetDatum(now)};

	memset(list, 0, sizeof(*list));
	list->n = (int) query_run(&contacts_sql, values, NULL, 0);
	for (int i = 0; i < list->n; i++)
	{
		RunContact *c = &list->contacts[i];
		char *skipped = query_text(i, 7);

		c->contact_no = query_int4(i, 1, 0);
		(void) query_uuid(i, 2, &c->contact_ref);
		c->phone = query_text(i, 5);
		c->line_busy = query_uuid(i, 6, &c->holder);
		c->obstacle = obstacle_words(query_text(i, 8), c->phone);
		c->off_duty = c->obstacle != NULL && strcmp(c->obstacle, OFF_DUTY) == 0;
		c->call_off_duty = query_bool(i, 9, true);
		/* a test call is made whenever the contractor asks for it */
		if ((c->off_duty && run->duty_ignored) || (run->test && c->phone != NULL))
			c->obstacle = NULL;
		list->plan[i].tried = query_bool(i, 3, false);
		list->plan[i].line_busy = c->line_busy;
		list->plan[i].waiting_since = query_time(i, 4);
		if (list->plan[i].tried && skipped == NULL)
			list->called++;
		if (skipped != NULL && strcmp(skipped, OFF_DUTY) == 0)
			list->off_duty = true;
	}
}

static void
begin_payload(JsonBuild *b, const Run *run)
{
	json_begin(b);
	run_put_key(b, run);
	json_int(b, "round", run->round);
}

static void
skip(Run *run, const RunContact *contact, TimestampTz now)
{
	Datum values[] = {UUIDPGetDatum(&run->run_id), Int32GetDatum(contact->contact_no),
					  CStringGetTextDatum(contact->obstacle)};
	JsonBuild b;

	run->waiting = false;
	if (!run_write(run, now))
		return;
	(void) query_run(&skip_sql, values, NULL, 0);
	begin_payload(&b, run);
	json_int(&b, "contact_no", contact->contact_no);
	json_uuid(&b, "contact_ref", &contact->contact_ref);
	json_text(&b, "reason", contact->obstacle);
	run_append(run, "PagerContactSkippedEvent", json_end(&b), ACTOR);
}

static void
ignore_duty(Run *run, TimestampTz now)
{
	JsonBuild b;

	run->duty_ignored = true;
	if (!run_write(run, now))
		return;
	begin_payload(&b, run);
	json_text(&b, "reason", "nobody on the list is on duty");
	run_append(run, "PagerDutyIgnoredEvent", json_end(&b), ACTOR);
}

bool
list_pass_over(Run *run, const RunList *list, TimestampTz now)
{
	const RunContact *next = NULL;
	bool somebody_can = list->called > 0;

	for (int i = 0; i < list->n; i++)
	{
		if (list->plan[i].tried)
			continue;
		if (next == NULL)
			next = &list->contacts[i];
		if (list->contacts[i].obstacle == NULL)
			somebody_can = true;
	}
	if (next == NULL || next->obstacle == NULL)
		return false;
	if (next->off_duty && next->call_off_duty && !somebody_can)
		ignore_duty(run, now);
	else
		skip(run, next, now);
	return true;
}

const char *
list_nobody(const RunList *list)
{
	return list->off_duty ? "nobody on this list is on duty now"
						  : "nobody who was on the list can be called any more";
}

bool
list_next_round(Run *run, TimestampTz now)
{
	Datum argument = UUIDPGetDatum(&run->run_id);
	JsonBuild b;

	run->round++;
	run->duty_ignored = false;
	run->waiting = false;
	run->deadline_at = now + strike_pager_round_pause * INT64CONST(1000);
	run->last_error =
		psprintf("round %d of %d: nobody said yes", run->round - 1, strike_pager_rounds);
	if (!run_write(run, now))
		return false;
	(void) query_run(&next_round_sql, &argument, NULL, 0);
	begin_payload(&b, run);
	json_int(&b, "rounds", strike_pager_rounds);
	json_time(&b, "begins_at", run->deadline_at);
	run_append(run, "PagerRoundStartedEvent", json_end(&b), ACTOR);
	return true;
}
