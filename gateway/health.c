/*
 * health.c
 *		SELECT 1 every second, and what it told.
 */
#include "health.h"

#include "db_pool.h"
#include "loop.h"
#include "webhook.h"

#include <stdio.h>
#include <string.h>

#define ASK_EVERY_MS 1000
#define ASK_LIMIT_MS 2000
#define FRESH_MS 4000 /* an answer older than this says nothing */
#define REPORT_BYTES 1024

static DbCall call;
static Timer timer;
static int64_t began_ms;
static int64_t answered_ms; /* 0: never yet */
static bool last_answered;
static bool closing;

static void ask(void *arg);

static void
on_answer(DbCall *ended, DbOutcome outcome, const PGresult *result, const char *sqlstate)
{
	(void) ended;
	(void) result;
	(void) sqlstate;
	last_answered = outcome == DB_ANSWERED;
	if (last_answered)
		answered_ms = loop_now_ms();
	if (!closing)
		timer_arm(&timer, last_answered ? ASK_EVERY_MS : ASK_EVERY_MS / 4, ask, NULL);
}

static void
ask(void *arg)
{
	(void) arg;
	memset(&call, 0, sizeof(call));
	call.sql = "SELECT 1";
	call.limit_ms = ASK_LIMIT_MS;
	call.urgent = true;
	call.done = on_answer;
	db_submit(&call);
}

void
health_open(void)
{
	began_ms = loop_now_ms();
	ask(NULL);
}

void
health_close(void)
{
	closing = true;
	timer_cancel(&timer);
}

bool
health_ok(void)
{
	return last_answered && loop_now_ms() - answered_ms < FRESH_MS && db_pool_state().up > 0;
}

const char *
health_database(void)
{
	if (health_ok())
		return "up";
	return db_pool_state().up > 0 ? "unresponsive" : "down";
}

void
health_serve(HttpExchange *exchange)
{
	HttpAnswer answer = {0};
	DbPoolState pool = db_pool_state();
	char report[REPORT_BYTES];
	size_t at;

	answer.status = health_ok() ? 200 : 503;
	answer.retry_after = answer.status == 503;
	at = (size_t) snprintf(report, sizeof(report),
						   "{\"ok\":%s,\"database\":\"%s\",\"connections\":{\"size\":%d,\"up\":%d,"
						   "\"busy\":%d},\"waiting\":%zu,\"uptime_seconds\":%lld,\"webhooks\":{",
						   answer.status == 200 ? "true" : "false", health_database(), pool.size,
						   pool.up, pool.busy, pool.waiting,
						   (long long) ((loop_now_ms() - began_ms) / 1000));
	for (int i = 0; i < WEBHOOK_RESULTS; i++)
		at += (size_t) snprintf(report + at, sizeof(report) - at, "%s\"%s\":%llu", i > 0 ? "," : "",
								webhook_result_name((WebhookResult) i),
								webhook_count((WebhookResult) i));
	at += (size_t) snprintf(report + at, sizeof(report) - at, "}}\n");
	answer.content_type = "application/json";
	answer.body = report;
	answer.length = at;
	http_answer(exchange, &answer);
}
