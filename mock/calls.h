/*
 * calls.h
 *		Twilio's Calls API: create, list, fetch, update; and a call's way through its TwiML.
 *
 *			queued ─► initiated ─► ringing ─► in-progress ─► completed
 *			                             └─► busy, no-answer, failed, canceled
 *
 *		"initiated" is a status of callbacks only.
 */
#ifndef MOCK_CALLS_H
#define MOCK_CALLS_H

#include "callback.h"
#include "phone.h"
#include "server.h"
#include "twilio.h"
#include "twiml.h"

#define CALL_TWIML_MAX 4000 /* characters of the Twiml parameter */

typedef enum CallEvent
{
	CALL_INITIATED = 1,
	CALL_RINGING = 2,
	CALL_ANSWERED = 4,
	CALL_COMPLETED = 8
} CallEvent;

typedef enum Detection
{
	DETECT_NOTHING,
	DETECT_ENABLE,
	DETECT_MESSAGE_END
} Detection;

/* A URL that is asked or told, and how. */
typedef struct CallHook
{
	char *url; /* NULL = none */
	bool get;
} CallHook;

typedef struct Call
{
	Phone *phone;
	char *account_sid;
	CallHook voice, fallback, status, detected;
	char *twiml;	 /* given in the request, NULL = fetched from voice */
	unsigned events; /* CallEvents that are told to status */
	int sequence;	 /* of the next status callback */
	Detection detection;
	bool detection_async;
	const char *answered_by; /* NULL = not (yet) detected */
	double time_limit_s;
	Timer *limit;
	Timer *detecting;
	CallbackLine *line;
	/* the document being played */
	TwimlVerb *document;
	const TwimlVerb *at;
	CallHook origin; /* where it came from */
	bool is_fallback;
	int documents; /* so far */
	Eco *asked;	   /* whose question is being asked */
	Timer *timer;
	TAILQ_ENTRY(Call) link;
} Call;

TAILQ_HEAD(CallHead, Call);

typedef struct CallProblem
{
	int code; /* 0 = none so far */
	char message[200];
} CallProblem;

/* Handlers */
extern void calls_create(Request *request);
extern void calls_list(Request *request);
extern void calls_fetch(Request *request);
extern void calls_update(Request *request);
extern void calls_reset(void);

extern struct CallHead *calls_all(void); /* oldest first */
extern json_t *call_json(const Call *call);
/* Credentials, and the path's account is the one that they are of; false = answered. */
extern bool calls_admitted(Request *request, TwilioAccount *account);

/* calls_request.c */
/* The first complaint counts; %s is the value (NULL: ""). */
extern void call_complain(CallProblem *problem, int code, const char *message, const char *value);
extern const char *call_given(const Form *form, const char *name); /* NULL when empty too */
extern void call_read_hook(const Form *form, const char *name, const char *method, int code,
						   CallHook *hook, CallProblem *problem);
/* Everything that Twilio takes for a new call; what has no effect here is checked all the same. */
extern void call_read(const Form *form, Call *call, double *ring_s, CallProblem *problem);

/* calls_walk.c */
extern const PhoneListener call_listener;
extern void call_play_url(Call *call, const char *url, bool get);
extern void call_play_text(Call *call, const char *twiml);

/* calls_told.c: status callbacks, and what every request about a call carries. */
extern void call_fields(const Call *call, Form *form, const char *status);
extern void call_tell(Call *call, CallEvent event);
extern void call_ask(Call *call, const CallHook *hook, const Form *fields, CallbackDone done);
/* What our URLs say: /twilio/voice|gather|status/{attempt}?subsector=…; NULL where they don't. */
extern char *call_attempt_of(const char *url);
extern Eco *call_eco_of(const char *url);
extern char *call_url_resolved(const char *base, const char *url);

#endif
