/*
 * metrics.c
 *		Counters and gauges as text.
 */
#include "metrics.h"

#include "db_pool.h"
#include "health.h"
#include "http_connection.h"
#include "webhook.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_BYTES 8192

typedef struct Text
{
	size_t length;
	char bytes[TEXT_BYTES];
} Text;

static void add(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
add(Text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->bytes + text->length, sizeof(text->bytes) - text->length, format, args);
	va_end(args);
	if (n > 0 && (size_t) n < sizeof(text->bytes) - text->length)
		text->length += (size_t) n;
}

/* HELP and TYPE of one metric; name without the prefix. */
static void
describe(Text *text, const char *name, const char *type, const char *help)
{
	add(text, "# HELP strike_gateway_%s %s\n# TYPE strike_gateway_%s %s\n", name, help, name, type);
}

static void
add_number(Text *text, const char *name, const char *type, const char *help,
		   unsigned long long value)
{
	describe(text, name, type, help);
	add(text, "strike_gateway_%s %llu\n", name, value);
}

void
metrics_serve(HttpExchange *exchange)
{
	DbPoolState pool = db_pool_state();
	HttpAnswer answer = {0};
	Text text = {0};
	unsigned long long handed_on = 0;

	describe(&text, "webhooks_total", "counter", "Webhooks by what became of them.");
	for (int i = 0; i < WEBHOOK_RESULTS; i++)
	{
		add(&text, "strike_gateway_webhooks_total{result=\"%s\"} %llu\n",
			webhook_result_name((WebhookResult) i), webhook_count((WebhookResult) i));
		if (i != WEBHOOK_MALFORMED)
			handed_on += webhook_count((WebhookResult) i);
	}
	describe(&text, "webhook_seconds", "summary", "From a request's head to its answer.");
	add(&text,
		"strike_gateway_webhook_seconds_sum %.3f\nstrike_gateway_webhook_seconds_count %llu\n",
		webhook_seconds(), handed_on);
	add_number(&text, "database_connected", "gauge", "1 if the database answers SELECT 1.",
			   health_ok() ? 1 : 0);
	describe(&text, "database_connections", "gauge", "Connections to the database by state.");
	add(&text,
		"strike_gateway_database_connections{state=\"idle\"} %d\n"
		"strike_gateway_database_connections{state=\"busy\"} %d\n"
		"strike_gateway_database_connections{state=\"down\"} %d\n",
		pool.up - pool.busy, pool.busy, pool.size - pool.up);
	add_number(&text, "database_connections_lost_total", "counter",
			   "Established database connections that went.", pool.lost);
	add_number(&text, "queue_depth", "gauge", "Calls that wait for a database connection.",
			   pool.waiting);
	add_number(&text, "queue_limit", "gauge", "Calls that may wait.", DB_QUEUE_MAX);
	add_number(&text, "http_connections", "gauge", "Open client connections.",
			   http_connection_count());
	answer.status = 200;
	answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
	answer.body = text.bytes;
	answer.length = text.length;
	http_answer(exchange, &answer);
}
