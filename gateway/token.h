/*
 * token.h
 *		JSON Web Tokens: who is at the other end of a WebSocket.
 */
#ifndef GATEWAY_TOKEN_H
#define GATEWAY_TOKEN_H

#include "options.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_CLAIM_MAX 100 /* bytes of role, of tenant */

typedef struct TokenClaims
{
	char role[TOKEN_CLAIM_MAX + 1];
	char tenant[TOKEN_CLAIM_MAX + 1]; /* "" without one */
	int64_t expires;				  /* Unix seconds; INT64_MAX without exp */
} TokenClaims;

/*
 * Reads the key.  False: said why on stderr.  Without a key, and without JWT_SECRET, tokens can't
 * be checked: token_ready() is false and nobody gets in.
 */
bool token_settings(const Options *options);
void token_settings_free(void);
bool token_ready(void);

/*
 * Checks signature, algorithm (the one that is set, whatever the token says), exp, nbf and aud.
 * now: Unix seconds.  False: *why, in words that may be told to whoever sent it.
 */
bool token_read(const char *token, int64_t now, TokenClaims *claims, const char **why);

#endif
