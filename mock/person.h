/*
 * person.h
 *		What the person at the telephone says to one order, by that order's own scenario: one call
 *		may carry several.
 */
#ifndef MOCK_PERSON_H
#define MOCK_PERSON_H

#include "phone.h"

/* Does the person pick up for it?  Counts the number among those called for the ECO. */
extern bool person_answers(Eco *eco, const char *number);
/* The key that will be pressed: '1', '2' or 0. */
extern char person_key(Eco *eco, const char *number);
/* Tells the ECO what became of the question; an acceptance starts the field work. */
extern void person_said(Eco *eco, Phone *phone, const char *digits);

#endif
