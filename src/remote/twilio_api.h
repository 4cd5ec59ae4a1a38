/*
 * twilio_api.h
 *		Twilio Studio v2 as the pager uses it: requests built, answers read.  No state here.
 *		(https://www.twilio.com/docs/studio/rest-api/v2/execution)
 */
#ifndef STRIKE_TWILIO_API_H
#define STRIKE_TWILIO_API_H

#include "remote/http.h"
#include "utils/timestamp.h"

typedef struct TwilioAccount
{
	char *studio_url; /* base, no slash at the end */
	char *account_sid;
	char *auth_token; /* never logged */
	char *from_number;
	char *flow_sid;
} TwilioAccount;

/* One page by telephone. */
typedef struct TwilioPage
{
	const char *to; /* E.164 */
	const char *attempt_id;
	const char *eco_id;
	const char *subsector;
	const char *message;
	const char *callback_url; /* NULL: none, polling finds out */
} TwilioPage;

/* What a request for a call was answered. */
typedef enum TwilioReply
{
	TWILIO_PLACED,	  /* sid is the execution */
	TWILIO_LINE_BUSY, /* 409: sid is the execution that is active for that number */
	TWILIO_NOT_NOW,	  /* certainly without effect: not sent, 429; retry_after_s may say when */
	TWILIO_REFUSED,	  /* a definite no for this call (number, parameters) */
	TWILIO_ACCOUNT,	  /* a definite no for the account: credentials, flow */
	TWILIO_LOST		  /* effect not known */
} TwilioReply;

typedef struct TwilioPlaced
{
	TwilioReply reply;
	char *sid; /* palloc'd, or NULL */
	int retry_after_s;
	int code; /* Twilio's, 0 = none */
} TwilioPlaced;

/* All start the request; the answer comes to done (see http.h). */
extern void
twilio_place(const TwilioAccount *account, const TwilioPage *page, HttpDone done, void *arg);
extern void twilio_end(const TwilioAccount *account, const char *sid, HttpDone done, void *arg);
extern void twilio_fetch(const TwilioAccount *account, const char *sid, HttpDone done, void *arg);
extern void twilio_context(const TwilioAccount *account, const char *sid, HttpDone done, void *arg);
/* executions created since (wall clock), newest first, TWILIO_LIST_PAGE a page */
#define TWILIO_LIST_PAGE 50
extern void twilio_list(const TwilioAccount *account, TimestampTz since, HttpDone done, void *arg);
/* the page after, by the URL that twilio_read_list() gave: a page's number alone finds nothing */
extern void
twilio_list_next(const TwilioAccount *account, const char *url, HttpDone done, void *arg);

extern TwilioPlaced twilio_read_placed(const HttpAnswer *answer);

/* Of twilio_fetch(): 1 = ended, 0 = active, -1 = no usable answer. */
extern int twilio_read_ended(const HttpAnswer *answer);

typedef struct TwilioContext
{
	bool usable;
	char *attempt_id; /* flow.data.attempt_id, or NULL */
	char *digits;	  /* what was pressed, or NULL */
	char *answered_by;
	char *call_sid;
	char *call_status;
} TwilioContext;

extern TwilioContext twilio_read_context(const HttpAnswer *answer);

/*
 * Of twilio_list(): sids of executions to that number, at most 'most'; -1 = no usable answer.
 * *next gets the next page's URL, NULL if there is none.
 */
extern int twilio_read_list(const HttpAnswer *answer, const TwilioAccount *account, const char *to,
							char **sids, int most, char **next);

/* Is it a sid of that kind ("FN", "CA"), 34 characters? */
extern bool twilio_is_sid(const char *text, const char *kind);

#endif
