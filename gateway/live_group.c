/*
 * live_group.c
 *		What is kept for a group, and for how long.
 */
#include "live_group.h"

#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 1000
#define KEPT_BYTES (1024 * 1024) /* of a group's tail */
#define PAGES_MAX 16			 /* of a group in memory at once: nobody takes another's room */

struct GroupList live_groups = TAILQ_HEAD_INITIALIZER(live_groups);
static int group_count;
static unsigned long long messages;

LiveGroup *
live_group_find(const char *role, const char *tenant)
{
	LiveGroup *group;

	TAILQ_FOREACH(group, &live_groups, link)
	{
		if (strcmp(group->role, role) == 0 && strcmp(group->tenant, tenant) == 0)
			return group;
	}
	return NULL;
}

LiveGroup *
live_group_new(const char *role, const char *tenant)
{
	LiveGroup *group;

	if (group_count >= GROUPS_MAX)
		return NULL;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		abort();
	snprintf(group->role, sizeof(group->role), "%s", role);
	snprintf(group->tenant, sizeof(group->tenant), "%s", tenant);
	group->attention = -1;
	TAILQ_INIT(&group->members);
	TAILQ_INIT(&group->idle);
	TAILQ_INIT(&group->waiting);
	TAILQ_INIT(&group->segments);
	TAILQ_INSERT_TAIL(&live_groups, group, link);
	group_count++;
	return group;
}

int
live_group_count(void)
{
	return group_count;
}

static void
remove_segment(LiveGroup *group, LiveSegment *segment)
{
	TAILQ_REMOVE(&group->segments, segment, link);
	if (segment->page)
		group->page_count--;
	else
		group->tail_bytes -= segment->length;
	if (segment == group->tail)
		group->tail = NULL;
	if (segment->readers > 0)
		segment->detached = true;
	else
		live_segment_free(segment);
}

void
live_group_begin_tail(LiveGroup *group, int64_t low)
{
	LiveSegment *segment = live_segment_new(low);

	segment->base = group->tail != NULL ? group->tail->base + group->tail->length : 0;
	TAILQ_INSERT_TAIL(&group->segments, segment, link);
	group->tail = segment;
}

void
live_group_forget(LiveGroup *group)
{
	while (!TAILQ_EMPTY(&group->segments))
		remove_segment(group, TAILQ_FIRST(&group->segments));
}

void
live_group_free(LiveGroup *group)
{
	live_group_forget(group);
	TAILQ_REMOVE(&live_groups, group, link);
	group_count--;
	free(group);
}

void
live_group_drop_unread(LiveGroup *group, int64_t kept_ms)
{
	int64_t now = loop_now_ms();
	LiveSegment *segment = TAILQ_FIRST(&group->segments);

	while (segment != NULL)
	{
		LiveSegment *next = TAILQ_NEXT(segment, link);

		if (segment->readers == 0 && segment != group->tail &&
			(segment->page ? segment->read_ms < now - kept_ms : group->tail_bytes > KEPT_BYTES))
			remove_segment(group, segment);
		segment = next;
	}
}

bool
live_group_has_room(LiveGroup *group)
{
	if (group->page_count >= PAGES_MAX)
		live_group_drop_unread(group, 0);
	return group->page_count < PAGES_MAX;
}

/* Adds the page's messages up to `limit`; returns how far the database looked. */
static int64_t
take_messages(LiveGroup *group, LiveSegment *segment, const PGresult *result, int64_t limit)
{
	int rows = PQntuples(result);
	int64_t seq = 0;

	for (int row = 0; row < rows; row++)
	{
		seq = strtoll(PQgetvalue(result, row, 0), NULL, 10);
		if (PQgetisnull(result, row, 1) || seq > limit)
			continue;
		if (!segment->page && live_segment_is_full(segment))
		{
			segment->high = seq - 1;
			live_group_begin_tail(group, segment->high);
			segment = group->tail;
		}
		live_segment_add(segment, seq, PQgetvalue(result, row, 1),
						 (size_t) PQgetlength(result, row, 1));
		messages++;
	}
	seq = seq < limit ? seq : limit;
	if (seq > segment->high)
		segment->high = seq;
	return seq;
}

int64_t
live_group_extend(LiveGroup *group, const PGresult *result, size_t *bytes)
{
	uint64_t before = group->tail->base + group->tail->length;
	int64_t seen = take_messages(group, group->tail, result, INT64_MAX);

	*bytes = (size_t) (group->tail->base + group->tail->length - before);
	group->tail_bytes += *bytes;
	if (PQntuples(result) > 0)
		group->attention = strtol(PQgetvalue(result, PQntuples(result) - 1, 2), NULL, 10);
	return seen;
}

bool
live_group_add_page(LiveGroup *group, int64_t since, const PGresult *result)
{
	LiveSegment *page = live_segment_new(since);
	LiveSegment *next = TAILQ_FIRST(&group->segments);

	page->page = true;
	page->read_ms = loop_now_ms();
	while (next->low <= page->low)
		next = TAILQ_NEXT(next, link); /* the tail at the latest: pages lie before it */
	if (take_messages(group, page, result, next->low) <= page->low)
	{
		live_segment_free(page);
		return false;
	}
	TAILQ_INSERT_BEFORE(next, page, link);
	group->page_count++;
	return true;
}

unsigned long long
live_group_messages(void)
{
	return messages;
}

size_t
live_group_bytes(void)
{
	const LiveGroup *group;
	const LiveSegment *segment;
	size_t bytes = 0;

	TAILQ_FOREACH(group, &live_groups, link)
	{
		TAILQ_FOREACH(segment, &group->segments, link)
		{
			bytes += segment->capacity;
		}
	}
	return bytes;
}
