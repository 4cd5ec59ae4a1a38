/*
 * twilio_signature.c
 *		Base64(HMAC-SHA1(auth token, URL ‖ each form field's name ‖ value, by name)).
 *
 * The expected signature stands in no message and no log: who knows it can forge.
 */
#include "postgres.h"

#include "common/base64.h"
#include "common/cryptohash.h"
#include "common/hmac.h"
#include "common/sha1.h"
#include "common/sha2.h"

#include "domain/twilio_form.h"
#include "remote/twilio_signature.h"

#define SIGNATURE_LENGTH 28 /* Base64 of SHA1_DIGEST_LENGTH bytes */
#define URL_FORMS 4

static const char hash_parameter[] = "bodySHA256=";

/* The parts of an absolute URL, pointing into it: scheme://user@host:port rest */
typedef struct UrlParts
{
	const char *user; /* with the @; length 0 = none */
	int user_length;
	const char *host;
	int host_length;
	const char *port; /* with the colon; length 0 = none */
	int port_length;
	const char *rest;  /* path and query */
	int scheme_length; /* with :// */
	bool https;
} UrlParts;

static bool
split_url(const char *url, UrlParts *parts)
{
	const char *authority;
	const char *colon;
	int length;

	memset(parts, 0, sizeof(*parts));
	parts->https = pg_strncasecmp(url, "https://", 8) == 0;
	if (!parts->https && pg_strncasecmp(url, "http://", 7) != 0)
		return false;
	parts->scheme_length = parts->https ? 8 : 7;
	authority = url + parts->scheme_length;
	length = (int) strcspn(authority, "/?#");
	parts->rest = authority + length;
	parts->user = parts->host = authority;
	for (const char *c = parts->rest; c > authority; c--)
	{
		if (c[-1] == '@')
		{
			parts->host = c;
			break;
		}
	}
	parts->user_length = (int) (parts->host - parts->user);
	parts->host_length = (int) (parts->rest - parts->host);
	parts->port = parts->rest;
	/* the last colon, unless it's inside an IPv6 host's brackets */
	for (colon = parts->rest; colon > parts->host; colon--)
	{
		if (colon[-1] == ']')
			break;
		if (colon[-1] == ':')
		{
			parts->port = colon - 1;
			parts->port_length = (int) (parts->rest - parts->port);
			parts->host_length = (int) (parts->port - parts->host);
			break;
		}
	}
	return parts->host_length > 0;
}

/*
 * The URL's spellings that may have been signed: with and without user:password, each with the
 * port as it is and the other way: taken away, or, where there is none, the scheme's own.
 */
static int
url_forms(const char *url, char *forms[URL_FORMS])
{
	UrlParts parts;
	int count = 0;

	if (!split_url(url, &parts))
		return 0;
	for (int user_length = parts.user_length;; user_length = 0)
	{
		const char *other_port = parts.port_length > 0 ? "" : parts.https ? ":443" : ":80";
		const char *after_user = user_length > 0 ? parts.user : parts.host;

		forms[count++] = psprintf("%.*s%s", parts.scheme_length, url, after_user);
		forms[count++] =
			psprintf("%.*s%.*s%s%s", parts.scheme_length, url, user_length + parts.host_length,
					 after_user, other_port, parts.rest);
		if (user_length == 0)
			break;
	}
	return count;
}

