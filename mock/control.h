/*
 * control.h
 *		/control: how a tester, a test or the dashboard looks into the mock and steers it.
 */
#ifndef MOCK_CONTROL_H
#define MOCK_CONTROL_H

#include "server.h"

extern void control_status(Request *request);
extern void control_journal(Request *request);
extern void control_scenario(Request *request);
extern void control_task(Request *request);
extern void control_call(Request *request);
extern void control_faults(Request *request);
extern void control_get_faults(Request *request);
extern void control_steered(Request *request);
extern void control_reset(Request *request);
extern void control_speed(Request *request);
extern void control_advance(Request *request);
extern void control_healthz(Request *request);

#endif
