/*
 * token_key.h
 *		Keys that tokens are checked with: a secret, PEM, or JSON Web Keys (RFC 7517).
 */
#ifndef GATEWAY_TOKEN_KEY_H
#define GATEWAY_TOKEN_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_KEYS_MAX 16

typedef struct TokenKey
{
	unsigned char *bytes; /* a secret, or PEM; with a NUL behind them */
	int length;
} TokenKey;

typedef struct TokenKeys
{
	TokenKey key[TOKEN_KEYS_MAX];
	int count;
} TokenKeys;

/*
 * Adds what the bytes hold: a secret for an HS algorithm, a public key in PEM for the others, or a
 * JSON Web Key or a set of them, of which those that don't fit the algorithm are left out.  False:
 * there is nothing usable, said why on stderr.
 */
bool token_keys_add(TokenKeys *keys, const char *algorithm, const char *bytes, size_t length);
bool token_keys_read(TokenKeys *keys, const char *algorithm, const char *file);
void token_keys_free(TokenKeys *keys);

#endif
