/*
 * twilio_signature.h
 *		Whether a webhook comes from Twilio: X-Twilio-Signature
 *		(https://www.twilio.com/docs/usage/security#validating-requests).
 */
#ifndef STRIKE_TWILIO_SIGNATURE_H
#define STRIKE_TWILIO_SIGNATURE_H

#define TWILIO_URL_MAX 8192 /* bytes; a longer URL is refused */

/*
 * url: absolute, as Twilio was told it, with the query.  content_type, body: as received, NULL =
 * none; body is a form, JSON (its hash stands in the URL as bodySHA256), or empty.  signature: the
 * header, NULL = none.  tokens: the account's auth tokens, NULL or '' = skipped.
 *
 * Tried are the URL as it is, with and without a port, with and without user:password, since
 * Twilio signs either; all forms under all tokens are compared, in constant time.  A signature
 * carries no time: a replay is as valid as the original, so a handler must be idempotent.
 *
 * ERROR if the hash can't be computed; needs a resource owner (a transaction, as a SQL function
 * has it).
 */
extern bool twilio_signature_valid(const char *url, const char *content_type, const char *body,
								   const char *signature, const char *const *tokens, int ntokens);

#endif
