/*
 * live_segment.h
 *		A stretch of the feed as one group sees it: frames one behind the other.  No I/O.
 */
#ifndef GATEWAY_LIVE_SEGMENT_H
#define GATEWAY_LIVE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* a segment isn't begun anew below this; one message may be longer */
#define LIVE_SEGMENT_BYTES (256 * 1024)
#define LIVE_SEGMENT_MESSAGES 1024

/* Where a message ends. */
typedef struct LiveMark
{
	int64_t seq;
	size_t end;
} LiveMark;

typedef struct LiveSegment
{
	int64_t low;  /* all that is visible with low < seq … */
	int64_t high; /* … and seq <= high is here */
	char *bytes;
	size_t length;
	size_t capacity;
	LiveMark *marks;
	size_t mark_count;
	size_t mark_capacity;
	uint64_t base; /* of a group's tail segments: bytes before this one */
	int readers;
	bool page;		 /* fetched for readers who came back */
	bool detached;	 /* out of its group: freed by the last reader */
	int64_t read_ms; /* when a reader came last, or it was made */
	TAILQ_ENTRY(LiveSegment) link;
} LiveSegment;

LiveSegment *live_segment_new(int64_t low);
void live_segment_free(LiveSegment *segment);

/* Adds a message, as a WebSocket text frame. */
void live_segment_add(LiveSegment *segment, int64_t seq, const char *text, size_t length);
bool live_segment_is_full(const LiveSegment *segment);

/* Where the first message after `seq` begins; segment->length if there is none. */
size_t live_segment_after(const LiveSegment *segment, int64_t seq);
/* How many messages end at or before `offset`. */
size_t live_segment_messages(const LiveSegment *segment, size_t offset);
/* Where the frame ends in which `offset` is; `offset` itself between two. */
size_t live_segment_frame_end(const LiveSegment *segment, size_t offset);

#endif
