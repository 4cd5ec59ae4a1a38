/*
 * studio.h
 *		Twilio Studio v2: executions of the project's flow (flow.h), one widget after the other.
 *
 *			made ─► START_SECONDS ─► widgets ─► through, or ended by the API, or by a hang-up
 *
 *		An order is one ECO's attempt within the call: Parameters itself, then each of its "next".
 *		Which order a widget is about says its name: ask_2 asks for the second.
 */
#ifndef MOCK_STUDIO_H
#define MOCK_STUDIO_H

#include "callback.h"
#include "flow.h"
#include "phone.h"
#include "server.h"

#include <jansson.h>

#define STUDIO_ORDERS_MAX 4 /* the flow has widgets for so many */

typedef struct StudioOrder
{
	Eco *eco;
	char *attempt_id;	/* NULL = not given */
	char *callback_url; /* NULL = none */
} StudioOrder;

typedef struct Execution
{
	char sid[ID_TEXT];
	char contact_sid[ID_TEXT];
	char *account_sid;
	char *flow_sid;
	char *to, *from;
	json_t *parameters; /* an object: flow.data */
	json_t *variables;	/* an object: flow.variables */
	json_t *widgets;	/* an object: what each widget has left */
	int64_t created_ms, updated_ms;
	bool ended;
	bool finished; /* the flow is through; ends when its reports are out */
	StudioOrder orders[STUDIO_ORDERS_MAX];
	int order_count;
	const FlowWidget *at; /* the widget being played, NULL before and after */
	json_t *trace;		  /* an array: each step as [sid, event, from, to, UTC ms] */
	int steps;
	int *visits; /* a widget each */
	Timer *timer;
	Phone *phone;
	CallbackLine *line;
	TAILQ_ENTRY(Execution) link;
} Execution;

/* Handlers */
extern void studio_create(Request *request);
extern void studio_list(Request *request);
extern void studio_fetch(Request *request);
extern void studio_update(Request *request);
extern void studio_context(Request *request);
extern void studio_steps(Request *request);
extern void studio_step(Request *request);

/* Credentials, flow and execution of a request about one; NULL = answered. */
extern Execution *studio_requested(Request *request);
/* The envelope of a list at base. */
extern json_t *studio_meta(const Request *request, const char *base, const char *key, long page,
						   long size, bool more);

/* studio_walk.c: plays the flow of a new execution. */
extern void studio_walk(Execution *execution, const char *auth_token);
extern void studio_stop(Execution *execution);					/* ended by the API */
extern json_t *studio_values(const Execution *execution);		/* what templates and Context see */
extern void studio_go(Execution *execution, const char *event); /* the widget is through */
/* The event led to widget, NULL: to the end. */
extern void studio_follow(Execution *execution, const char *event, const FlowWidget *widget);
extern void studio_finish(Execution *execution);

/* studio_widgets.c: begins a widget; studio_go() follows, at once or later. */
extern void studio_play(Execution *execution);
extern const PhoneListener studio_listener;
extern json_t *studio_call_json(const Execution *execution);

extern void studio_ended(Execution *execution); /* from the walk: no longer active */
extern void studio_reset(void);

#endif
