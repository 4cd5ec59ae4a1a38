/*
 * webhook.h
 *		Twilio's webhooks: handed to strike_twilio_webhook as they came, answered as it says.
 */
#ifndef GATEWAY_WEBHOOK_H
#define GATEWAY_WEBHOOK_H

#include "http.h"

/* What became of a webhook; webhook_result_name's words stand in /healthz and /metrics. */
typedef enum WebhookResult
{
	WEBHOOK_ACCEPTED,	 /* the function answered 2xx or 3xx */
	WEBHOOK_REFUSED,	 /* the function answered 4xx (a forged signature) */
	WEBHOOK_FAILED,		 /* the function answered 5xx */
	WEBHOOK_UNUSABLE,	 /* its answer can't be sent: 502 */
	WEBHOOK_RAISED,		 /* it raised an error: 503 */
	WEBHOOK_TIMED_OUT,	 /* 503 */
	WEBHOOK_UNREACHABLE, /* no database: 503 */
	WEBHOOK_OVERLOADED,	 /* too many wait: 503 */
	WEBHOOK_MALFORMED,	 /* never reached the function: 400, 408, 413 … */
	WEBHOOK_RESULTS
} WebhookResult;

const char *webhook_result_name(WebhookResult result);
unsigned long long webhook_count(WebhookResult result);
/* Sum of the seconds that the webhooks handed to the database took. */
double webhook_seconds(void);

/* handlers of the route, see http.h */
void webhook_serve(HttpExchange *exchange);
void webhook_refused(int status);

#endif
