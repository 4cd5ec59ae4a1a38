/*
 * phone_line.h
 *		An account's outgoing line: calls take turns where their rate or number is limited.
 */
#ifndef MOCK_PHONE_LINE_H
#define MOCK_PHONE_LINE_H

#include "phone.h"

/* Queues the phone behind its account's others; start is called when its turn has come. */
extern void line_join(Phone *phone, double usual_rate, void (*start)(Phone *));
/* The phone's call is over: it leaves the queue, or its place to the next. */
extern void line_leave(Phone *phone);
extern int line_waiting(void); /* calls in all queues */
extern void line_reset(void);

#endif
