/*
 * live_source.h
 *		The feed's connection to the database: told of news, asked for pages, one call at a time.
 */
#ifndef GATEWAY_LIVE_SOURCE_H
#define GATEWAY_LIVE_SOURCE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

/* rows of the feed that one page looks at */
#define LIVE_PAGE_ROWS 500

typedef struct LiveFetch
{
	const char *role;
	const char *tenant; /* "" = none */
	int64_t since;
} LiveFetch;

/* All are called with the connection idle, none from live_source_kick. */
typedef struct LiveSourceListener
{
	/* the feed has come so far; another_history: what was known of it isn't in it any more */
	void (*head)(int64_t head, bool another_history, int64_t asked_ms);
	/* there may be more in the feed than was known */
	void (*news)(void);
	/* what to fetch next; false: nothing.  The strings stay until fetched or failed. */
	bool (*wanted)(LiveFetch *fetch);
	/* rows (seq, message, attention): the last, without a message, says how far they go, and how
	   many orders need attention */
	void (*fetched)(const PGresult *result);
	/* refused: the database gives this role and tenant nothing; else it is tried again */
	void (*failed)(bool refused);
} LiveSourceListener;

void live_source_open(const LiveSourceListener *listener);
void live_source_close(void);

/* There may be something wanted. */
void live_source_kick(void);
/* The feed's end is asked for again, now. */
void live_source_ask(void);

/* Milliseconds since the database last said how far the feed is; a large number if never. */
int64_t live_source_silence_ms(void);
/* Seconds that the oldest event has waited for its number, when last asked. */
double live_source_lag(void);

#endif
