/*
 * studio.h
 *		Twilio Studio v2: executions of a paging flow.
 *
 *			create → ringing (CALLING) → answered → one question an item → ended
 *			                           ↘ no answer, busy, failed (FAILED) → ended
 *
 *		An item is one ECO's attempt within the call: Parameters itself, then each of its "next".
 */
#ifndef MOCK_STUDIO_H
#define MOCK_STUDIO_H

#include "callback.h"
#include "phone.h"
#include "server.h"

#include <jansson.h>

#define STUDIO_ITEMS_MAX 20

typedef struct StudioItem
{
	Eco *eco;
	char *attempt_id;	/* NULL = not given */
	char *callback_url; /* NULL: nothing is reported */
	Answer answer;		/* what the person says to this ECO */
	int sequence;		/* of the next callback */
	char digit;			/* pressed, 0 = not (yet) */
	bool settled;		/* its outcome was reported */
} StudioItem;

typedef struct Execution
{
	char sid[ID_TEXT];
	char contact_sid[ID_TEXT];
	char *account_sid;
	char *flow_sid;
	char *to, *from;
	json_t *parameters; /* an object */
	int64_t created_ms, updated_ms;
	bool ended;
	bool finished; /* the flow is through; ends when its reports are out */
	StudioItem items[STUDIO_ITEMS_MAX];
	int item_count;
	int item_now; /* the question being asked */
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

/* studio_walk.c: plays the flow of a new execution. */
extern void studio_walk(Execution *execution, const char *auth_token);
extern void studio_stop(Execution *execution); /* ended by the API */
extern json_t *studio_widgets(const Execution *execution);

extern void studio_ended(Execution *execution); /* from the walk: no longer active */
extern void studio_reset(void);

#endif
