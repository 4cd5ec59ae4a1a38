/*
 * credentials.h
 *		Reading an Authorization header.
 */
#ifndef MOCK_CREDENTIALS_H
#define MOCK_CREDENTIALS_H

#include "server.h"

#define CREDENTIAL_MAX 256 /* bytes of a user name or password, with the NUL */

extern bool
credentials_basic(const Request *request, char user[CREDENTIAL_MAX], char password[CREDENTIAL_MAX]);
extern const char *credentials_bearer(const Request *request); /* NULL = none */

#endif
