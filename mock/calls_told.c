/*
 * calls_told.c
 *		What a call tells its client.
 */
#include "calls.h"

#include "clock.h"
#include "faults.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
call_attempt_of(const char *url)
{
	static const char *const before[] = {"/twilio/voice/", "/twilio/gather/", "/twilio/status/"};

	for (size_t i = 0; url != NULL && i < sizeof(before) / sizeof(before[0]); i++)
	{
		const char *found = strstr(url, before[i]);

		if (found != NULL)
		{
			found += strlen(before[i]);
			return memory_text_of(found, strcspn(found, "/?#"));
		}
	}
	return NULL;
}

Eco *
call_eco_of(const char *url)
{
	const char *question = url != NULL ? strchr(url, '?') : NULL;
	Form query = {NULL, 0};
	Eco *eco = NULL;

	if (question == NULL)
		return NULL;
	form_parse(&query, question + 1, strcspn(question + 1, "#"));
	if (form_get(&query, "subsector") != NULL)
		eco = eco_at(form_get(&query, "subsector"));
	form_free(&query);
	return eco;
}

char *
call_url_resolved(const char *base, const char *url)
{
	const char *host = strstr(base, "://");
	size_t length;

	if (strstr(url, "://") != NULL || host == NULL)
		return memory_text(url);
	if (url[0] == '\0')
		return memory_text(base);
	host += 3;
	length = (size_t) (host - base) + strcspn(host, "/?#");
	if (url[0] != '/')
	{
		/* beside the document, or the document with another query */
		size_t path = strcspn(base + length, "?#");

		if (url[0] == '?')
			length += path;
		else
		{
			while (path > 0 && base[length + path - 1] != '/')
				path--;
			length += path;
			if (path == 0)
				return memory_format("%.*s/%s", (int) length, base, url);
		}
	}
	return memory_format("%.*s%s", (int) length, base, url);
}

static void
add_number(Form *form, const char *name, const char *also, const char *number)
{
	static const char *const parts[] = {"City", "State", "Zip"};
	char field[32];

	form_add(form, name, number);
	form_add(form, also, number);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		snprintf(field, sizeof(field), "%s%s", name, parts[i]);
		form_add(form, field, "");
		snprintf(field, sizeof(field), "%s%s", also, parts[i]);
		form_add(form, field, "");
	}
	snprintf(field, sizeof(field), "%sCountry", name);
	form_add(form, field, number[1] == '1' ? "US" : "");
	snprintf(field, sizeof(field), "%sCountry", also);
	form_add(form, field, number[1] == '1' ? "US" : "");
}

void
call_fields(const Call *call, Form *form, const char *status)
{
	const Phone *phone = call->phone;

	form_add(form, "AccountSid", call->account_sid);
	form_add(form, "ApiVersion", "2010-04-01");
	form_add(form, "CallSid", phone->call_sid);
	form_add(form, "CallStatus", status);
	form_add(form, "Direction", "outbound-api");
	add_number(form, "From", "Caller", phone->from);
	add_number(form, "To", "Called", phone->to);
	if (call->answered_by != NULL)
		form_add(form, "AnsweredBy", call->answered_by);
}

/* Of the terminal event: what SIP said. */
static const char *
sip_code(const Phone *phone)
{
	switch (phone->end)
	{
		case PHONE_COMPLETED:
			return "200";
		case PHONE_BUSY:
			return "486";
		case PHONE_NO_ANSWER:
		case PHONE_CANCELED:
			return "487";
		case PHONE_FAILED:
			break;
	}
	return "404";
}

void
call_tell(Call *call, CallEvent event)
{
	const Phone *phone = call->phone;
	Form form = {NULL, 0};
	char *attempt;
	Eco *eco;
	char text[CLOCK_TEXT];

	if (call->status.url == NULL || (call->events & event) == 0)
		return;
	call_fields(call, &form,
				event == CALL_INITIATED	 ? "initiated"
				: event == CALL_RINGING	 ? "ringing"
				: event == CALL_ANSWERED ? "in-progress"
										 : phone_status(phone));
	clock_rfc2822(faults_wall_ms(PROVIDER_TWILIO, phone->eco), text);
	form_add(&form, "Timestamp", text);
	form_add(&form, "CallbackSource", "call-progress-events");
	snprintf(text, sizeof(text), "%d", call->sequence++);
	form_add(&form, "SequenceNumber", text);
	/* our own numbers are attested in full */
	if (event == CALL_RINGING || event == CALL_ANSWERED)
		form_add(&form, "StirStatus", "A");
	if (event == CALL_COMPLETED)
	{
		int64_t ms = phone->answered_ms != 0 ? phone->ended_ms - phone->answered_ms : 0;
		long seconds = ms > 0 ? (long) ((ms + 999) / 1000) : 0;

		snprintf(text, sizeof(text), "%ld", seconds);
		form_add(&form, "CallDuration", text);
		if (phone->end == PHONE_COMPLETED)
		{
			snprintf(text, sizeof(text), "%ld", (seconds + 59) / 60);
			form_add(&form, "Duration", text);
		}
		form_add(&form, "SipResponseCode", sip_code(phone));
	}
	attempt = call_attempt_of(call->status.url);
	eco = call_eco_of(call->status.url);
	callback_send(call->line, eco != NULL ? eco : phone->eco,
				  attempt != NULL ? attempt : phone->attempt_id, call->status.url, &form, NULL,
				  NULL);
	free(attempt);
	form_free(&form);
}

void
call_ask(Call *call, const CallHook *hook, const Form *fields, CallbackDone done)
{
	char *attempt = call_attempt_of(hook->url);
	Eco *eco = call_eco_of(hook->url);

	callback_ask(call->line, eco != NULL ? eco : call->phone->eco,
				 attempt != NULL ? attempt : call->phone->attempt_id, hook->url, hook->get, fields,
				 done, call);
	free(attempt);
}
