/*
 * calls_request.c
 *		Reading and checking what a request about a call asks for.
 */
#include "calls.h"

#include "memory.h"
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
call_complain(CallProblem *problem, int code, const char *message, const char *value)
{
	if (problem->code != 0)
		return;
	problem->code = code;
	snprintf(problem->message, sizeof(problem->message), message, value != NULL ? value : "");
	/* A message is UTF-8 whatever was given. */
	for (char *c = problem->message; *c != '\0'; c++)
	{
		if ((unsigned char) *c >= 0x80 || (unsigned char) *c < ' ')
			*c = '?';
	}
}

const char *
call_given(const Form *form, const char *name)
{
	const char *value = form_get(form, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool
url_ok(const char *url, bool underscore)
{
	const char *host;
	size_t length;

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return false;
	host = strstr(url, "://") + 3;
	length = strcspn(host, "/?#");
	return length > 0 && strlen(url) <= 4000 && url[strcspn(url, " \t\r\n")] == '\0' &&
		   (underscore || memchr(host, '_', length) == NULL);
}

static bool
method_is_get(const Form *form, const char *name, CallProblem *problem)
{
	const char *method = call_given(form, name);

	if (method == NULL || strcasecmp(method, "POST") == 0)
		return false;
	if (strcasecmp(method, "GET") != 0)
		call_complain(problem, 20001, "%s must be GET or POST", name);
	return true;
}

void
call_read_hook(const Form *form, const char *name, const char *method, int code, CallHook *hook,
			   CallProblem *problem)
{
	const char *url = call_given(form, name);

	hook->get = method_is_get(form, method, problem);
	if (url == NULL)
		return;
	if (!url_ok(url, strncmp(name, "Status", 6) != 0))
		call_complain(problem, code, "Url is not a valid URL: %.120s", url);
	else
	{
		free(hook->url);
		hook->url = memory_text(url);
	}
}

static double
read_number(const Form *form, const char *name, double low, double high, double fallback,
			CallProblem *problem)
{
	const char *text = call_given(form, name);
	char *end;
	double value;

	if (text == NULL)
		return fallback;
	value = strtod(text, &end);
	if (*end != '\0' || !(value >= low && value <= high) || value != (double) (long) value)
	{
		call_complain(problem, 20001, "%s is out of range", name);
		return fallback;
	}
	return value;
}

static bool
read_flag(const Form *form, const char *name, CallProblem *problem)
{
	const char *text = call_given(form, name);

	if (text == NULL || strcasecmp(text, "false") == 0)
		return false;
	if (strcasecmp(text, "true") != 0)
		call_complain(problem, 20001, "%s must be true or false", name);
	return true;
}

static unsigned
read_events(const Form *form, CallProblem *problem)
{
	static const char *const names[] = {"initiated", "ringing", "answered", "completed"};
	unsigned events = 0;

	for (size_t i = 0; i < form->count; i++)
	{
		const char *value = form->fields[i].value;
		size_t k = 0;

		if (strcmp(form->fields[i].name, "StatusCallbackEvent") != 0)
			continue;
		while (k < 4 && strcasecmp(names[k], value) != 0)
			k++;
		if (k == 4)
			call_complain(problem, 21626, "Invalid StatusCallbackEvent: %.60s", value);
		else
			events |= 1u << k;
	}
	return events != 0 ? events : CALL_COMPLETED;
}

void
call_read(const Form *form, Call *call, double *ring_s, CallProblem *problem)
{
	const char *to = call_given(form, "To");
	const char *from = call_given(form, "From");
	const char *twiml = call_given(form, "Twiml");
	const char *detection = call_given(form, "MachineDetection");
	const char *digits = call_given(form, "SendDigits");

	if (to == NULL)
		call_complain(problem, 21201, "No 'To' number is specified", NULL);
	else if (!twilio_number_ok(to))
		call_complain(problem, 21211,
					  "The phone number you are attempting to call, %.40s, is not valid.", to);
	if (from == NULL)
		call_complain(problem, 21213, "No 'From' number is specified", NULL);
	else if (!twilio_number_ok(from))
		call_complain(problem, 21212, "The source phone number provided, %.40s, is not valid.",
					  from);
	call_read_hook(form, "Url", "Method", 21205, &call->voice, problem);
	if (call->voice.url == NULL && twiml != NULL)
	{
		if (strlen(twiml) > CALL_TWIML_MAX)
			call_complain(problem, 20001, "Twiml is longer than 4000 characters", NULL);
		call->twiml = memory_text(twiml);
	}
	if (call->voice.url == NULL && twiml == NULL)
		call_complain(problem, call_given(form, "ApplicationSid") != NULL ? 21218 : 21205,
					  call_given(form, "ApplicationSid") != NULL ? "ApplicationSid is not known"
																 : "Url parameter is required.",
					  NULL);
	call_read_hook(form, "FallbackUrl", "FallbackMethod", 21205, &call->fallback, problem);
	call_read_hook(form, "StatusCallback", "StatusCallbackMethod", 21609, &call->status, problem);
	call_read_hook(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", 21609,
				   &call->detected, problem);
	call->events = read_events(form, problem);
	*ring_s = read_number(form, "Timeout", 1, 600, 60, problem);
	call->time_limit_s = read_number(form, "TimeLimit", 1, 86400, 14400, problem);
	if (detection != NULL)
	{
		if (strcasecmp(detection, "Enable") == 0)
			call->detection = DETECT_ENABLE;
		else if (strcasecmp(detection, "DetectMessageEnd") == 0)
			call->detection = DETECT_MESSAGE_END;
		else if (strcasecmp(detection, "none") != 0)
			call_complain(problem, 20001, "MachineDetection must be Enable or DetectMessageEnd",
						  NULL);
	}
	call->detection_async = read_flag(form, "AsyncAmd", problem);
	read_number(form, "MachineDetectionTimeout", 3, 120, 30, problem);
	read_number(form, "MachineDetectionSpeechThreshold", 1000, 6000, 2400, problem);
	read_number(form, "MachineDetectionSpeechEndThreshold", 500, 5000, 1200, problem);
	read_number(form, "MachineDetectionSilenceTimeout", 2000, 10000, 5000, problem);
	read_flag(form, "Record", problem);
	if (digits != NULL && (digits[strspn(digits, "0123456789wW*#")] != '\0' || strlen(digits) > 32))
		call_complain(problem, 20001, "SendDigits may hold 0-9, w, *, # only", NULL);
}
