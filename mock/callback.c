/*
 * callback.c
 *		Lines of callbacks.  A job is one callback with its repeats: all carry the same
 *		I-Twilio-Idempotency-Token and the same signature.
 */
#include "callback.h"

#include "clock.h"
#include "faults.h"
#include "ids.h"
#include "journal.h"
#include "memory.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

/* Twilio's webhook connection overrides: defaults and bounds, from its page of that name. */
#define RETRIES_DEFAULT 1
#define RETRIES_MAX 5
#define READ_TIMEOUT_MS 15000
#define TIMEOUT_MIN_MS 100
#define TOTAL_TIMEOUT_MS 15000

#define REORDER_WAIT_S 3.0 /* a callback that shall be passed, and no next one comes: goes then */
#define LATE_S 30.0

typedef struct Job
{
	CallbackLine *line;
	char *url;
	Form fields;
	bool get;
	Eco *eco;
	char *subsector;
	char *attempt_id;
	char idempotency[ID_TEXT];
	CallbackDone done;
	void *arg;
	bool lose, twice, pass, forge; /* what the faults decided */
	double wait_s;
	int tries;
	int64_t first_try_ms;
	long journal_n;
	Fetch *fetch;
	Timer *timer;
	TAILQ_ENTRY(Job) link;
} Job;

struct CallbackLine
{
	char *token;
	void (*on_idle)(void *);
	void *owner;
	TAILQ_HEAD(, Job) queue; /* the first may be under way */
	TAILQ_HEAD(, Job) asked; /* urgent ones, all under way */
	Job *current;
	bool stopped;
	bool ruled; /* by callback_rules() */
	int repeats;
	int read_timeout_ms;
};

typedef struct Overrides
{
	int retries;
	int read_timeout_ms;
	int total_timeout_ms; /* after it no further try begins */
	bool on_connect, on_read, on_4xx, on_5xx;
} Overrides;

static void pump(CallbackLine *line);
static void try(Job *job);

static int under_way; /* jobs with a fetch */

static bool
has_word(const char *list, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= length; i++)
	{
		if (strncmp(list + i, word, size) == 0 && (i == 0 || list[i - 1] == ',') &&
			(i + size == length || list[i + size] == ','))
			return true;
	}
	return false;
}

/* Milliseconds, brought within Twilio's bounds. */
static int
timeout_of(const char *text, int most)
{
	int ms = atoi(text);

	if (ms < TIMEOUT_MIN_MS)
		return TIMEOUT_MIN_MS;
	return ms < most ? ms : most;
}

/*
 * Reads "#rc=3&rp=ct,rt,5xx&rt=5000&tt=9000"; what isn't understood keeps its default.  ct, the
 * time to connect, is the kernel's here: on one machine a connection is there or refused at once.
 */
static Overrides
overrides_of(const Job *job)
{
	Overrides o = {RETRIES_DEFAULT, READ_TIMEOUT_MS, TOTAL_TIMEOUT_MS, true, false, false, false};
	const char *part = strchr(job->url, '#');

	if (job->line->ruled)
	{
		o.retries = job->line->repeats;
		o.read_timeout_ms = job->line->read_timeout_ms;
		return o;
	}
	while (part != NULL && *part != '\0')
	{
		size_t length;

		part++; /* past # or & */
		length = strcspn(part, "&");
		if (strncmp(part, "rc=", 3) == 0)
		{
			o.retries = atoi(part + 3);
			if (o.retries < 0)
				o.retries = 0;
			if (o.retries > RETRIES_MAX)
				o.retries = RETRIES_MAX;
		}
		else if (strncmp(part, "rt=", 3) == 0)
			o.read_timeout_ms = timeout_of(part + 3, READ_TIMEOUT_MS);
		else if (strncmp(part, "tt=", 3) == 0)
			o.total_timeout_ms = timeout_of(part + 3, TOTAL_TIMEOUT_MS);
		else if (strncmp(part, "rp=", 3) == 0)
		{
			const char *list = part + 3;
			bool all = has_word(list, length - 3, "all");

			o.on_connect = all || has_word(list, length - 3, "ct");
			o.on_read = all || has_word(list, length - 3, "rt");
			o.on_4xx = all || has_word(list, length - 3, "4xx");
			o.on_5xx = all || has_word(list, length - 3, "5xx");
		}
		part += length;
	}
	return o;
}

void
callback_rules(CallbackLine *line, int repeats, int read_timeout_ms)
{
	line->ruled = true;
	line->repeats = repeats;
	line->read_timeout_ms = read_timeout_ms;
}

CallbackLine *
callback_line(const char *token, void (*on_idle)(void *), void *owner)
{
	CallbackLine *line = memory_zeroed(sizeof(*line));

	line->token = memory_text(token);
	line->on_idle = on_idle;
	line->owner = owner;
	TAILQ_INIT(&line->queue);
	TAILQ_INIT(&line->asked);
	return line;
}

