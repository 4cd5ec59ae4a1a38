/*
 * live.c
 *		Groups, their segments, and who reads where.
 */
#include "live.h"

#include "live_segment.h"
#include "live_source.h"
#include "log.h"
#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 1000
#define CLAIM_BYTES 104
#define KEPT_BYTES (4 * 1024 * 1024) /* of a group's tail, for readers who come back soon */
#define PAGES_MAX 64				 /* in memory at once, of all groups */
#define PAGE_KEPT_MS 2000			 /* after its last reader, unless room is needed */
#define STUCK_MS 500				 /* before what brought nothing is tried again */
#define PAGE_LARGE 900000			 /* bytes; strike_live_feed may have stopped there */
#define SWEEP_MS 500
#define EMPTY_MS 60000 /* how long a group without readers is kept */
#define FRESH_MS 3500  /* the database's last word is older: it may be gone */
#define READERS_A_TURN 64

TAILQ_HEAD(ReaderList, LiveReader);
TAILQ_HEAD(SegmentList, LiveSegment);

typedef struct LiveGroup
{
	char role[CLAIM_BYTES];
	char tenant[CLAIM_BYTES];
	struct ReaderList members;
	struct ReaderList idle;
	struct ReaderList waiting;
	struct SegmentList segments; /* by low; the tail is the last */
	LiveSegment *tail;			 /* NULL while the feed's end is unknown */
	size_t tail_bytes;			 /* of the segments that aren't pages */
	bool dirty;					 /* the feed may have more behind the tail */
	int64_t empty_ms;			 /* since when without readers */
	int64_t not_before_ms;		 /* of the next fetch, after one that brought nothing */
	TAILQ_ENTRY(LiveGroup) link;
} LiveGroup;

static TAILQ_HEAD(GroupList, LiveGroup) groups = TAILQ_HEAD_INITIALIZER(groups);
static int group_count;
static int page_count;
static struct ReaderList run = TAILQ_HEAD_INITIALIZER(run);
static const LiveListener *listener;
static Timer run_timer;
static Timer sweep_timer;
static int64_t head = -1;
static LiveGroup *fetching; /* whose page is under way */
static int64_t fetching_since;
static bool fetching_tail;
static unsigned long long fetches;
static unsigned long long messages;
static unsigned long long histories;

/* --- readers on their way between lists ------------------------------------------------------ */

static void
on_run(void *arg)
{
	(void) arg;
	for (int i = 0; i < READERS_A_TURN && !TAILQ_EMPTY(&run); i++)
	{
		LiveReader *reader = TAILQ_FIRST(&run);

		TAILQ_REMOVE(&run, reader, queue);
		reader->place = LIVE_ACTIVE;
		listener->ready(reader);
	}
	/* the rest after others had their turn */
	if (!TAILQ_EMPTY(&run))
		timer_arm(&run_timer, 0, on_run, NULL);
}

static void
take_from_list(LiveReader *reader)
{
	if (reader->place == LIVE_IDLE)
		TAILQ_REMOVE(&reader->group->idle, reader, queue);
	else if (reader->place == LIVE_WAITING)
		TAILQ_REMOVE(&reader->group->waiting, reader, queue);
	else if (reader->place == LIVE_RUN)
		TAILQ_REMOVE(&run, reader, queue);
	reader->place = LIVE_ACTIVE;
}

static void
wake_all(struct ReaderList *list)
{
	LiveReader *reader;

	if (TAILQ_EMPTY(list))
		return;
	TAILQ_FOREACH(reader, list, queue)
	{
		reader->place = LIVE_RUN;
	}
	TAILQ_CONCAT(&run, list, queue);
	timer_arm(&run_timer, 0, on_run, NULL);
}

static void
let_go_of_segment(LiveReader *reader)
{
	LiveSegment *segment = reader->segment;

	reader->segment = NULL;
	if (segment != NULL && --segment->readers == 0 && segment->detached)
		live_segment_free(segment);
}

/* --- segments --------------------------------------------------------------------------------- */

static void
remove_segment(LiveGroup *group, LiveSegment *segment)
{
	TAILQ_REMOVE(&group->segments, segment, link);
	if (segment->page)
		page_count--;
	else
		group->tail_bytes -= segment->length;
	if (segment == group->tail)
		group->tail = NULL;
	if (segment->readers > 0)
		segment->detached = true;
	else
		live_segment_free(segment);
}

static void
begin_tail(LiveGroup *group, int64_t low)
{
	LiveSegment *segment = live_segment_new(low);

	segment->base = group->tail != NULL ? group->tail->base + group->tail->length : 0;
	TAILQ_INSERT_TAIL(&group->segments, segment, link);
	group->tail = segment;
}

