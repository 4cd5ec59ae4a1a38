/*
 * calls.h
 *		Twilio's Calls API: create, list, fetch, update.
 */
#ifndef MOCK_CALLS_H
#define MOCK_CALLS_H

#include "server.h"

extern void calls_create(Request *request);
extern void calls_list(Request *request);
extern void calls_fetch(Request *request);
extern void calls_update(Request *request);
extern void calls_reset(void);

#endif
