/*
 * live.h
 *		The live feed, for readers at any place in it.
 *
 * Readers with the same role and tenant are a group: the database is asked once for all of them,
 * and what it says is kept once, as frames ready to be sent.  A segment holds what the group may
 * see of a stretch of the feed; the last one, the tail, grows as the feed does.  Readers who come
 * back with an older seq read pages fetched for them, shared too, until they reach the tail.
 *
 *		  page (low, high]      page          …   segment        tail ──► grows
 *		 ├───────────────────┼──────────┤        ├─────────────┼──────────┤
 *		          ▲ reader                                   ▲ reader     ▲ idle readers
 *
 * A reader has a position, the last seq that it was given, and gets what is after it: so nothing
 * twice, and nothing left out, whatever was lost in between.
 */
#ifndef GATEWAY_LIVE_H
#define GATEWAY_LIVE_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct LiveGroup;
struct LiveSegment;

typedef enum LivePlace
{
	LIVE_NOWHERE,
	LIVE_ACTIVE,  /* its owner has bytes to send, or to ask for */
	LIVE_RUN,	  /* about to be told that there are some */
	LIVE_IDLE,	  /* has everything */
	LIVE_WAITING, /* for a page, or for the database */
	LIVE_ADRIFT	  /* the feed has another history than the reader's */
} LivePlace;

/* Zeroed before first use; stays in place between live_join and live_leave. */
typedef struct LiveReader
{
	struct LiveGroup *group;
	struct LiveSegment *segment; /* in which offset is; NULL between segments */
	size_t offset;				 /* next byte */
	int64_t position;			 /* last seq given, as far as segment says no more */
	LivePlace place;
	bool adrift; /* told at the next end of a frame */
	int64_t joined_ms;
	TAILQ_ENTRY(LiveReader) member;
	TAILQ_ENTRY(LiveReader) queue;
} LiveReader;

typedef struct LiveListener
{
	/* there are bytes for this reader, or it is adrift */
	void (*ready)(LiveReader *reader);
	/* the database gives this role and tenant no feed; the reader has left */
	void (*refused)(LiveReader *reader);
} LiveListener;

typedef struct LiveFigures
{
	int groups;
	size_t kept_bytes;
	int64_t head;	/* of the feed; -1: not known yet */
	int64_t behind; /* seqs that the group furthest behind has not been told of */
	double lag;		/* seconds that the oldest event has waited for its number */
	double silent;	/* seconds since the database last said how far the feed is */
	unsigned long long fetches;
	unsigned long long messages;  /* made, once a group */
	unsigned long long histories; /* how often the feed was found to be another */
} LiveFigures;

/* Connects to the database by itself; db_connection_settings came before. */
void live_open(const LiveListener *listener);
void live_close(void);

/* since: last seq seen, -1 for what comes from now on.  False: too many groups. */
bool live_join(LiveReader *reader, const char *role, const char *tenant, int64_t since);
void live_leave(LiveReader *reader);
bool live_is_of(const LiveReader *reader, const char *role, const char *tenant);

/* Bytes to send now, 0 for none: then ready() will be called. */
size_t live_bytes(LiveReader *reader, const char **bytes);
/* So many of them were sent; returns how many messages ended with them. */
size_t live_sent(LiveReader *reader, size_t length);
/* Bytes until the frame begun is wholly sent; 0 between frames. */
size_t live_rest_of_frame(const LiveReader *reader, const char **bytes);
/* Bytes that wait for a reader, as far as they are at hand. */
size_t live_backlog(const LiveReader *reader);

/*
 * The reader has all up to this seq, and so many of its orders need attention, by what the database
 * said just now; false: it hasn't, or didn't.
 */
bool live_now(const LiveReader *reader, int64_t *seq, long *attention);
/* Is the database known to be there? */
bool live_fresh(void);
/* The reader is adrift: it goes on from here, the feed's end as it is now. */
bool live_take_adrift(LiveReader *reader, int64_t *now);

LiveFigures live_figures(void);

#endif
