/*
 * ids.h
 *		Identifiers in the providers' shapes.  None is ever given twice, neither after a reset nor
 *		by a later process.
 */
#ifndef MOCK_IDS_H
#define MOCK_IDS_H

#include <stdbool.h>

#define ID_TEXT 48 /* bytes that hold any identifier */

extern void ids_init(void);

/* prefix (two capitals, e.g. "FN") and 32 lower hex digits */
extern void id_sid(const char *prefix, char out[ID_TEXT]);
extern void id_uuid(char out[ID_TEXT]);
/* A Render task's id, e.g. PT-65f1c2a0-000017: start of the process, then a running number. */
extern void id_task(char out[ID_TEXT]);
extern void id_token(char out[ID_TEXT]);

/* Has text the shape prefix + 32 hex digits? */
extern bool id_is_sid(const char *text, const char *prefix);
/* Has text the shape of a UUID (length bytes are looked at)? */
extern bool id_is_uuid(const char *text);

#endif
