/*
 * steered.h
 *		What testers did since the reset: each order to /control that was carried out, with the
 *		mock's time and the journal's latest entry, so that it can be done again in its place.
 *		Bounded: the oldest go, and how many is told.
 */
#ifndef MOCK_STEERED_H
#define MOCK_STEERED_H

#include <jansson.h>

#define STEERED_MAX 1000

extern void steered_note(const char *what, const json_t *body);
/* {steered: [{elapsed_s, after_n, what, body}], dropped, seed, scenario}, the last two as they were
 * when it began. */
extern json_t *steered_json(void);
extern void steered_reset(void); /* also at the start, once seed and scenario are chosen */

#endif
