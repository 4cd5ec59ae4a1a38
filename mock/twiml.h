/*
 * twiml.h
 *		TwiML documents, read with expat, bounded in every direction.  A DOCTYPE is refused, so
 *		there are no entities to expand.
 */
#ifndef MOCK_TWIML_H
#define MOCK_TWIML_H

#include "form.h"

#include <stddef.h>

#define TWIML_BYTES_MAX (64 * 1024)
#define TWIML_VERBS_MAX 200
#define TWIML_DEPTH_MAX 4
#define TWIML_ATTRIBUTES_MAX 40
#define TWIML_TEXT_MAX 4096 /* of one verb; Twilio's bound for Say */

typedef struct TwimlVerb
{
	char *name;
	char *text; /* of its own, without its children's, trimmed */
	Form attributes;
	struct TwimlVerb *children;
	struct TwimlVerb *next;
} TwimlVerb;

/* The Response element, or NULL and what's wrong (caller frees *problem). */
extern TwimlVerb *twiml_parse(const char *text, size_t length, char **problem);
extern void twiml_free(TwimlVerb *verb);

extern const char *twiml_attribute(const TwimlVerb *verb, const char *name, const char *fallback);
extern double
twiml_number(const TwimlVerb *verb, const char *name, double low, double high, double fallback);

#endif
