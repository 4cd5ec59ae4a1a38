/*
 * poll_compare.h
 *		An order's tasks as they are known, and as a look found them, side by side.
 */
#ifndef STRIKE_POLL_COMPARE_H
#define STRIKE_POLL_COMPARE_H

#include "utils/uuid.h"

#include "domain/fingerprint.h"
#include "domain/task_watch.h"
#include "remote/render_api.h"

/* A task of the comparison: as known, as found, what is made of it. */
typedef struct WatchItem
{
	WatchedTask watched;
	char *id;
	char *status; /* the work system's word, as found; as known if it is missing */
	char *known_status;
	char *assignee;
	char *known_assignee;
	char *assignee_ref; /* the person's contact_ref, for events */
	char *known_ref;
	char *crew;
	char *known_crew;
	char *cloned_from;
	char *known_cloned_from;
	char *description;
	char *known_description;
	bool was_allocated;
	char fingerprint[FINGERPRINT_SIZE];
	Display display;
} WatchItem;

typedef struct WatchItems
{
	int n;
	int known; /* the first 'known' of them were seen before */
	WatchItem *item;
} WatchItems;

/*
 * Reads the rows of render_tasks and lays what was found over them; our_id: the task that Strike
 * made, may be NULL.  A person who works a task for the first time gets a contact_refs row.  Needs
 * a transaction, SPI connected, the order's render_process_state row locked.
 */
extern WatchItems
watch_items(const pg_uuid_t *eco_id, const char *our_id, const RemoteTask *tasks, int n);

/*
 * MD5 over all that a look found, whatever the order of the tasks: two looks with the same digest
 * found the same.
 */
extern void watch_digest(const RemoteTask *tasks, int n, char digest[FINGERPRINT_SIZE]);

/* Writes what has changed into render_tasks, as of 'now'. */
extern void watch_write(const pg_uuid_t *eco_id, const WatchItems *items, TimestampTz now);

#endif
