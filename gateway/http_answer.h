/*
 * http_answer.h
 *		An answer as bytes on the wire.
 */
#ifndef GATEWAY_HTTP_ANSWER_H
#define GATEWAY_HTTP_ANSWER_H

#include "http.h"

/*
 * The whole answer, malloc'd; *length says how long.  without_body: of a HEAD request, which is
 * told the length of the body it doesn't get.  minor: of the request's version.
 */
char *http_answer_bytes(const HttpAnswer *answer, int minor, bool keep_alive, bool without_body,
						size_t *length);

#endif