/* Pages that nobody reads any more, and of the tail what is beyond KEPT_BYTES. */
static void
drop_unread(LiveGroup *group, int64_t kept_ms)
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

static bool
room_for_page(void)
{
	LiveGroup *group;

	if (page_count < PAGES_MAX)
		return true;
	TAILQ_FOREACH(group, &groups, link)
	{
		drop_unread(group, 0);
	}
	return page_count < PAGES_MAX;
}

/* --- where a reader reads --------------------------------------------------------------------- */

/*
 * Sets the reader to the first message after its position.  False: it has everything (idle), or
 * what it needs isn't at hand (waiting).
 */
static bool
seek(LiveReader *reader)
{
	LiveGroup *group = reader->group;
	LiveSegment *segment = group->tail;

	/* a position below all waits for the feed's end, as asked for when it joined */
	while (segment != NULL && reader->position < segment->low)
		segment = TAILQ_PREV(segment, SegmentList, link);
	for (; segment != NULL && reader->position >= segment->low; segment = TAILQ_NEXT(segment, link))
	{
		size_t offset = live_segment_after(segment, reader->position);

		if (offset < segment->length)
		{
			reader->segment = segment;
			reader->offset = offset;
			segment->readers++;
			segment->read_ms = loop_now_ms();
			return true;
		}
		if (segment == group->tail)
		{
			reader->place = LIVE_IDLE;
			TAILQ_INSERT_TAIL(&group->idle, reader, queue);
			return false;
		}
		if (reader->position < segment->high)
			reader->position = segment->high;
	}
	reader->place = LIVE_WAITING;
	TAILQ_INSERT_TAIL(&group->waiting, reader, queue);
	live_source_kick();
	return false;
}

size_t
live_bytes(LiveReader *reader, const char **bytes)
{
	LiveSegment *segment = reader->segment;

	if (reader->place != LIVE_ACTIVE)
		return 0;
	if (segment != NULL && reader->offset == segment->length)
	{
		reader->position = segment->high;
		let_go_of_segment(reader);
		segment = NULL;
	}
	if (segment == NULL)
	{
		if (reader->adrift)
			return 0;
		if (!seek(reader))
			return 0;
		segment = reader->segment;
	}
	*bytes = segment->bytes + reader->offset;
	if (reader->adrift)
		return live_rest_of_frame(reader, bytes);
	return segment->length - reader->offset;
}

size_t
live_sent(LiveReader *reader, size_t length)
{
	size_t before = live_segment_messages(reader->segment, reader->offset);

	reader->offset += length;
	return live_segment_messages(reader->segment, reader->offset) - before;
}

size_t
live_rest_of_frame(const LiveReader *reader, const char **bytes)
{
	const LiveSegment *segment = reader->segment;

	if (segment == NULL)
		return 0;
	*bytes = segment->bytes + reader->offset;
	return live_segment_frame_end(segment, reader->offset) - reader->offset;
}

size_t
live_backlog(const LiveReader *reader)
{
	const LiveSegment *segment = reader->segment;
	const LiveSegment *tail = reader->group != NULL ? reader->group->tail : NULL;

	if (segment == NULL)
		return 0;
	if (segment->page || segment->detached || tail == NULL)
		return segment->length - reader->offset;
	return (size_t) (tail->base + tail->length - segment->base - reader->offset);
}

bool
live_fresh(void)
{
	return live_source_silence_ms() < FRESH_MS;
}

int64_t
live_now(const LiveReader *reader)
{
	int64_t all;

	if (reader->place != LIVE_IDLE || reader->adrift || !live_fresh())
		return -1;
	all = reader->group->tail->high;
	return all > reader->position ? all : reader->position;
}

bool
live_take_adrift(LiveReader *reader, int64_t *now)
{
	const char *bytes;

	if (!reader->adrift || live_rest_of_frame(reader, &bytes) > 0)
		return false;
	let_go_of_segment(reader);
	reader->adrift = false;
	reader->position = head;
	*now = head;
	return true;
}

/* --- groups ----------------------------------------------------------------------------------- */

static LiveGroup *
group_of(const char *role, const char *tenant)
{
	LiveGroup *group;

	TAILQ_FOREACH(group, &groups, link)
	{
		if (strcmp(group->role, role) == 0 && strcmp(group->tenant, tenant) == 0)
			return group;
	}
	if (group_count >= GROUPS_MAX)
		return NULL;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		abort();
	snprintf(group->role, sizeof(group->role), "%s", role);
	snprintf(group->tenant, sizeof(group->tenant), "%s", tenant);
	TAILQ_INIT(&group->members);
	TAILQ_INIT(&group->idle);
	TAILQ_INIT(&group->waiting);
	TAILQ_INIT(&group->segments);
	TAILQ_INSERT_TAIL(&groups, group, link);
	group_count++;
	/* looked at once at least, so that a role without a right hears so at once */
	group->dirty = true;
	if (head >= 0)
		begin_tail(group, head);
	live_source_kick();
	return group;
}

