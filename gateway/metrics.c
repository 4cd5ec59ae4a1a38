/*
 * metrics.c
 *		Counters and gauges as text.
 */
#include "metrics.h"

#include "db_pool.h"
#include "health.h"
#include "http_connection.h"
#include "live.h"
#include "site.h"
#include "webhook.h"
#include "ws_client.h"
#include "ws_upgrade.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_BYTES 16384

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

static void
add_feed(Text *text)
{
	LiveFigures feed = live_figures();

	describe(text, "feed_head", "gauge", "The feed's last seq that is known here.");
	add(text, "strike_gateway_feed_head %lld\n", (long long) (feed.head > 0 ? feed.head : 0));
	describe(text, "feed_lag_seconds", "gauge",
			 "For how long the oldest event has waited for its number, when last asked.");
	add(text, "strike_gateway_feed_lag_seconds %.3f\n", feed.lag);
	describe(
		text, "feed_silence_seconds", "gauge",
		"Since the database last said how far the feed is; lag says nothing while this grows.");
	add(text, "strike_gateway_feed_silence_seconds %.3f\n", feed.silent < 1e9 ? feed.silent : 1e9);
	add_number(text, "feed_behind", "gauge",
			   "Events that the sockets of some tenant have not been told of yet.",
			   (unsigned long long) feed.behind);
	add_number(text, "feed_groups", "gauge", "Roles and tenants with sockets, now or just before.",
			   (unsigned long long) feed.groups);
	add_number(text, "feed_bytes", "gauge", "Memory that the feed's messages take.",
			   feed.kept_bytes);
	add_number(text, "feed_queries_total", "counter", "Pages of the feed asked for.", feed.fetches);
	add_number(text, "feed_messages_total", "counter",
			   "Messages made, once for all sockets of a role and tenant.", feed.messages);
	add_number(text, "feed_histories_total", "counter",
			   "How often the feed turned out to have another history.", feed.histories);
}

static void
add_sockets(Text *text)
{
	WsFigures sockets = ws_figures();

	describe(text, "websockets", "gauge", "WebSockets by state.");
	add(text,
		"strike_gateway_websockets{state=\"waiting\"} %zu\n"
		"strike_gateway_websockets{state=\"open\"} %zu\n"
		"strike_gateway_websockets{state=\"closing\"} %zu\n",
		sockets.waiting, sockets.open, sockets.closing);
	add_number(text, "websockets_opened_total", "counter", "Handshakes that succeeded.",
			   sockets.opened);
	add_number(text, "websockets_refused_total", "counter", "Handshakes that were refused.",
			   ws_upgrade_refusals());
	describe(text, "websockets_closed_total", "counter", "WebSockets ended, by reason.");
	for (int i = 0; i < WS_ENDS; i++)
		add(text, "strike_gateway_websockets_closed_total{reason=\"%s\"} %llu\n",
			ws_end_name((WsEnd) i), sockets.ends[i]);
	add_number(text, "messages_sent_total", "counter", "Messages of the feed sent to sockets.",
			   sockets.told);
	add_number(text, "bytes_sent_total", "counter", "Bytes sent to WebSockets.", sockets.bytes);
}

static void
add_pages(Text *text)
{
	static const char *const status[] = {"200", "304", "404"};

	describe(text, "pages_total", "counter", "Requests for pages, by status.");
	for (int i = 0; i < 3; i++)
		add(text, "strike_gateway_pages_total{status=\"%s\"} %llu\n", status[i], site_count(i));
}

static void
add_webhooks(Text *text)
{
	unsigned long long handed_on = 0;

	describe(text, "webhooks_total", "counter", "Webhooks by what became of them.");
	for (int i = 0; i < WEBHOOK_RESULTS; i++)
	{
		add(text, "strike_gateway_webhooks_total{result=\"%s\"} %llu\n",
			webhook_result_name((WebhookResult) i), webhook_count((WebhookResult) i));
		if (i != WEBHOOK_MALFORMED)
			handed_on += webhook_count((WebhookResult) i);
	}
	describe(text, "webhook_seconds", "summary", "From a request's head to its answer.");
	add(text,
		"strike_gateway_webhook_seconds_sum %.3f\nstrike_gateway_webhook_seconds_count %llu\n",
		webhook_seconds(), handed_on);
}

void
metrics_serve(HttpExchange *exchange)
{
	DbPoolState pool = db_pool_state();
	HttpAnswer answer = {0};
	static Text text; /* large; one thread */

	text.length = 0;
	add_webhooks(&text);
	add_feed(&text);
	add_sockets(&text);
	add_pages(&text);
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
