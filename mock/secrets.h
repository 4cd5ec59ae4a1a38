/*
 * secrets.h
 *		What must not be kept: credentials in URLs, headers and bodies, blanked before the journal
 *		takes them.
 */
#ifndef MOCK_SECRETS_H
#define MOCK_SECRETS_H

#include <stddef.h>

/* All give a text that the caller frees; NULL: there is nothing to blank, keep it as it is. */

/*
 * A form or JSON body.  One that names a secret and can't be read is replaced altogether, since
 * nobody can say where the secret ends.
 */
extern char *secrets_body(const char *body, size_t length);
/* A URL, or a path with its query: user:password@ goes, secret parameters are blanked. */
extern char *secrets_url(const char *url);
/* A header's value; of an Authorization the scheme stays. */
extern char *secrets_header(const char *name, const char *value);

#endif
