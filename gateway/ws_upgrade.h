/*
 * ws_upgrade.h
 *		GET /ws: from HTTP to WebSocket (RFC 6455, 4.2).
 */
#ifndef GATEWAY_WS_UPGRADE_H
#define GATEWAY_WS_UPGRADE_H

#include "http.h"
#include "options.h"

/* The options stay in place. */
void ws_upgrade_settings(const Options *options);

/* handlers of the route, see http.h */
void ws_upgrade_serve(HttpExchange *exchange);
void ws_upgrade_refused(int status);

/* Requests refused so far. */
unsigned long long ws_upgrade_refusals(void);

#endif
