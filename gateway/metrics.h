/*
 * metrics.h
 *		GET /metrics, in Prometheus' text format 0.0.4.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "http.h"

void metrics_serve(HttpExchange *exchange);

#endif
