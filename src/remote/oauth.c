/*
 * oauth.c
 *		The token cache of a worker.
 *
 *		NONE ──ask──► ASKING ──200──► READY ──80 % of its life──► READY, one request under way
 *		  ▲              └──no──► REFUSED (a while) ──► NONE          └── 401 ──► NONE
 *
 * Lives in the worker's memory: after a restart the next request asks once.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "ground/clock.h"
#include "ground/json.h"
#include "ground/settings.h"
#include "remote/oauth.h"

#define LIFE_IF_UNSAID_S 300
#define LIFE_MIN_S 15
#define LIFE_MAX_S (24 * 3600)
#define EARLY_S 10 /* never used in its last seconds */
#define TOKEN_MAX 8192

typedef struct Waiter
{
	dlist_node node;
	OauthDone done;
	void *arg;
} Waiter;

typedef struct Entry
{
	dlist_node node;
	char *token_url; /* the client: key */
	char *client_id;
	char *client_secret;
	char *token;	/* NULL = none */
	int64 renew_at; /* clock_ticks(): ask for another */
	int64 dead_at;	/* don't use it any more */
	int64 refused_until;
	HttpAnswer refusal; /* remembered: outcome and status only */
	bool asking;
	dlist_head waiters;
} Entry;

static dlist_head entries = DLIST_STATIC_INIT(entries);

static Entry *
entry_of(const OauthClient *client)
{
	MemoryContext outside;
	dlist_iter iter;
	Entry *entry;

	dlist_foreach (iter, &entries)
	{
		entry = dlist_container(Entry, node, iter.cur);
		if (strcmp(entry->token_url, client->token_url) == 0 &&
			strcmp(entry->client_id, client->client_id) == 0 &&
			strcmp(entry->client_secret, client->client_secret) == 0)
			return entry;
	}
	outside = MemoryContextSwitchTo(TopMemoryContext);
	entry = palloc0(sizeof(Entry));
	entry->token_url = pstrdup(client->token_url);
	entry->client_id = pstrdup(client->client_id);
	entry->client_secret = pstrdup(client->client_secret);
	dlist_init(&entry->waiters);
	dlist_push_tail(&entries, &entry->node);
	MemoryContextSwitchTo(outside);
	return entry;
}

static void
forget(Entry *entry)
{
	if (entry->token == NULL)
		return;
	memset(entry->token, 0, strlen(entry->token));
	pfree(entry->token);
	entry->token = NULL;
}

/* Takes the token from a 200; false when there is none in it that could be used. */
static bool
take_token(Entry *entry, const HttpAnswer *answer)
{
	Jsonb *body = json_parse(answer->body, answer->body_length);
	char *token = body ? json_get_text(body, "access_token") : NULL;
	char *type = body ? json_get_text(body, "token_type") : NULL;
	int64 life = body ? json_get_int(body, "expires_in", LIFE_IF_UNSAID_S) : 0;

	if (token == NULL || token[0] == '\0' || strlen(token) > TOKEN_MAX)
		return false;
	if (type != NULL && pg_strcasecmp(type, "bearer") != 0)
		return false;
	for (char *p = token; *p; p++)
		if ((unsigned char) *p <= ' ' || (unsigned char) *p > '~')
			return false; /* it goes into a header */
	life = Min(Max(life, LIFE_MIN_S), LIFE_MAX_S);
	forget(entry);
	entry->token = MemoryContextStrdup(TopMemoryContext, token);
	entry->dead_at = clock_ticks() + (life - EARLY_S) * INT64CONST(1000000);
	entry->renew_at = Min(clock_ticks() + life * INT64CONST(800000), entry->dead_at);
	return true;
}

static void
on_token(const HttpAnswer *answer, void *arg)
{
	Entry *entry = arg;
	HttpAnswer refusal = *answer;
	dlist_head waiters = DLIST_STATIC_INIT(waiters);

	entry->asking = false;
	if (answer->outcome == HTTP_ANSWERED && answer->status == 200 && take_token(entry, answer))
		entry->refused_until = 0;
	else
	{
		if (answer->outcome == HTTP_ANSWERED && answer->status == 200)
			refusal.status = 502; /* an answer without a token is none */
		refusal.body = refusal.error = refusal.label = NULL;
		refusal.body_length = 0;
		entry->refusal = refusal;
		entry->refused_until = clock_ticks() + OAUTH_REFUSED_S * INT64CONST(1000000);
	}
	/* whoever asks anew while they are told waits in the next round */
	while (!dlist_is_empty(&entry->waiters))
		dlist_push_tail(&waiters, dlist_pop_head_node(&entry->waiters));
	while (!dlist_is_empty(&waiters))
	{
		Waiter *waiter = dlist_container(Waiter, node, dlist_pop_head_node(&waiters));
		OauthDone done = waiter->done;
		void *done_arg = waiter->arg;
		bool usable = entry->token != NULL && clock_ticks() < entry->dead_at;

		pfree(waiter);
		done(usable ? entry->token : NULL, usable ? NULL : &refusal, done_arg);
	}
}

static void
ask(Entry *entry)
{
	HttpCall call = {
		.method = "POST",
		.url = entry->token_url,
		.content_type = "application/x-www-form-urlencoded",
		.body = "grant_type=client_credentials",
		.user = entry->client_id,
		.password = entry->client_secret,
		.timeout_ms = strike_render_timeout,
		.label = "token",
	};

	entry->asking = true;
	http_start(&call, on_token, entry);
}

void
oauth_token(const OauthClient *client, OauthDone done, void *arg)
{
	Entry *entry = entry_of(client);
	int64 now = clock_ticks();
	Waiter *waiter;

	if (entry->token != NULL && now < entry->dead_at)
	{
		if (now >= entry->renew_at && !entry->asking && now >= entry->refused_until)
			ask(entry);
		done(entry->token, NULL, arg);
		return;
	}
	if (!entry->asking && now < entry->refused_until)
	{
		done(NULL, &entry->refusal, arg);
		return;
	}
	waiter = MemoryContextAlloc(TopMemoryContext, sizeof(Waiter));
	waiter->done = done;
	waiter->arg = arg;
	dlist_push_tail(&entry->waiters, &waiter->node);
	if (!entry->asking)
		ask(entry);
}

void
oauth_refused(const OauthClient *client, const char *token)
{
	Entry *entry = entry_of(client);

	if (entry->token != NULL && strcmp(entry->token, token) == 0)
		forget(entry);
}
