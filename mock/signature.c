/*
 * signature.c
 *		Twilio's request signature.
 */
#include "signature.h"

#include "memory.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
by_name_then_value(const void *a, const void *b)
{
	const FormField *left = a;
	const FormField *right = b;
	int order = strcmp(left->name, right->name); /* bytes, as unsigned */

	return order != 0 ? order : strcmp(left->value, right->value);
}

void
signature_of(const char *url, const Form *fields, const char *token, char out[SIGNATURE_TEXT])
{
	size_t count = fields != NULL ? fields->count : 0;
	FormField *sorted = memory_zeroed((count + 1) * sizeof(FormField));
	size_t bound = strlen(url) + 1;
	char *text;
	char *end;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	for (size_t i = 0; i < count; i++)
	{
		sorted[i] = fields->fields[i];
		bound += strlen(sorted[i].name) + strlen(sorted[i].value);
	}
	qsort(sorted, count, sizeof(FormField), by_name_then_value);
	text = memory_zeroed(bound);
	end = stpcpy(text, url);
	for (size_t i = 0; i < count; i++)
	{
		if (i > 0 && by_name_then_value(&sorted[i - 1], &sorted[i]) == 0)
			continue; /* the same value again counts once */
		end = stpcpy(stpcpy(end, sorted[i].name), sorted[i].value);
	}
	HMAC(EVP_sha1(), token, (int) strlen(token), (unsigned char *) text, (size_t) (end - text),
		 digest, &length);
	EVP_EncodeBlock((unsigned char *) out, digest, (int) length);
	free(text);
	free(sorted);
}

void
signature_body_sha256(const char *body, size_t length, char out[BODY_SHA256_TEXT])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *) body, length, digest);
	for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

char *
signature_url(const char *url)
{
	size_t length = strcspn(url, "#");
	const char *host;
	size_t host_length;
	const char *at;
	const char *colon;
	const char *rest;

	if (strncasecmp(url, "https://", 8) != 0)
		return memory_text_of(url, length);
	host = url + 8;
	host_length = strcspn(host, "/?#");
	rest = host + host_length;
	at = memrchr(host, '@', host_length);
	if (at != NULL)
	{
		host_length -= (size_t) (at + 1 - host);
		host = at + 1;
	}
	colon = memrchr(host, ':', host_length);
	if (colon != NULL && memchr(colon, ']', host_length - (size_t) (colon - host)) == NULL)
		host_length = (size_t) (colon - host);
	return memory_format("https://%.*s%.*s", (int) host_length, host,
						 (int) (length - (size_t) (rest - url)), rest);
}
