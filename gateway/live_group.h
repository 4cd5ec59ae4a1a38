/*
 * live_group.h
 *		A role and tenant: its readers, and the segments of the feed that are kept for them.
 */
#ifndef GATEWAY_LIVE_GROUP_H
#define GATEWAY_LIVE_GROUP_H

#include "live.h"
#include "live_segment.h"

#include <libpq-fe.h>

#define LIVE_CLAIM_BYTES 104

TAILQ_HEAD(ReaderList, LiveReader);
TAILQ_HEAD(SegmentList, LiveSegment);

typedef struct LiveGroup
{
	char role[LIVE_CLAIM_BYTES];
	char tenant[LIVE_CLAIM_BYTES];
	struct ReaderList members;
	struct ReaderList idle;
	struct ReaderList waiting;
	struct SegmentList segments; /* by low; the tail is the last */
	LiveSegment *tail;			 /* NULL while the feed's end is unknown */
	size_t tail_bytes;			 /* of the segments that aren't pages */
	int page_count;
	bool dirty;			   /* the feed may have more behind the tail */
	long attention;		   /* orders that need it, as of the tail; -1: not known yet */
	int64_t asked_ms;	   /* when the tail was last asked for */
	int64_t empty_ms;	   /* since when without readers */
	int64_t not_before_ms; /* of the next fetch, after one that brought nothing */
	TAILQ_ENTRY(LiveGroup) link;
} LiveGroup;

TAILQ_HEAD(GroupList, LiveGroup);

/* all there are; who has been asked for longest stands first */
extern struct GroupList live_groups;

/* NULL: there is none. */
LiveGroup *live_group_find(const char *role, const char *tenant);
/* NULL: there are too many. */
LiveGroup *live_group_new(const char *role, const char *tenant);
/* It has no members any more. */
void live_group_free(LiveGroup *group);
int live_group_count(void);

/* A new tail behind the one there is; `low`: as in LiveSegment. */
void live_group_begin_tail(LiveGroup *group, int64_t low);
/* Forgets all that was kept; readers in the middle of it may finish. */
void live_group_forget(LiveGroup *group);
/* Pages unread for so long, and what of the tail is more than is kept for those who come back. */
void live_group_drop_unread(LiveGroup *group, int64_t kept_ms);
/* May another page be fetched?  Unread ones make room. */
bool live_group_has_room(LiveGroup *group);

/*
 * Results of live_source.h.  Extending returns how far the database looked, *bytes: how much came.
 * Adding a page says false when it brought nothing on: the feed isn't what it was taken for.
 */
int64_t live_group_extend(LiveGroup *group, const PGresult *result, size_t *bytes);
bool live_group_add_page(LiveGroup *group, int64_t since, const PGresult *result);

/* Messages made so far, once a group. */
unsigned long long live_group_messages(void);
/* Bytes that all groups' segments take. */
size_t live_group_bytes(void);

#endif
