/*
 * journal.h
 *		Every request received (but those to /control and /dashboard) and every callback sent, in
 *		order.  Bounded: the oldest entries go, and how many went is told.  No secrets: credentials
 *		in headers, bodies and URLs are blanked (secrets.h).
 */
#ifndef MOCK_JOURNAL_H
#define MOCK_JOURNAL_H

#include "form.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_ENTRIES_MAX 20000
#define JOURNAL_BYTES_MAX (48 * 1024 * 1024) /* of bodies, headers and paths, together */
#define JOURNAL_BODY_MAX (64 * 1024)		 /* of one body; longer ones are cut and say so */
#define JOURNAL_ANSWER_MAX (8 * 1024)
#define JOURNAL_HEADERS_MAX (4 * 1024) /* of one entry's headers; further ones aren't kept */

/* Both return the entry's number, to settle it by; numbers rise for ever, over resets too. */
extern long journal_request(const char *method, const char *path, const Form *headers,
							const char *body, size_t length);
extern long
journal_callback(const char *method, const char *url, const Form *headers, const char *body);

/* All ignore an entry that was dropped meanwhile. */
extern void journal_name(long n, const char *subsector, const char *attempt_id); /* NULL: leave */
extern void journal_settle(long n, int status);
extern void journal_note(long n, const char *note); /* what a fault did to it, e.g. "lost" */
/* What a callback was answered with, e.g. TwiML; the first JOURNAL_ANSWER_MAX bytes. */
extern void journal_answer(long n, const char *answer, size_t length);

/*
 * Entries as JSON, filtered by the query's since (n greater than), subsector, attempt_id,
 * direction, method, path (a part of it), limit (the last so many).
 */
extern json_t *journal_entries(const Form *query);
extern long journal_dropped(void);
extern long journal_count(void);
extern long journal_last(void); /* the latest entry's number */
extern void journal_reset(void);

#endif
