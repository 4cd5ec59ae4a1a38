/*
 * signature.h
 *		X-Twilio-Signature, computed with OpenSSL from Twilio's description alone: none of the
 *		product's code is used, so that a shared mistake can't hide.
 */
#ifndef MOCK_SIGNATURE_H
#define MOCK_SIGNATURE_H

#include "form.h"

#include <stddef.h>

#define SIGNATURE_TEXT 32	/* Base64 of 20 bytes, with the NUL */
#define BODY_SHA256_TEXT 65 /* hex of 32 bytes, with the NUL */

/*
 * Base64(HMAC-SHA1(token, url, then each field's name and value by name)).  fields NULL: none, as
 * for JSON bodies.  A name that repeats gives its distinct values in order.
 */
extern void
signature_of(const char *url, const Form *fields, const char *token, char out[SIGNATURE_TEXT]);
/* Lower hex SHA-256 of a raw body, for ?bodySHA256=. */
extern void signature_body_sha256(const char *body, size_t length, char out[BODY_SHA256_TEXT]);

/*
 * The URL that Twilio signs: without the #fragment, which holds connection overrides and isn't
 * sent; over https also without user:password and port.  Caller frees.
 */
extern char *signature_url(const char *url);

#endif
