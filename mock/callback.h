/*
 * callback.h
 *		Signed callbacks to the client, sent one after the other a line, repeated by Twilio's rules
 *		(one repeat after a failed connect, unless the URL's #fragment asks for more), and hurt by
 *		the callback faults.
 */
#ifndef MOCK_CALLBACK_H
#define MOCK_CALLBACK_H

#include "eco.h"
#include "fetch.h"
#include "form.h"

#include <stdbool.h>

typedef struct CallbackLine CallbackLine;

/*
 * What came of one callback.  Called once each, but not for those that callback_stop() forgot.
 * One that a fault loses, or keeps back, counts for its sender as arrived (FETCH_BELIEVED): what
 * was lost on the way to the client can't be seen from here.
 */
typedef void (*CallbackDone)(const FetchAnswer *answer, void *arg);

/* on_idle (may be NULL) is called with owner each time the line runs empty. */
extern CallbackLine *callback_line(const char *token, void (*on_idle)(void *), void *owner);

/*
 * How often a line's callbacks are repeated, and how long their answers are waited for, where a
 * URL's fragment would otherwise ask: it isn't read then.  Without this: Twilio's defaults.
 */
extern void callback_rules(CallbackLine *line, int repeats, int read_timeout_ms);

/*
 * Queues one: POST of fields to url (copied).  urgent: not held up by the line's others nor hurt
 * by faults (a call's TwiML, which isn't a notification).  method_get: fields go into the query.
 */
extern void callback_send(CallbackLine *line, Eco *eco, const char *attempt_id, const char *url,
						  const Form *fields, CallbackDone done, void *arg);
extern void callback_ask(CallbackLine *line, Eco *eco, const char *attempt_id, const char *url,
						 bool method_get, const Form *fields, CallbackDone done, void *arg);

/* The answers to what was asked so far aren't wanted any more. */
extern void callback_withdraw(CallbackLine *line);

/* Nothing to send now; late ones (the fault) may still wait. */
extern bool callback_idle(const CallbackLine *line);
extern void callback_stop(CallbackLine *line); /* forgets all but what's on the wire */
extern void callback_free(CallbackLine **line);

extern int callback_count_under_way(void); /* sent, and not yet answered */

#endif
