/*
 * health.h
 *		Whether the database answers, asked regularly, and GET /healthz.
 */
#ifndef GATEWAY_HEALTH_H
#define GATEWAY_HEALTH_H

#include "http.h"

/* After db_pool_open; begins to ask. */
void health_open(void);
/* Before db_pool_close. */
void health_close(void);

/* "up", "down" (no connection) or "unresponsive" (connected, but SELECT 1 wasn't answered). */
const char *health_database(void);
bool health_ok(void);

void health_serve(HttpExchange *exchange);

#endif
