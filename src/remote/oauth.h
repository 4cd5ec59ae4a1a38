/*
 * oauth.h
 *		OAuth2 client credentials (RFC 6749, 4.4): one token per client, fetched once however many
 *		wait for it (singleflight), ahead of its end, and once again after a 401.
 */
#ifndef STRIKE_OAUTH_H
#define STRIKE_OAUTH_H

#include "remote/http.h"

typedef struct OauthClient
{
	const char *token_url;
	const char *client_id;
	const char *client_secret;
} OauthClient;

/* token: live until the call returns; NULL when there is none, and then 'failure' tells why. */
typedef void (*OauthDone)(const char *token, const HttpAnswer *failure, void *arg);

/*
 * Calls done with a token: at once when one is at hand, else when the one request under way for
 * this client is answered.  A token near its end is used and renewed meanwhile.  A refusal is
 * remembered for OAUTH_REFUSED_S seconds, and whoever asks in that time is told at once.
 */
#define OAUTH_REFUSED_S 5
extern void oauth_token(const OauthClient *client, OauthDone done, void *arg);

/* The peer said 401 to this token: forgotten, if it is still the current one. */
extern void oauth_refused(const OauthClient *client, const char *token);

#endif
