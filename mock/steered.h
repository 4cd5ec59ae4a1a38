/*
 * steered.h
 *		What testers did since the reset: each order to /control that was carried out, with the
 *		mock's time, so that it can be done again.  Bounded: the oldest go, and how many is told.
 */
#ifndef MOCK_STEERED_H
#define MOCK_STEERED_H

#include <jansson.h>

#define STEERED_MAX 1000

extern void steered_note(const char *what, const json_t *body);
extern json_t *steered_json(void); /* {steered: [{elapsed_s, what, body}], dropped} */
extern void steered_reset(void);

#endif