static void
forget(Job *job)
{
	if (job->fetch != NULL)
		under_way--;
	fetch_cancel(&job->fetch);
	timer_cancel(&job->timer);
	form_free(&job->fields);
	free(job->url);
	free(job->subsector);
	free(job->attempt_id);
	free(job);
}

static void
finish(Job *job, const FetchAnswer *answer)
{
	CallbackLine *line = job->line;
	bool queued = line->current == job;

	if (queued)
	{
		TAILQ_REMOVE(&line->queue, job, link);
		line->current = NULL;
	}
	else
		TAILQ_REMOVE(&line->asked, job, link);
	job->fetch = NULL; /* it's being finished */
	if (job->done != NULL && !line->stopped)
		job->done(answer, job->arg);
	forget(job);
	if (queued)
		pump(line);
}

static void
try_again(void *arg)
{
	Job *job = arg;

	job->timer = NULL;
	try(job);
}

static void
on_answer(const FetchAnswer *answer, void *arg)
{
	Job *job = arg;
	Overrides o = overrides_of(job);
	bool again = false;

	job->fetch = NULL;
	under_way--;
	journal_settle(job->journal_n, answer->status);
	if (answer->length > 0)
		journal_answer(job->journal_n, answer->body, answer->length);
	switch (answer->outcome)
	{
		case FETCH_ANSWERED:
			again = (o.on_5xx && answer->status >= 500) ||
					(o.on_4xx && answer->status >= 400 && answer->status < 500);
			break;
		case FETCH_NO_CONNECTION:
			again = o.on_connect;
			journal_note(job->journal_n, "no connection");
			break;
		case FETCH_NO_ANSWER:
			again = o.on_read;
			journal_note(job->journal_n, "no answer");
			break;
		case FETCH_BAD_URL:
			journal_note(job->journal_n, "not a URL that can be called");
			break;
		case FETCH_BELIEVED:
			break;
	}
	if (again && job->tries <= o.retries && !job->line->stopped &&
		clock_wall_ms() - job->first_try_ms < o.total_timeout_ms)
		job->timer = timer_start(0.2 * job->tries, try_again, job);
	else if (job->twice && !job->line->stopped)
	{
		/* The duplicate is the same request in every byte. */
		job->twice = false;
		job->tries = 0;
		try(job);
	}
	else
		finish(job, answer);
}

