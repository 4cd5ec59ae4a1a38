/*
 * twilio.h
 *		What Twilio's APIs have in common: accounts, error bodies, numbers, headers, paging.
 */
#ifndef MOCK_TWILIO_H
#define MOCK_TWILIO_H

#include "credentials.h"
#include "server.h"

#include <jansson.h>

typedef struct TwilioAccount
{
	char sid[CREDENTIAL_MAX];
	char token[CREDENTIAL_MAX];
} TwilioAccount;

/* With a token set, only that one is accepted; else any but the empty one and "wrong". */
extern void twilio_require_token(const char *token);

/* Twilio's error body.  code 0: the one that usually goes with the status. */
extern void twilio_refuse(Request *request, int status, int code, const char *message);

/*
 * The start of each handler: headers, credentials, the error fault.  false: answered already.
 * Call server_about() before it.
 */
extern bool twilio_admit(Request *request, TwilioAccount *account);

extern bool twilio_number_ok(const char *number); /* E.164 */
extern json_t *twilio_iso(int64_t ms);			  /* null when 0 */
extern json_t *twilio_rfc2822(int64_t ms);
/* Base of the URLs told in answers, e.g. http://127.0.0.1:8090/twilio; caller frees. */
extern char *twilio_base_url(const Request *request);

/* PageSize and Page of a list: false = answered with an error. */
extern bool twilio_paging(Request *request, long *page, long *page_size);

#endif
