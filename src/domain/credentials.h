/*
 * credentials.h
 *		What the columns of render_instances and twilio_accounts must look like: as their CHECK
 *		constraints say, but in words, so that a wrong row is refused without being shown.
 */
#ifndef STRIKE_CREDENTIALS_H
#define STRIKE_CREDENTIALS_H

#include <stdbool.h>

/* Is that value, as text, one that the column of the table can have?  True for others' columns. */
extern bool credential_valid(const char *table, const char *column, const char *value);

/* What it must look like, as a sentence; NULL for a column that has no rule. */
extern const char *credential_hint(const char *table, const char *column);

#endif
