/*
 * liquid.h
 *		The part of Liquid that the project's Studio flow uses: {{ a.b[0].c }}, nothing else.  A
 *		template with more in it is refused when the flow is loaded, not misread later.
 */
#ifndef MOCK_LIQUID_H
#define MOCK_LIQUID_H

#include <jansson.h>

/* NULL, or what can't be read in it (caller frees). */
extern char *liquid_problem(const char *text);

/* The text with its values filled in; what isn't there is the empty text.  Caller frees. */
extern char *liquid_render(const char *text, const json_t *context);

#endif
