/*
 * twilio_form.h
 *		Reading application/x-www-form-urlencoded text, as Twilio's webhooks send it.  Decoded in
 *		place, no memory of its own, everything bounded.
 */
#ifndef STRIKE_TWILIO_FORM_H
#define STRIKE_TWILIO_FORM_H

#include <stdbool.h>
#include <stddef.h>

#define TWILIO_FORM_SIZE (64 * 1024) /* bytes of the whole text, encoded */
#define TWILIO_FORM_FIELDS 100
#define TWILIO_FORM_NAME 256		  /* bytes of a decoded name */
#define TWILIO_FORM_VALUE (16 * 1024) /* bytes of a decoded value */

typedef struct TwilioField
{
	const char *name;
	const char *value;
} TwilioField;

typedef struct TwilioForm
{
	int count;
	TwilioField fields[TWILIO_FORM_FIELDS]; /* in the text's order until sorted */
} TwilioForm;

/*
 * Decodes text (length bytes and a NUL after them) in place; the fields point into it.  Empty
 * pieces between two & are skipped; a name without = has the value ''.  false, with no fields:
 * over a bound, an empty name, a bad % escape, a NUL, or bytes that are not UTF-8.
 */
extern bool twilio_form_parse(TwilioForm *form, char *text, size_t length);

/* The first value of that name, or NULL. */
extern const char *twilio_form_value(const TwilioForm *form, const char *name);

/*
 * The order that Twilio signs: by name, then by value, as bytes; a value that a name has twice
 * is kept once.
 */
extern void twilio_form_sort(TwilioForm *form);

#endif
