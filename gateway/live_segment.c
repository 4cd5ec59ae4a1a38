/*
 * live_segment.c
 *		Frames and where they end.
 */
#include "live_segment.h"

#include "ws_frame.h"

#include <stdlib.h>
#include <string.h>

LiveSegment *
live_segment_new(int64_t low)
{
	LiveSegment *segment = calloc(1, sizeof(*segment));

	if (segment == NULL)
		abort();
	segment->low = segment->high = low;
	return segment;
}

void
live_segment_free(LiveSegment *segment)
{
	free(segment->bytes);
	free(segment->marks);
	free(segment);
}

void
live_segment_add(LiveSegment *segment, int64_t seq, const char *text, size_t length)
{
	char head[WS_HEAD_MAX];
	size_t head_length = ws_frame_head(head, WS_TEXT, length);
	size_t wanted = segment->length + head_length + length;

	if (wanted > segment->capacity)
	{
		segment->capacity = wanted + wanted / 2 + 1024;
		segment->bytes = realloc(segment->bytes, segment->capacity);
	}
	if (segment->mark_count == segment->mark_capacity)
	{
		segment->mark_capacity = segment->mark_capacity * 2 + 16;
		segment->marks = realloc(segment->marks, segment->mark_capacity * sizeof(LiveMark));
	}
	if (segment->bytes == NULL || segment->marks == NULL)
		abort();
	memcpy(segment->bytes + segment->length, head, head_length);
	memcpy(segment->bytes + segment->length + head_length, text, length);
	segment->length = wanted;
	segment->marks[segment->mark_count++] = (LiveMark){seq, wanted};
}

bool
live_segment_is_full(const LiveSegment *segment)
{
	return segment->length >= LIVE_SEGMENT_BYTES || segment->mark_count >= LIVE_SEGMENT_MESSAGES;
}

size_t
live_segment_after(const LiveSegment *segment, int64_t seq)
{
	size_t low = 0;
	size_t high = segment->mark_count;

	while (low < high)
	{
		size_t middle = (low + high) / 2;

		if (segment->marks[middle].seq > seq)
			high = middle;
		else
			low = middle + 1;
	}
	return low == 0 ? 0 : segment->marks[low - 1].end;
}

size_t
live_segment_messages(const LiveSegment *segment, size_t offset)
{
	size_t low = 0;
	size_t high = segment->mark_count;

	while (low < high)
	{
		size_t middle = (low + high) / 2;

		if (segment->marks[middle].end > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t
live_segment_frame_end(const LiveSegment *segment, size_t offset)
{
	size_t ended = live_segment_messages(segment, offset);

	if (offset == 0 || (ended > 0 && segment->marks[ended - 1].end == offset))
		return offset;
	return segment->marks[ended].end;
}