static void
sign(const char *url, const TwilioForm *form, const char *token, char out[SIGNATURE_LENGTH + 1])
{
	uint8 digest[SHA1_DIGEST_LENGTH];
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA1);
	bool ok = hmac != NULL && pg_hmac_init(hmac, (const uint8 *) token, strlen(token)) == 0 &&
			  pg_hmac_update(hmac, (const uint8 *) url, strlen(url)) == 0;

	for (int i = 0; i < form->count && ok; i++)
	{
		const TwilioField *field = &form->fields[i];

		ok = pg_hmac_update(hmac, (const uint8 *) field->name, strlen(field->name)) == 0 &&
			 pg_hmac_update(hmac, (const uint8 *) field->value, strlen(field->value)) == 0;
	}
	if (!ok || pg_hmac_final(hmac, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a webhook's signature: %s", pg_hmac_error(hmac));
	pg_hmac_free(hmac);
	if (pg_b64_encode((const void *) digest, sizeof(digest), out, SIGNATURE_LENGTH) !=
		SIGNATURE_LENGTH)
		elog(ERROR, "could not encode a webhook's signature");
	out[SIGNATURE_LENGTH] = '\0';
}

static bool
same_signature(const char *a, const char *b)
{
	unsigned char different = 0;

	for (int i = 0; i < SIGNATURE_LENGTH; i++)
		different |= (unsigned char) (a[i] ^ b[i]);
	return different == 0;
}

/* Whether a hash (not NUL-terminated) is the lower hex SHA-256 of body. */
static bool
is_hash_of(const char *hash, size_t length, const char *body)
{
	static const char digits[] = "0123456789abcdef";
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) body, strlen(body)) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a webhook's hash: %s", pg_cryptohash_error(context));
	pg_cryptohash_free(context);
	if (length != 2 * sizeof(digest))
		return false;
	for (size_t i = 0; i < length; i++)
	{
		uint8 nibble = i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15;

		if (hash[i] != digits[nibble])
			return false;
	}
	return true;
}

/*
 * Checks each bodySHA256 in the URL's query against the body, and counts them in *count.  One that
 * is there counts for any content type: else a signed JSON request, whose signature covers the URL
 * alone, could be replayed with an empty form.
 */
static bool
body_hashes_fit(const char *url, const char *body, int *count)
{
	const char *query = strchr(url, '?');

	*count = 0;
	while (query != NULL && *query != '#' && *query != '\0')
	{
		size_t length = strcspn(++query, "&#");
		size_t name = sizeof(hash_parameter) - 1;

		if (length >= name && memcmp(query, hash_parameter, name) == 0)
		{
			if (!is_hash_of(query + name, length - name, body))
				return false;
			(*count)++;
		}
		query += length;
	}
	return true;
}

/* Whether a Content-Type header is of this media type, whatever its parameters. */
static bool
is_type(const char *content_type, const char *type)
{
	size_t length = strlen(type);

	return content_type != NULL && pg_strncasecmp(content_type, type, length) == 0 &&
		   (content_type[length] == '\0' || strchr("; \t", content_type[length]) != NULL);
}

bool
twilio_signature_valid(const char *url, const char *content_type, const char *body,
					   const char *signature, const char *const *tokens, int ntokens)
{
	char *forms[URL_FORMS];
	TwilioForm fields = {0};
	int nforms;
	int hashes;
	bool valid = false;

	if (url == NULL || strlen(url) > TWILIO_URL_MAX || signature == NULL ||
		strlen(signature) != SIGNATURE_LENGTH)
		return false;
	if (body == NULL)
		body = "";
	if (!body_hashes_fit(url, body, &hashes))
		return false;
	if (is_type(content_type, "application/json"))
	{
		if (hashes == 0)
			return false;
	}
	else if (is_type(content_type, "application/x-www-form-urlencoded"))
	{
		size_t length = strlen(body);

		if (length > TWILIO_FORM_SIZE || !twilio_form_parse(&fields, pstrdup(body), length))
			return false;
		twilio_form_sort(&fields);
	}
	else if (body[0] != '\0')
		return false;

	nforms = url_forms(url, forms);
	for (int t = 0; t < ntokens; t++)
	{
		if (tokens[t] == NULL || tokens[t][0] == '\0')
			continue;
		for (int f = 0; f < nforms; f++)
		{
			char expected[SIGNATURE_LENGTH + 1];

			sign(forms[f], &fields, tokens[t], expected);
			valid |= same_signature(expected, signature);
		}
	}
	return valid;
}
