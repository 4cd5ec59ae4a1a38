/*
 * fault.h
 *		Named fault points for test builds (make FAULTS=1): FAULT_POINT("name") does nothing unless
 *		the setting strike.fault says "name:action".  Release builds contain none of it.
 *
 *			crash	the process ends at once, without any cleanup
 *			error	an ERROR is raised
 *			pause	waits until the setting is another one (reload)
 *
 * FAULT_SKIP("name") is true for "name:skip": the code around it leaves something out.
 */
#ifndef STRIKE_FAULT_H
#define STRIKE_FAULT_H

#ifdef STRIKE_FAULT_POINTS

extern void fault_point(const char *name);
extern bool fault_skip(const char *name);
extern void fault_define(void); /* the setting; from _PG_init */

#define FAULT_POINT(name) fault_point(name)
#define FAULT_SKIP(name) fault_skip(name)
#define FAULT_DEFINE() fault_define()

#else

#define FAULT_POINT(name) ((void) 0)
#define FAULT_SKIP(name) false
#define FAULT_DEFINE() ((void) 0)

#endif
#endif
