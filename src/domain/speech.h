/*
 * speech.h
 *		What a telephone says, and the TwiML that says it
 *		(https://www.twilio.com/docs/voice/twiml).
 */
#ifndef STRIKE_SPEECH_H
#define STRIKE_SPEECH_H

#include <stdbool.h>
#include <stddef.h>

#define SPEECH_MAX                                                                                 \
	3500 /* bytes with the NUL: Say takes 4,096 characters, a Twiml parameter 4,000 */

/*
 * A message as a voice can read it: "Main St" → "Main Street", "&" → "and", digits in a row of five
 * or more are spelled.  Cut at a character's boundary when it gets too long.  out: SPEECH_MAX bytes.
 */
extern void speech_readable(const char *message, char *out);

/*
 * TwiML is built in a buffer of the caller's; what doesn't fit sets 'full', and the document must
 * not be used.  Texts and URLs are escaped here.
 */
typedef struct Twiml
{
	char *out;
	size_t size;
	size_t length;
	bool full;
} Twiml;

extern void twiml_begin(Twiml *twiml, char *out, size_t size);
extern void twiml_say(Twiml *twiml, const char *words);

/* Asks for one key; what is pressed, or nothing, is posted to the action's URL. */
extern void twiml_ask(Twiml *twiml, const char *words, const char *action);
extern void twiml_hangup(Twiml *twiml);

/* The document; NULL if it didn't fit. */
extern const char *twiml_end(Twiml *twiml);

#define TWIML_MAX 16384

#endif