/* All but the signature. */
static void
add_headers(const Job *job, Form *headers)
{
	form_add(headers, "User-Agent", "TwilioProxy/1.1 (strike-mock)");
	form_add(headers, "Accept", "*/*");
	if (!job->get)
		form_add(headers, "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
	form_add(headers, "I-Twilio-Idempotency-Token", job->idempotency);
}

static void
try(Job *job)
{
	char *signed_url = signature_url(job->url);
	char signature[SIGNATURE_TEXT];
	Form headers = {NULL, 0};
	char *body = form_encode(&job->fields);

	if (job->tries++ == 0)
		job->first_try_ms = clock_wall_ms();
	signature_of(signed_url, job->get ? NULL : &job->fields,
				 job->forge ? "forged-token" : job->line->token, signature);
	add_headers(job, &headers);
	form_add(&headers, "X-Twilio-Signature", signature);
	job->journal_n =
		journal_callback(job->get ? "GET" : "POST", signed_url, &headers, job->get ? "" : body);
	journal_name(job->journal_n, job->subsector, job->attempt_id);
	if (job->forge)
		journal_note(job->journal_n, "signed with a wrong token");
	job->fetch = fetch_start(job->url, job->get ? NULL : &job->fields, &headers,
							 overrides_of(job).read_timeout_ms / 1000.0, on_answer, job);
	under_way++;
	form_free(&headers);
	free(body);
	free(signed_url);
}

static void
on_wait_over(void *arg)
{
	Job *job = arg;
	CallbackLine *line = job->line;

	job->timer = NULL;
	job->wait_s = 0;
	job->pass = false;
	if (line->current == NULL)
		pump(line);
}

/* A late callback is on its way as far as the sender knows: it keeps nobody waiting. */
bool
callback_idle(const CallbackLine *line)
{
	const Job *job;

	TAILQ_FOREACH(job, &line->queue, link)
	{
		if (job->wait_s <= 0)
			return false;
	}
	return true;
}

/* Takes the next job that may go. */
static void
pump(CallbackLine *line)
{
	Job *job;

	if (line->current != NULL || line->stopped)
		return;
	TAILQ_FOREACH(job, &line->queue, link)
	{
		if (job->wait_s > 0)
		{
			/* Waits by itself, without holding up the others. */
			if (job->timer == NULL)
				job->timer = timer_start(job->wait_s, on_wait_over, job);
			continue;
		}
		if (job->pass)
		{
			Job *other = TAILQ_NEXT(job, link);

			while (other != NULL && other->wait_s > 0)
				other = TAILQ_NEXT(other, link);
			if (other == NULL)
			{
				if (job->timer == NULL)
					job->timer = timer_start(REORDER_WAIT_S, on_wait_over, job);
				continue;
			}
			/* The two change places; both have had their turn at it. */
			timer_cancel(&job->timer);
			job->pass = other->pass = false;
			job = other;
		}
		break;
	}
	if (job == NULL)
	{
		if (callback_idle(line) && line->on_idle != NULL)
			line->on_idle(line->owner);
		return;
	}
	line->current = job;
	if (job->lose)
	{
		static const FetchAnswer lost = {FETCH_BELIEVED, 0, "", 0, ""};
		char *body = form_encode(&job->fields);
		Form headers = {NULL, 0};
		long n;

		add_headers(job, &headers);
		n = journal_callback("POST", job->url, &headers, body);
		journal_name(n, job->subsector, job->attempt_id);
		journal_note(n, "lost on the way");
		form_free(&headers);
		free(body);
		finish(job, &lost);
	}
	else
		try(job);
}

static Job *
job_new(CallbackLine *line, Eco *eco, const char *attempt_id, const char *url, const Form *fields,
		CallbackDone done, void *arg)
{
	Job *job = memory_zeroed(sizeof(*job));

	job->line = line;
	job->url = memory_text(url);
	job->fields = form_copy(fields);
	job->eco = eco;
	job->subsector = memory_text(eco != NULL ? eco->subsector : NULL);
	job->attempt_id = memory_text(attempt_id);
	job->done = done;
	job->arg = arg;
	id_uuid(job->idempotency);
	return job;
}

void
callback_send(CallbackLine *line, Eco *eco, const char *attempt_id, const char *url,
			  const Form *fields, CallbackDone done, void *arg)
{
	static const FetchAnswer believed = {FETCH_BELIEVED, 0, "", 0, ""};
	bool kept_back;
	Job *job;

	if (line->stopped)
		return;
	job = job_new(line, eco, attempt_id, url, fields, done, arg);
	job->lose = fault_strikes(FAULT_LOSE, PROVIDER_TWILIO, eco);
	job->twice = fault_strikes(FAULT_DUPLICATE, PROVIDER_TWILIO, eco);
	job->pass = fault_strikes(FAULT_REORDER, PROVIDER_TWILIO, eco);
	job->forge = fault_strikes(FAULT_FORGE, PROVIDER_TWILIO, eco);
	if (fault_strikes(FAULT_LATE, PROVIDER_TWILIO, eco))
		job->wait_s = fault_value(FAULT_LATE_S, PROVIDER_TWILIO, eco, LATE_S);
	kept_back = (job->wait_s > 0 || job->pass) && done != NULL;
	if (kept_back)
		job->done = NULL;
	TAILQ_INSERT_TAIL(&line->queue, job, link);
	pump(line);
	if (kept_back)
		done(&believed, arg);
}

void
callback_ask(CallbackLine *line, Eco *eco, const char *attempt_id, const char *url, bool method_get,
			 const Form *fields, CallbackDone done, void *arg)
{
	Job *job;

	if (line->stopped)
		return;
	job = job_new(line, eco, attempt_id, url, fields, done, arg);
	job->get = method_get;
	if (method_get)
	{
		/* The fields go into the query, before the fragment. */
		size_t length = strcspn(url, "#");
		char *query = form_encode(fields);

		free(job->url);
		job->url = memory_format("%.*s%c%s%s", (int) length, url,
								 memchr(url, '?', length) != NULL ? '&' : '?', query, url + length);
		free(query);
	}
	TAILQ_INSERT_TAIL(&line->asked, job, link);
	try(job);
}

void
callback_withdraw(CallbackLine *line)
{
	Job *job;

	TAILQ_FOREACH(job, &line->asked, link)
	job->done = NULL;
}

int
callback_count_under_way(void)
{
	return under_way;
}

static bool
on_wire(const Job *job)
{
	return job->fetch != NULL;
}

void
callback_stop(CallbackLine *line)
{
	Job *job = TAILQ_FIRST(&line->queue);

	line->stopped = true;
	while (job != NULL)
	{
		Job *next = TAILQ_NEXT(job, link);

		if (!on_wire(job))
		{
			TAILQ_REMOVE(&line->queue, job, link);
			if (line->current == job)
				line->current = NULL;
			forget(job);
		}
		job = next;
	}
}

void
callback_free(CallbackLine **line)
{
	Job *job;

	if (*line == NULL)
		return;
	while ((job = TAILQ_FIRST(&(*line)->queue)) != NULL)
	{
		TAILQ_REMOVE(&(*line)->queue, job, link);
		forget(job);
	}
	while ((job = TAILQ_FIRST(&(*line)->asked)) != NULL)
	{
		TAILQ_REMOVE(&(*line)->asked, job, link);
		forget(job);
	}
	free((*line)->token);
	free(*line);
	*line = NULL;
}
