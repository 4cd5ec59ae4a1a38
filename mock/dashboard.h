/*
 * dashboard.h
 *		/dashboard: pages that are part of the program.
 */
#ifndef MOCK_DASHBOARD_H
#define MOCK_DASHBOARD_H

#include "server.h"

extern void dashboard_page(Request *request);
extern void dashboard_asset(Request *request);
extern void dashboard_redirect(Request *request);

#endif
