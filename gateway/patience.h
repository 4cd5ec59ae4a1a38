/*
 * patience.h
 *		What a caller hears while the database doesn't answer: "one moment please", and the call
 *		comes back to the same URL with the key that was pressed.
 */
#ifndef GATEWAY_PATIENCE_H
#define GATEWAY_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>

#define PATIENCE_MAX 2048 /* bytes of the document, with the NUL */

/*
 * target: path and query as received; body: the form, length bytes.  Writes TwiML into out.  False
 * when the request isn't part of a call's conversation (/twilio/voice/…, /twilio/gather/…), or
 * can't be repeated as it is: then it is answered 503 like any other.
 */
extern bool patience_document(const char *target, const char *body, size_t length, char *out);

#endif
