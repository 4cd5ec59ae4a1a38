/*
 * site.h
 *		The web pages over HTTP.
 */
#ifndef GATEWAY_SITE_H
#define GATEWAY_SITE_H

#include "http.h"
#include "options.h"

/* False: the directory can't be read.  Without a directory nothing is served but 404. */
bool site_open(const Options *options);
void site_close(void);

/* handler of the route, see http.h */
void site_serve(HttpExchange *exchange);

/* Requests answered so far: 0 = 200, 1 = 304, 2 = 404. */
unsigned long long site_count(int which);

#endif
