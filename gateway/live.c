/*
 * live.c
 *		Groups, their segments, and who reads where.
 */
#include "live.h"

#include "live_group.h"
#include "live_source.h"
#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_KEPT_MS 2000 /* after its last reader, unless room is needed */
#define STUCK_MS 500	  /* before what brought nothing is tried again */
#define PAGE_LARGE 900000 /* bytes; strike_live_feed may have stopped there */
#define SWEEP_MS 500
#define LOOK_MS 3000   /* orders also change without an event: a delivery that is stuck */
#define EMPTY_MS 60000 /* how long a group without readers is kept */
#define FRESH_MS 3500  /* the database's last word is older: it may be gone */
#define READERS_A_TURN 64

static struct ReaderList run = TAILQ_HEAD_INITIALIZER(run);
static const LiveListener *listener;
static Timer run_timer;
static Timer sweep_timer;
static int64_t head = -1;
static LiveGroup *fetching; /* whose page is under way */
static int64_t fetching_since;
static bool fetching_tail;
static unsigned long long fetches;
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

	/* "from now on", and a seq that isn't known here, wait for the feed's end as of their joining */
	if (reader->position < 0 || reader->position > head)
		segment = NULL;
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

bool
live_now(const LiveReader *reader, int64_t *seq, long *attention)
{
	if (reader->place != LIVE_IDLE || reader->adrift || reader->group->attention < 0 ||
		!live_fresh())
		return false;
	*seq = reader->group->tail->high;
	if (reader->position > *seq)
		*seq = reader->position;
	*attention = reader->group->attention;
	return true;
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

/* --- joining and leaving ------------------------------------------------------------------------ */

static LiveGroup *
group_of(const char *role, const char *tenant)
{
	LiveGroup *group = live_group_find(role, tenant);

	if (group != NULL)
		return group;
	group = live_group_new(role, tenant);
	if (group == NULL)
		return NULL;
	/* looked at once at least, so that a role without a right hears so at once */
	group->dirty = true;
	if (head >= 0)
		live_group_begin_tail(group, head);
	live_source_kick();
	return group;
}

static void
free_group(LiveGroup *group)
{
	if (fetching == group)
		fetching = NULL;
	live_group_free(group);
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

	TAILQ_FOREACH(group, &live_groups, link)
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

	live_group_forget(group);
	live_group_begin_tail(group, head);
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
	TAILQ_FOREACH(group, &live_groups, link)
	{
		if (another_history)
		{
			if (fetching == group)
				fetching = NULL;
			begin_anew(group);
			continue;
		}
		if (group->tail == NULL)
			live_group_begin_tail(group, head);
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
		if (reader->position >= 0 && reader->position < group->tail->low &&
			(lowest < 0 || reader->position < lowest))
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
	TAILQ_FOREACH(group, &live_groups, link)
	{
		if (group->not_before_ms > loop_now_ms())
			continue;
		fetching_tail = group->dirty && !TAILQ_EMPTY(&group->members);
		fetching_since = fetching_tail ? group->tail->high : lowest_wanted(group);
		if (fetching_since >= 0 && (fetching_tail || live_group_has_room(group)))
			break;
	}
	if (group == NULL)
		return false;
	TAILQ_REMOVE(&live_groups, group, link);
	TAILQ_INSERT_TAIL(&live_groups, group, link);
	if (fetching_tail)
	{
		group->dirty = false; /* what comes from now on makes it so again */
		group->asked_ms = loop_now_ms();
	}
	fetching = group;
	fetch->role = group->role;
	fetch->tenant = group->tenant;
	fetch->since = fetching_since;
	fetches++;
	return true;
}

static void
extend_tail(LiveGroup *group, const PGresult *result)
{
	size_t more;
	bool first = group->attention < 0;
	int64_t seen = live_group_extend(group, result, &more);

	if (seen > head)
		head = seen;
	if (seen - fetching_since >= LIVE_PAGE_ROWS || seen < head || more > PAGE_LARGE)
		group->dirty = true;
	/* or they wait for the first word about their group */
	if (more > 0 || first)
		wake_all(&group->idle);
}

static void
add_page(LiveGroup *group, const PGresult *result)
{
	if (live_group_add_page(group, fetching_since, result))
	{
		wake_all(&group->waiting);
		return;
	}
	/* the feed ends before what was seen of it: its end is asked for, and tells more */
	group->not_before_ms = loop_now_ms() + STUCK_MS;
	live_source_ask();
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
	LiveGroup *group = TAILQ_FIRST(&live_groups);

	(void) arg;
	while (group != NULL)
	{
		LiveGroup *next = TAILQ_NEXT(group, link);

		live_group_drop_unread(group, PAGE_KEPT_MS);
		if (loop_now_ms() - group->asked_ms > LOOK_MS)
			group->dirty = true;
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
	while (!TAILQ_EMPTY(&live_groups))
		free_group(TAILQ_FIRST(&live_groups));
}

LiveFigures
live_figures(void)
{
	LiveFigures figures = {.groups = live_group_count(),
						   .kept_bytes = live_group_bytes(),
						   .head = head,
						   .lag = live_source_lag(),
						   .silent = (double) live_source_silence_ms() / 1000,
						   .fetches = fetches,
						   .messages = live_group_messages(),
						   .histories = histories};
	const LiveGroup *group;

	TAILQ_FOREACH(group, &live_groups, link)
	{
		if (!TAILQ_EMPTY(&group->members) && group->tail != NULL &&
			head - group->tail->high > figures.behind)
			figures.behind = head - group->tail->high;
	}
	return figures;
}
