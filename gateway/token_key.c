/*
 * token_key.c
 *		Reading keys.  libjwt takes PEM, so a JSON Web Key is written as the DER of its
 *		SubjectPublicKeyInfo (RFC 5280, 4.1; RFC 3279, 2.3) and that as PEM.
 */
#include "token_key.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (64 * 1024)
#define SECRET_MIN 32	/* bytes: RFC 7518, 3.2, of HS256 */
#define NUMBER_MAX 1024 /* bytes of a modulus: RSA with 8192 bits */
#define DER_MAX 2048

typedef struct Der
{
	unsigned char bytes[DER_MAX];
	size_t length;
} Der;

static const unsigned char rsa_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
											  0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const unsigned char p256_algorithm[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
											   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
											   0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const unsigned char p384_algorithm[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
											   0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
											   0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const unsigned char p521_algorithm[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
											   0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
											   0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};

static const struct
{
	const char *algorithm; /* of tokens */
	const char *crv;
	size_t size; /* bytes of a coordinate */
	const unsigned char *identifier;
	size_t identifier_length;
} curves[] = {
	{"ES256", "P-256", 32, p256_algorithm, sizeof(p256_algorithm)},
	{"ES384", "P-384", 48, p384_algorithm, sizeof(p384_algorithm)},
	{"ES512", "P-521", 66, p521_algorithm, sizeof(p521_algorithm)},
};

static void
der_raw(Der *der, const void *bytes, size_t length)
{
	if (der->length + length > DER_MAX)
		abort(); /* NUMBER_MAX is well below */
	memcpy(der->bytes + der->length, bytes, length);
	der->length += length;
}

/* Tag, length, and as first byte of the content `lead` unless it's negative. */
static void
der_value(Der *der, unsigned char tag, int lead, const void *bytes, size_t length)
{
	size_t all = length + (lead >= 0);
	unsigned char head[5] = {tag};
	unsigned char first = (unsigned char) lead;
	size_t n = 1;

	if (all < 128)
		head[n++] = (unsigned char) all;
	else if (all < 256)
	{
		head[n++] = 0x81;
		head[n++] = (unsigned char) all;
	}
	else
	{
		head[n++] = 0x82;
		head[n++] = (unsigned char) (all >> 8);
		head[n++] = (unsigned char) all;
	}
	der_raw(der, head, n);
	if (lead >= 0)
		der_raw(der, &first, 1);
	der_raw(der, bytes, length);
}

/* Bytes of a base64url member; 0: it's missing or isn't that. */
static size_t
member(const json_t *jwk, const char *name, unsigned char *bytes)
{
	const char *text = json_string_value(json_object_get(jwk, name));
	char padded[NUMBER_MAX * 4 / 3 + 8];
	char decoded[NUMBER_MAX + 8];
	size_t length = text != NULL ? strlen(text) : 0;
	int got;

	if (length == 0 || length > NUMBER_MAX * 4 / 3 ||
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != length)
		return 0;
	for (size_t i = 0; i < length; i++)
		padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	while (length % 4 != 0)
		padded[length++] = '=';
	padded[length] = '\0';
	got = lws_b64_decode_string_len(padded, (int) length, decoded, sizeof(decoded));
	if (got <= 0 || got > NUMBER_MAX)
		return 0;
	memcpy(bytes, decoded, (size_t) got);
	return (size_t) got;
}

static bool
der_of_rsa(const json_t *jwk, Der *key)
{
	unsigned char n[NUMBER_MAX];
	unsigned char e[NUMBER_MAX];
	size_t n_length = member(jwk, "n", n);
	size_t e_length = member(jwk, "e", e);
	Der numbers = {.length = 0};
	Der pair = {.length = 0};

	/* 2048 bits at least: RFC 7518, 3.3 */
	if (n_length < 256 || e_length == 0 || e_length > 8 || n[0] == 0 || e[0] == 0)
		return false;
	/* integers have a sign */
	der_value(&numbers, 0x02, n[0] >= 0x80 ? 0 : -1, n, n_length);
	der_value(&numbers, 0x02, e[0] >= 0x80 ? 0 : -1, e, e_length);
	der_value(&pair, 0x30, -1, numbers.bytes, numbers.length);
	der_raw(key, rsa_algorithm, sizeof(rsa_algorithm));
	der_value(key, 0x03, 0, pair.bytes, pair.length);
	return true;
}

static bool
der_of_curve(const json_t *jwk, const char *algorithm, Der *key)
{
	const char *crv = json_string_value(json_object_get(jwk, "crv"));
	unsigned char x[NUMBER_MAX];
	unsigned char y[NUMBER_MAX];
	size_t x_length = member(jwk, "x", x);
	size_t y_length = member(jwk, "y", y);

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
	{
		unsigned char point[1 + 2 * NUMBER_MAX] = {4}; /* not compressed */

		if (strcmp(curves[i].algorithm, algorithm) != 0 || crv == NULL ||
			strcmp(curves[i].crv, crv) != 0 || x_length != curves[i].size ||
			y_length != curves[i].size)
			continue;
		memcpy(point + 1, x, x_length);
		memcpy(point + 1 + x_length, y, y_length);
		der_raw(key, curves[i].identifier, curves[i].identifier_length);
		der_value(key, 0x03, 0, point, 1 + x_length + y_length);
		return true;
	}
	return false;
}

static bool
add_bytes(TokenKeys *keys, const void *bytes, size_t length)
{
	TokenKey *key;

	if (keys->count == TOKEN_KEYS_MAX)
	{
		log_line("more than %d keys for tokens", TOKEN_KEYS_MAX);
		return false;
	}
	key = &keys->key[keys->count++];
	key->bytes = calloc(1, length + 1);
	if (key->bytes == NULL)
		abort();
	memcpy(key->bytes, bytes, length);
	key->length = (int) length;
	return true;
}

static bool
add_secret(TokenKeys *keys, const char *algorithm, const void *bytes, size_t length)
{
	if (length >= SECRET_MIN)
		return add_bytes(keys, bytes, length);
	log_line("the secret for %s has %zu bytes, %d at least are needed", algorithm, length,
			 SECRET_MIN);
	return false;
}

static bool
add_der(TokenKeys *keys, const Der *der)
{
	Der whole = {.length = 0};
	char text[DER_MAX * 2];
	char pem[DER_MAX * 2];
	int length;
	int at;

	der_value(&whole, 0x30, -1, der->bytes, der->length);
	length =
		lws_b64_encode_string((const char *) whole.bytes, (int) whole.length, text, sizeof(text));
	if (length < 0)
		return false;
	at = snprintf(pem, sizeof(pem), "-----BEGIN PUBLIC KEY-----\n");
	for (int i = 0; i < length; i += 64)
		at += snprintf(pem + at, sizeof(pem) - (size_t) at, "%.64s\n", text + i);
	at += snprintf(pem + at, sizeof(pem) - (size_t) at, "-----END PUBLIC KEY-----\n");
	return add_bytes(keys, pem, (size_t) at);
}

/* False: this one is for something else, or broken. */
static bool
add_jwk(TokenKeys *keys, const char *algorithm, const json_t *jwk)
{
	const char *kty = json_string_value(json_object_get(jwk, "kty"));
	const char *use = json_string_value(json_object_get(jwk, "use"));
	const char *alg = json_string_value(json_object_get(jwk, "alg"));
	Der der = {.length = 0};

	if (kty == NULL || (use != NULL && strcmp(use, "sig") != 0) ||
		(alg != NULL && strcmp(alg, algorithm) != 0))
		return false;
	if (algorithm[0] == 'H' && strcmp(kty, "oct") == 0)
	{
		unsigned char secret[NUMBER_MAX];
		size_t length = member(jwk, "k", secret);

		return add_secret(keys, algorithm, secret, length);
	}
	if (algorithm[0] == 'R' && strcmp(kty, "RSA") == 0)
		return der_of_rsa(jwk, &der) && add_der(keys, &der);
	if (algorithm[0] == 'E' && strcmp(kty, "EC") == 0)
		return der_of_curve(jwk, algorithm, &der) && add_der(keys, &der);
	return false;
}

static bool
add_json(TokenKeys *keys, const char *algorithm, const json_t *json)
{
	const json_t *set = json_object_get(json, "keys");
	const json_t *jwk;
	size_t i;
	int before = keys->count;

	if (!json_is_array(set))
		(void) add_jwk(keys, algorithm, json);
	json_array_foreach(set, i, jwk)
	{
		(void) add_jwk(keys, algorithm, jwk);
	}
	if (keys->count == before)
		log_line("no JSON Web Key for %s is there", algorithm);
	return keys->count > before;
}

bool
token_keys_add(TokenKeys *keys, const char *algorithm, const char *bytes, size_t length)
{
	bool secret = algorithm[0] == 'H';
	json_t *json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
	bool usable;

	if (json_is_object(json))
		usable = add_json(keys, algorithm, json);
	else if (secret != (memmem(bytes, length, "-----BEGIN", 10) == NULL) ||
			 memmem(bytes, length, "PRIVATE KEY", 11) != NULL)
	{
		log_line("%s needs %s as its key", algorithm,
				 secret ? "a secret, not a PEM file," : "a public key (PEM, or a JSON Web Key)");
		usable = false;
	}
	else
		usable =
			secret ? add_secret(keys, algorithm, bytes, length) : add_bytes(keys, bytes, length);
	json_decref(json);
	return usable;
}

bool
token_keys_read(TokenKeys *keys, const char *algorithm, const char *file)
{
	static char bytes[FILE_MAX];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	bool usable = false;

	if (length < 0)
		log_line("--jwt-key %s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (length < 0)
		return false;
	/* an editor's last newline is no part of a secret */
	while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
		length--;
	usable = token_keys_add(keys, algorithm, bytes, (size_t) length);
	explicit_bzero(bytes, sizeof(bytes));
	return usable;
}

void
token_keys_free(TokenKeys *keys)
{
	for (; keys->count > 0; keys->count--)
	{
		TokenKey *key = &keys->key[keys->count - 1];

		explicit_bzero(key->bytes, (size_t) key->length);
		free(key->bytes);
	}
}
