/*
 * webhook.c
 *		One call of strike_twilio_webhook a request.  The signature is checked there, over the
 *		bytes as they were received, so nothing here decodes or tidies them.
 *
 * A callback that could not be stored is answered 5xx, never 2xx: Twilio may send it again.
 */
#include "webhook.h"

#include "db_pool.h"
#include "log.h"
#include "loop.h"
#include "patience.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

static const char webhook_sql[] = "SELECT http_status, content_type, body"
								  " FROM strike.strike_twilio_webhook($1::text, $2::text, $3::text,"
								  " $4::text, $5::text)";

typedef struct Webhook
{
	DbCall call; /* first: on_done casts */
	HttpExchange *exchange;
} Webhook;

static unsigned long long counts[WEBHOOK_RESULTS];
static double seconds;

static const char *const names[WEBHOOK_RESULTS] = {
	[WEBHOOK_ACCEPTED] = "accepted",	   [WEBHOOK_REFUSED] = "refused",
	[WEBHOOK_FAILED] = "failed",		   [WEBHOOK_UNUSABLE] = "unusable",
	[WEBHOOK_RAISED] = "raised",		   [WEBHOOK_TIMED_OUT] = "timed_out",
	[WEBHOOK_UNREACHABLE] = "unreachable", [WEBHOOK_OVERLOADED] = "overloaded",
	[WEBHOOK_MALFORMED] = "malformed",
};

const char *
webhook_result_name(WebhookResult result)
{
	return names[result];
}

unsigned long long
webhook_count(WebhookResult result)
{
	return counts[result];
}

double
webhook_seconds(void)
{
	return seconds;
}

void
webhook_refused(int status)
{
	(void) status;
	counts[WEBHOOK_MALFORMED]++;
}

/* A header value that may go out: visible ASCII and blanks, of reasonable length. */
static bool
is_content_type(const char *value)
{
	size_t length = strlen(value);

	for (size_t i = 0; i < length; i++)
	{
		if (value[i] < 0x20 || value[i] > 0x7e)
			return false;
	}
	return length > 0 && length <= 200;
}

/*
 * The function's row as an answer; its strings point into the result.  False: no row, several, or
 * something that HTTP can't say.  1xx isn't an answer (RFC 9110, 15.2).
 */
static bool
read_answer(const PGresult *result, HttpAnswer *answer)
{
	const char *status;
	char *end;
	long number;

	memset(answer, 0, sizeof(*answer));
	if (PQntuples(result) != 1 || PQnfields(result) != 3 || PQgetisnull(result, 0, 0))
		return false;
	status = PQgetvalue(result, 0, 0);
	number = strtol(status, &end, 10);
	if (end == status || *end != '\0' || number < 200 || number > 599)
		return false;
	answer->status = (int) number;
	answer->retry_after = number == 503;
	answer->body = PQgetvalue(result, 0, 2); /* "" of a null */
	answer->length = (size_t) PQgetlength(result, 0, 2);
	if (answer->length > HTTP_ANSWER_MAX)
		return false;
	if (!PQgetisnull(result, 0, 1))
	{
		answer->content_type = PQgetvalue(result, 0, 1);
		if (*answer->content_type == '\0')
			answer->content_type = NULL;
		else if (!is_content_type(answer->content_type))
			return false;
	}
	if (answer->content_type == NULL && answer->length > 0)
		answer->content_type = "text/plain; charset=utf-8";
	return true;
}

static WebhookResult
result_of(DbOutcome outcome, const PGresult *result, HttpAnswer *answer)
{
	switch (outcome)
	{
		case DB_RAISED:
			return WEBHOOK_RAISED;
		case DB_TIMED_OUT:
			return WEBHOOK_TIMED_OUT;
		case DB_UNREACHABLE:
			return WEBHOOK_UNREACHABLE;
		case DB_OVERLOADED:
			return WEBHOOK_OVERLOADED;
		case DB_ANSWERED:
			break;
	}
	if (!read_answer(result, answer))
		return WEBHOOK_UNUSABLE;
	return answer->status < 400	  ? WEBHOOK_ACCEPTED
		   : answer->status < 500 ? WEBHOOK_REFUSED
								  : WEBHOOK_FAILED;
}

static void
on_done(DbCall *call, DbOutcome outcome, const PGresult *pg_result, const char *sqlstate)
{
	Webhook *webhook = (Webhook *) call;
	HttpExchange *exchange = webhook->exchange;
	HttpAnswer answer;
	char document[PATIENCE_MAX];
	WebhookResult result = result_of(outcome, pg_result, &answer);

	counts[result]++;
	seconds += (double) (loop_now_ms() - exchange->began_ms) / 1000;
	/* the path alone: a query string may hold what isn't ours to write down */
	if (result != WEBHOOK_ACCEPTED)
		log_limited("webhook %s %.*s: %s%s%s", exchange->head.method,
					exchange->head.path_length < 120 ? (int) exchange->head.path_length : 120,
					exchange->head.target, names[result], *sqlstate != '\0' ? ", SQLSTATE " : "",
					sqlstate);
	if (result <= WEBHOOK_FAILED)
		http_answer(exchange, &answer);
	else if (patience_document(exchange->head.target, exchange->body.bytes, exchange->body.length,
							   document))
	{
		/* somebody is on the line: the key isn't lost while the database comes back */
		memset(&answer, 0, sizeof(answer));
		answer.status = 200;
		answer.content_type = "text/xml";
		answer.body = document;
		answer.length = strlen(document);
		http_answer(exchange, &answer);
	}
	else
		http_answer_plain(exchange, result == WEBHOOK_UNUSABLE ? 502 : 503);
	free(webhook);
}

/* Headers that PostgreSQL will take as text, and that say one thing. */
static bool
headers_are_text(const HttpHead *head)
{
	static const char *const passed[] = {"content-type", "x-twilio-signature"};

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
	{
		const char *value = http_header(head, passed[i]);

		if (http_header_count(head, passed[i]) > 1 ||
			(value != NULL && !utf8_is_text(value, strlen(value))))
			return false;
	}
	return utf8_is_text(head->target, strlen(head->target));
}

void
webhook_serve(HttpExchange *exchange)
{
	const HttpHead *head = &exchange->head;
	const HttpBody *body = &exchange->body;
	Webhook *webhook;

	if (!headers_are_text(head) || (body->length > 0 && !utf8_is_text(body->bytes, body->length)))
	{
		webhook_refused(400);
		http_answer_plain(exchange, 400);
		return;
	}
	webhook = calloc(1, sizeof(*webhook));
	if (webhook == NULL)
		abort();
	webhook->exchange = exchange;
	webhook->call.sql = webhook_sql;
	webhook->call.nparams = 5;
	webhook->call.params[0] = head->method;
	webhook->call.params[1] = head->target;
	webhook->call.params[2] = body->length > 0 ? body->bytes : "";
	webhook->call.params[3] = http_header(head, "content-type"); /* NULL: there was none */
	webhook->call.params[4] = http_header(head, "x-twilio-signature");
	webhook->call.limit_ms = DB_CALL_MS;
	webhook->call.done = on_done;
	db_submit(&webhook->call);
}
