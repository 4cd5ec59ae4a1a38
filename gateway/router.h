/*
 * router.h
 *		Which handler serves which path.
 */
#ifndef GATEWAY_ROUTER_H
#define GATEWAY_ROUTER_H

#include "http.h"

/* The route of this path, NULL if nothing is served there. */
const HttpRoute *router_find(const char *path, size_t length);
/* True if the route serves the method. */
bool router_allows(const HttpRoute *route, const char *method);
/* "GET, POST" of the route's methods, for the header Allow; at most `size` bytes. */
void router_allow(const HttpRoute *route, char *allow, size_t size);

#endif
