/*
 * token.c
 *		Checking a token with the keys and the one algorithm that are set.
 *
 * libjwt goes by the algorithm that the token names.  So that isn't believed: it must be ours
 * before the signature is looked at, and again after (a public key must never serve as the secret
 * of an HS algorithm, and "none" is no algorithm).
 */
#include "token.h"

#include "log.h"
#include "token_key.h"

#include <jansson.h>
#include <jwt.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 1024	   /* bytes of a token's header, encoded */
#define NOT_BEFORE_LATE 30 /* seconds that another clock may be ahead of ours */

static TokenKeys keys;
static jwt_alg_t algorithm;
static const char *algorithm_name;
static const char *audience;

bool
token_settings(const Options *options)
{
	token_settings_free();
	algorithm_name = options->jwt_alg;
	algorithm = jwt_str_alg(options->jwt_alg);
	audience = options->jwt_aud;
	for (int i = 0; i < options->jwt_keys.count; i++)
	{
		if (!token_keys_read(&keys, algorithm_name, options->jwt_keys.item[i]))
			return false;
	}
	if (keys.count == 0 && algorithm_name[0] == 'H' && options->jwt_secret != NULL)
		return token_keys_add(&keys, algorithm_name, options->jwt_secret,
							  strlen(options->jwt_secret));
	if (keys.count == 0)
		log_line("no key for tokens is set: /ws serves nobody");
	return true;
}

void
token_settings_free(void)
{
	token_keys_free(&keys);
}

bool
token_ready(void)
{
	return keys.count > 0;
}

/* Three parts of base64url. */
static bool
has_shape(const char *token)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (int part = 0; part < 3; part++)
	{
		size_t length = strspn(token, letters);

		if (length == 0 || token[length] != (part < 2 ? '.' : '\0'))
			return false;
		token += length + (part < 2);
	}
	return true;
}

/* The token's header names our algorithm, once, and asks for nothing that we don't know. */
static bool
header_is_ours(const char *token)
{
	size_t encoded = strcspn(token, ".");
	char text[HEADER_MAX + 4];
	char decoded[HEADER_MAX + 4];
	json_t *header;
	const char *named;
	int length;
	bool ours;

	if (encoded > HEADER_MAX)
		return false;
	for (size_t i = 0; i < encoded; i++)
		text[i] = token[i] == '-' ? '+' : token[i] == '_' ? '/' : token[i];
	while (encoded % 4 != 0)
		text[encoded++] = '=';
	text[encoded] = '\0';
	length = lws_b64_decode_string_len(text, (int) encoded, decoded, sizeof(decoded));
	if (length <= 0)
		return false;
	header = json_loadb(decoded, (size_t) length, JSON_REJECT_DUPLICATES, NULL);
	named = json_string_value(json_object_get(header, "alg"));
	ours = named != NULL && strcmp(named, algorithm_name) == 0 &&
		   json_object_get(header, "crit") == NULL;
	json_decref(header);
	return ours;
}

/* A time claim; false: it is there and no number. */
static bool
read_time(const json_t *claims, const char *name, int64_t *seconds)
{
	const json_t *value = json_object_get(claims, name);
	double number;

	if (value == NULL)
		return true;
	number = json_number_value(value);
	if (!json_is_number(value) || number < 0 || number > 1e12)
		return false;
	*seconds = (int64_t) number;
	return true;
}

static bool
is_for_us(const json_t *aud)
{
	size_t i;
	const json_t *item;

	if (aud == NULL)
		return true;
	if (json_is_string(aud))
		return strcmp(json_string_value(aud), audience) == 0;
	json_array_foreach(aud, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), audience) == 0)
			return true;
	}
	return false;
}

/* A claim that is text; absent or null is "". */
static bool
read_text(const json_t *claims, const char *name, char *text)
{
	const json_t *value = json_object_get(claims, name);
	size_t length = json_is_string(value) ? json_string_length(value) : 0;

	text[0] = '\0';
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value) || length > TOKEN_CLAIM_MAX ||
		strlen(json_string_value(value)) != length)
		return false;
	memcpy(text, json_string_value(value), length + 1);
	return true;
}

static const char *
judge(const json_t *json, int64_t now, TokenClaims *claims)
{
	int64_t not_before = 0;

	claims->expires = INT64_MAX;
	if (!read_time(json, "exp", &claims->expires) || !read_time(json, "nbf", &not_before) ||
		!read_text(json, "role", claims->role) || !read_text(json, "tenant", claims->tenant))
		return "token has a claim that can't be read";
	if (claims->expires <= now)
		return "token expired";
	if (not_before > now + NOT_BEFORE_LATE)
		return "token is not valid yet";
	if (!is_for_us(json_object_get(json, "aud")))
		return "token is for somebody else";
	if (claims->role[0] == '\0')
		return "token names no role";
	return NULL;
}

/* The claims as JSON, malloc'd, if the token is signed with this key; else NULL. */
static char *
claims_signed_by(const TokenKey *key, const char *token)
{
	jwt_t *jwt = NULL;
	char *text = NULL;

	if (jwt_decode(&jwt, token, key->bytes, key->length) == 0 && jwt_get_alg(jwt) == algorithm)
		text = jwt_get_grants_json(jwt, NULL);
	jwt_free(jwt);
	return text;
}

bool
token_read(const char *token, int64_t now, TokenClaims *claims, const char **why)
{
	char *text = NULL;
	json_t *json = NULL;

	*why = "token refused";
	if (has_shape(token) && header_is_ours(token))
	{
		for (int i = 0; i < keys.count && text == NULL; i++)
			text = claims_signed_by(&keys.key[i], token);
	}
	if (text != NULL)
		json = json_loads(text, 0, NULL);
	if (json_is_object(json))
		*why = judge(json, now, claims);
	json_decref(json);
	free(text);
	return *why == NULL;
}
