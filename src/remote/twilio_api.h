/*
 * twilio_api.h
 *		Twilio as the pager uses it, over either transport: requests built, answers read.  No
 *		state here; pager code doesn't ask which transport an account has, but calls these.
 *
 *		studio: executions of a flow	(https://www.twilio.com/docs/studio/rest-api/v2/execution)
 *		calls: calls with TwiML			(https://www.twilio.com/docs/voice/api/call-resource)
 */
#ifndef STRIKE_TWILIO_API_H
#define STRIKE_TWILIO_API_H

#include "ground/json.h"
#include "remote/http.h"
#include "utils/timestamp.h"

typedef struct TwilioAccount
{
	bool calls;		  /* the transport: Calls API; else Studio */
	char *studio_url; /* bases, no slash at the end */
	char *api_url;
	char *account_sid;
	char *auth_token; /* never logged */
	char *from_number;
	char *flow_sid; /* studio only */
} TwilioAccount;

/* One order's share of a call. */
typedef struct TwilioPage
{
	const char *attempt_id;
	const char *eco_id;
	const char *subsector;
	const char *message;
} TwilioPage;

#define TWILIO_PAGES_MAX 4 /* orders in one call */

/* Behind the webhooks' URLs: Twilio repeats a report that failed, up to three times. */
#define TWILIO_REPEAT "#rc=3&rp=ct,rt,5xx"

/* What a request for a call was answered. */
typedef enum TwilioReply
{
	TWILIO_PLACED,	  /* sid is the execution, or the call */
	TWILIO_LINE_BUSY, /* 409: sid is the execution that is active for that number */
	TWILIO_NOT_SENT,  /* certainly without effect: the provider could not be reached */
	TWILIO_NOT_NOW,	  /* certainly without effect: 429; retry_after_s may say when */
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

/* What the provider knows of a call. */
typedef struct TwilioState
{
	bool usable;
	bool ended;
	bool complete;	   /* nothing more can be learned: no need to read the context */
	char *call_status; /* as Twilio says it, or NULL */
	char *answered_by; /* or NULL */
	char *digits;	   /* what was pressed for this order, or NULL */
	char *attempt_id;  /* the first order's attempt, as the request said it, or NULL */
	char *call_sid;	   /* or NULL */
} TwilioState;

/*
 * Places a call to 'to' (E.164) about the pages, one after the other, the first being the call's
 * own; base: of the webhooks, '' = none, then asking finds out.
 */
extern void twilio_place(const TwilioAccount *account, const char *to, const TwilioPage *pages,
						 int n, const char *base, HttpDone done, void *arg);
extern void twilio_end(const TwilioAccount *account, const char *sid, HttpDone done, void *arg);
extern void twilio_fetch(const TwilioAccount *account, const char *sid, HttpDone done, void *arg);
/* Studio only: what was pressed. */
extern void twilio_context(const TwilioAccount *account, const char *sid, HttpDone done, void *arg);
/* calls to that number since (wall clock), newest first, TWILIO_LIST_PAGE a page */
#define TWILIO_LIST_PAGE 100
extern void twilio_list(const TwilioAccount *account, const char *to, TimestampTz since,
						HttpDone done, void *arg);
/* the page after, by the URL that twilio_read_list() gave: a page's number alone finds nothing */
extern void
twilio_list_next(const TwilioAccount *account, const char *url, HttpDone done, void *arg);
/* Does a call to that number wait in the provider's own queue? */
extern void twilio_queue(const TwilioAccount *account, const char *to, HttpDone done, void *arg);

extern TwilioPlaced twilio_read_placed(const TwilioAccount *account, const HttpAnswer *answer);
extern TwilioState twilio_read_state(const TwilioAccount *account, const HttpAnswer *answer);

/* Adds what the context says to a state; false = no usable answer.  ours: the attempt asked for. */
extern bool twilio_read_context(const HttpAnswer *answer, const char *ours, TwilioState *state);

/*
 * Of twilio_list(): sids to that number since (wall clock), at most 'most'; -1 = no usable answer.
 * *next gets the next page's URL, NULL if there is none.
 */
extern int twilio_read_list(const TwilioAccount *account, const HttpAnswer *answer, const char *to,
							TimestampTz since, char **sids, int most, char **next);
/* Of twilio_queue(). */
extern bool twilio_read_queued(const HttpAnswer *answer, const char *to);

/* Is it a sid of that kind ("FN", "CA"), 34 characters? */
extern bool twilio_is_sid(const char *text, const char *kind);

#endif
