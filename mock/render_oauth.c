/*
 * render_oauth.c
 *		OAuth2 client credentials (RFC 6749 section 4.4): any client but one whose secret is
 *		"wrong"; tokens live an hour unless the token_lifetime_s fault says otherwise.
 */
#include "render.h"

#include "clock.h"
#include "credentials.h"
#include "ids.h"
#include "memory.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define TOKEN_LIFE_S 3600
#define TOKENS_MAX 10000 /* the oldest is forgotten */

typedef struct Token
{
	char text[ID_TEXT];
	int64_t expires_ms; /* real time */
	TAILQ_ENTRY(Token) link;
} Token;

static TAILQ_HEAD(, Token) tokens = TAILQ_HEAD_INITIALIZER(tokens);
static Table by_text;
static int token_count;

static void
forget(Token *token)
{
	TAILQ_REMOVE(&tokens, token, link);
	table_remove(&by_text, token->text);
	token_count--;
	free(token);
}

void
render_forget_tokens(void)
{
	while (!TAILQ_EMPTY(&tokens))
		forget(TAILQ_FIRST(&tokens));
	table_clear(&by_text);
}

int
render_token_count(void)
{
	return token_count;
}

static void
refuse(Request *request, int status, const char *error, const char *description)
{
	if (status == 401)
		answer_header(request, "WWW-Authenticate", "Basic realm=\"render\"");
	answer_json(request, status,
				json_pack("{ss, ss}", "error", error, "error_description", description));
}

void
render_token(Request *request)
{
	char client[CREDENTIAL_MAX];
	char secret[CREDENTIAL_MAX];
	Form form = {NULL, 0};
	const char *grant;
	double life;
	Token *token;
	json_t *body;

	answer_header(request, "Cache-Control", "no-store");
	answer_header(request, "Pragma", "no-cache");
	if (fault_strikes(FAULT_ERROR_RATE, PROVIDER_OAUTH, NULL))
	{
		answer_refusal(request, (int) fault_value(FAULT_STATUS, PROVIDER_OAUTH, NULL, 500));
		return;
	}
	if (!form_parse(&form, request->body, request->body_length))
	{
		refuse(request, 400, "invalid_request", "the body is not form-encoded");
		form_free(&form);
		return;
	}
	grant = form_get(&form, "grant_type");
	if (grant == NULL)
		refuse(request, 400, "invalid_request", "grant_type is missing");
	else if (strcmp(grant, "client_credentials") != 0)
		refuse(request, 400, "unsupported_grant_type", "only client_credentials is supported");
	else if (!credentials_basic(request, client, secret))
		refuse(request, 401, "invalid_client", "client id and secret by Basic auth are expected");
	else if (client[0] == '\0' || secret[0] == '\0' || strcmp(secret, "wrong") == 0)
		refuse(request, 401, "invalid_client", "unknown client or wrong secret");
	else
	{
		if (token_count == TOKENS_MAX)
			forget(TAILQ_FIRST(&tokens));
		life = fault_value(FAULT_TOKEN_LIFE_S, PROVIDER_OAUTH, NULL, TOKEN_LIFE_S);
		token = memory_zeroed(sizeof(*token));
		id_token(token->text);
		token->expires_ms = clock_wall_ms() + (int64_t) (life * 1000);
		TAILQ_INSERT_TAIL(&tokens, token, link);
		table_put(&by_text, token->text, token);
		token_count++;
		body = json_pack("{ss, ss}", "access_token", token->text, "token_type", "Bearer");
		if (!fault_strikes(FAULT_OMIT_EXPIRES_IN, PROVIDER_OAUTH, NULL))
			json_object_set_new(body, "expires_in", json_integer((json_int_t) life));
		answer_json(request, 200, body);
	}
	form_free(&form);
}

bool
render_authorized(Request *request)
{
	const char *bearer = credentials_bearer(request);
	Token *token = bearer != NULL ? table_get(&by_text, bearer) : NULL;

	if (token != NULL && token->expires_ms > clock_wall_ms())
		return true;
	answer_header(request, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
	answer_json(request, 401,
				json_pack("{ss, ss}", "code", "unauthorized", "message",
						  bearer == NULL  ? "a bearer token is expected"
						  : token != NULL ? "the token has expired"
										  : "unknown token"));
	return false;
}
