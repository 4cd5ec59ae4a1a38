/*
 * twilio_request.h
 *		What both of Twilio's transports share: the request, and the answer's body.
 */
#ifndef STRIKE_TWILIO_REQUEST_H
#define STRIKE_TWILIO_REQUEST_H

#include "remote/twilio_api.h"

/* body: a form; NULL = GET.  label: for logs. */
extern void twilio_request(const TwilioAccount *account, const char *url, const char *body,
						   const char *label, HttpDone done, void *arg);

/* The answer's body as an object, NULL unless it is one. */
extern Jsonb *twilio_body(const HttpAnswer *answer);

extern void studio_place(const TwilioAccount *account, const char *to, const TwilioPage *pages,
						 int n, const char *base, HttpDone done, void *arg);
extern char *studio_url_of(const TwilioAccount *account, const char *sid);
extern char *studio_list_url(const TwilioAccount *account, TimestampTz since);
extern TwilioState studio_read_state(const HttpAnswer *answer);
extern int studio_read_list(const TwilioAccount *account, const HttpAnswer *answer, const char *to,
							char **sids, int most, char **next);

extern void calls_place(const TwilioAccount *account, const char *to, const TwilioPage *pages,
						int n, const char *base, HttpDone done, void *arg);
extern char *calls_url_of(const TwilioAccount *account, const char *sid);
extern char *calls_list_url(const TwilioAccount *account, const char *to, const char *status);
extern TwilioState calls_read_state(const HttpAnswer *answer);
extern int calls_read_list(const TwilioAccount *account, const HttpAnswer *answer, const char *to,
						   TimestampTz since, char **sids, int most, char **next);

#endif
