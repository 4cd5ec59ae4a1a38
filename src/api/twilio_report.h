/*
 * twilio_report.h
 *		What Twilio's reports say, recorded and answered.  The caller has checked the signature.
 *		All need a transaction at READ COMMITTED, SPI connected; they lock the run of the attempt,
 *		and all runs of its order for a key press 1.
 */
#ifndef STRIKE_TWILIO_REPORT_H
#define STRIKE_TWILIO_REPORT_H

#include "utils/uuid.h"

#include "domain/twilio_form.h"

typedef struct Answer
{
	int status;
	const char *content_type; /* NULL: no body */
	const char *body;
} Answer;

/* A webhook's request: the attempt of its path, its query and its form (both decoded). */
typedef struct Report
{
	pg_uuid_t attempt_id;
	const TwilioForm *query;
	const TwilioForm *form;
} Report;

extern Answer report_text(int status, const char *body);

/* The flow's reports: Event, Digits, AnsweredBy, Reason, CallSid; {"say": …} for the flow to say. */
extern Answer report_studio(const Report *report);

/* The call was answered: TwiML that tells and asks. */
extern Answer report_voice(const Report *report);

/* A key, or none: TwiML that says what became of it, and goes on with the call's next order. */
extern Answer report_gather(const Report *report);

/* CallStatus, with its SequenceNumber. */
extern Answer report_status(const Report *report);

/* A report's own words, cut and printable; NULL if there are none.  palloc'd. */
extern char *report_words(const char *words);

/* What the caller is told of his key; palloc'd. */
extern char *report_outcome(const pg_uuid_t *attempt_id);

#endif