static void
free_group(LiveGroup *group)
{
	while (!TAILQ_EMPTY(&group->segments))
		remove_segment(group, TAILQ_FIRST(&group->segments));
	if (fetching == group)
		fetching = NULL;
	TAILQ_REMOVE(&groups, group, link);
	group_count--;
	free(group);
}

bool
live_join(LiveReader *reader, const char *role, const char *tenant, int64_t since)
{
	LiveGroup *group = group_of(role, tenant);

	if (group == NULL)
		return false;
	memset(reader, 0, sizeof(*reader));
	reader->group = group;
	reader->position = since;
	reader->joined_ms = loop_now_ms();
	TAILQ_INSERT_TAIL(&group->members, reader, member);
	reader->place = LIVE_RUN;
	TAILQ_INSERT_TAIL(&run, reader, queue);
	timer_arm(&run_timer, 0, on_run, NULL);
	/* from now on; or ahead of us; or from another history */
	if (since < 0 || since > head)
		live_source_ask();
	return true;
}

void
live_leave(LiveReader *reader)
{
	LiveGroup *group = reader->group;

	if (group == NULL)
		return;
	take_from_list(reader);
	let_go_of_segment(reader);
	TAILQ_REMOVE(&group->members, reader, member);
	reader->group = NULL;
	reader->place = LIVE_NOWHERE;
	group->empty_ms = loop_now_ms();
}

bool
live_is_of(const LiveReader *reader, const char *role, const char *tenant)
{
	return reader->group != NULL && strcmp(reader->group->role, role) == 0 &&
		   strcmp(reader->group->tenant, tenant) == 0;
}

/* --- what the database says ------------------------------------------------------------------- */

static void
on_news(void)
{
	LiveGroup *group;

	TAILQ_FOREACH(group, &groups, link)
	{
		group->dirty = true;
	}
}

/* This reader's seq means nothing here: it is told, and goes on from the feed's end. */
static void
set_adrift(LiveReader *reader)
{
	reader->adrift = true;
	if (reader->place == LIVE_IDLE || reader->place == LIVE_WAITING)
	{
		take_from_list(reader);
		reader->place = LIVE_RUN;
		TAILQ_INSERT_TAIL(&run, reader, queue);
		timer_arm(&run_timer, 0, on_run, NULL);
	}
}

static void
begin_anew(LiveGroup *group)
{
	LiveReader *reader;

	while (!TAILQ_EMPTY(&group->segments))
		remove_segment(group, TAILQ_FIRST(&group->segments));
	begin_tail(group, head);
	group->dirty = true;
	TAILQ_FOREACH(reader, &group->members, member)
	{
		if (reader->position >= 0)
			set_adrift(reader);
	}
	wake_all(&group->waiting);
}

static void
on_head(int64_t seq, bool another_history, int64_t asked_ms)
{
	LiveGroup *group;
	LiveReader *reader;

	/* a fetch may have seen more than what was asked before it */
	if (another_history || seq > head)
		head = seq;
	histories += another_history;
	TAILQ_FOREACH(group, &groups, link)
	{
		if (another_history)
		{
			if (fetching == group)
				fetching = NULL;
			begin_anew(group);
			continue;
		}
		if (group->tail == NULL)
			begin_tail(group, head);
		group->dirty = group->dirty || group->tail->high < head;
		TAILQ_FOREACH(reader, &group->members, member)
		{
			if (reader->joined_ms > asked_ms)
				continue;
			if (reader->position < 0)
				reader->position = head;
			else if (reader->position > head)
				set_adrift(reader);
		}
		wake_all(&group->waiting);
	}
}

/* The lowest position that a reader of this group waits at; -1: none does. */
static int64_t
lowest_wanted(const LiveGroup *group)
{
	const LiveReader *reader;
	int64_t lowest = -1;

	TAILQ_FOREACH(reader, &group->waiting, queue)
	{
		if (reader->position >= 0 && (lowest < 0 || reader->position < lowest))
			lowest = reader->position;
	}
	return lowest;
}

/* In turn: the group asked for last goes to the end. */
static bool
on_wanted(LiveFetch *fetch)
{
	LiveGroup *group;

	if (head < 0)
		return false;
	TAILQ_FOREACH(group, &groups, link)
	{
		if (group->not_before_ms > loop_now_ms())
			continue;
		fetching_tail = group->dirty && !TAILQ_EMPTY(&group->members);
		fetching_since = fetching_tail ? group->tail->high : lowest_wanted(group);
		if (fetching_since >= 0 && (fetching_tail || room_for_page()))
			break;
	}
	if (group == NULL)
		return false;
	TAILQ_REMOVE(&groups, group, link);
	TAILQ_INSERT_TAIL(&groups, group, link);
	if (fetching_tail)
		group->dirty = false; /* what comes from now on makes it so again */
	fetching = group;
	fetch->role = group->role;
	fetch->tenant = group->tenant;
	fetch->since = fetching_since;
	fetches++;
	return true;
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
			begin_tail(group, segment->high);
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

static void
extend_tail(LiveGroup *group, const PGresult *result)
{
	uint64_t before = group->tail->base + group->tail->length;
	int64_t seen = take_messages(group, group->tail, result, INT64_MAX);
	size_t more = (size_t) (group->tail->base + group->tail->length - before);

	group->tail_bytes += more;
	if (seen > head)
		head = seen;
	if (seen - fetching_since >= LIVE_PAGE_ROWS || seen < head || more > PAGE_LARGE)
		group->dirty = true;
	if (more > 0)
		wake_all(&group->idle);
}

static void
add_page(LiveGroup *group, const PGresult *result)
{
	LiveSegment *page = live_segment_new(fetching_since);
	LiveSegment *next = TAILQ_FIRST(&group->segments);

	page->page = true;
	page->read_ms = loop_now_ms();
	while (next->low <= page->low)
		next = TAILQ_NEXT(next, link);
	if (take_messages(group, page, result, next->low) <= page->low)
	{
		/* the feed ends before what was seen of it: its end is asked for, and tells more */
		live_segment_free(page);
		group->not_before_ms = loop_now_ms() + STUCK_MS;
		live_source_ask();
		return;
	}
	TAILQ_INSERT_BEFORE(next, page, link);
	page_count++;
	wake_all(&group->waiting);
}

static void
on_fetched(const PGresult *result)
{
	LiveGroup *group = fetching;

	fetching = NULL;
	if (group == NULL)
		return; /* gone, or begun anew, meanwhile */
	if (fetching_tail)
		extend_tail(group, result);
	else if (fetching_since < group->tail->low)
		add_page(group, result);
	else
		wake_all(&group->waiting);
}

static void
on_failed(bool refused)
{
	LiveGroup *group = fetching;

	fetching = NULL;
	if (group == NULL)
		return;
	group->dirty = true;
	group->not_before_ms = loop_now_ms() + STUCK_MS;
	while (refused && !TAILQ_EMPTY(&group->members))
	{
		LiveReader *reader = TAILQ_FIRST(&group->members);

		live_leave(reader);
		listener->refused(reader);
	}
	if (refused)
		free_group(group);
}

static const LiveSourceListener source_listener = {on_head, on_news, on_wanted, on_fetched,
												   on_failed};

static void
on_sweep(void *arg)
{
	LiveGroup *group = TAILQ_FIRST(&groups);

	(void) arg;
	while (group != NULL)
	{
		LiveGroup *next = TAILQ_NEXT(group, link);

		drop_unread(group, PAGE_KEPT_MS);
		if (TAILQ_EMPTY(&group->members) && loop_now_ms() - group->empty_ms > EMPTY_MS)
			free_group(group);
		group = next;
	}
	live_source_kick(); /* there may be room for a page now */
	timer_arm(&sweep_timer, SWEEP_MS, on_sweep, NULL);
}

/* --- all of it -------------------------------------------------------------------------------- */

void
live_open(const LiveListener *to)
{
	listener = to;
	live_source_open(&source_listener);
	on_sweep(NULL);
}

void
live_close(void)
{
	live_source_close();
	timer_cancel(&run_timer);
	timer_cancel(&sweep_timer);
	while (!TAILQ_EMPTY(&groups))
		free_group(TAILQ_FIRST(&groups));
}

LiveFigures
live_figures(void)
{
	LiveFigures figures = {.groups = group_count,
						   .head = head,
						   .lag = live_source_lag(),
						   .silent = (double) live_source_silence_ms() / 1000,
						   .fetches = fetches,
						   .messages = messages,
						   .histories = histories};
	const LiveGroup *group;
	const LiveSegment *segment;

	TAILQ_FOREACH(group, &groups, link)
	{
		if (!TAILQ_EMPTY(&group->members) && group->tail != NULL &&
			head - group->tail->high > figures.behind)
			figures.behind = head - group->tail->high;
		TAILQ_FOREACH(segment, &group->segments, link)
		{
			figures.kept_bytes += segment->capacity;
		}
	}
	return figures;
}
