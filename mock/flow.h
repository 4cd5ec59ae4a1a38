/*
 * flow.h
 *		The Studio flow that executions walk: flow/eco-page.json, as a site imports it into Twilio,
 *		put into the program by the linker, or the file of --flow.  Read once, and refused unless
 *		every widget is one that studio_widgets.c plays, every transition leads somewhere, every
 *		widget can be reached, and every template can be read.
 */
#ifndef MOCK_FLOW_H
#define MOCK_FLOW_H

#include <jansson.h>

typedef enum FlowType
{
	FLOW_TRIGGER,
	FLOW_REQUEST, /* make-http-request */
	FLOW_CALL,	  /* make-outgoing-call-v2 */
	FLOW_GATHER,  /* gather-input-on-call */
	FLOW_SPLIT,	  /* split-based-on */
	FLOW_SAY,	  /* say-play */
	FLOW_SET,	  /* set-variables */
	FLOW_TYPE_COUNT
} FlowType;

typedef struct FlowWidget
{
	const char *name;
	FlowType type;
	const json_t *properties;  /* an object */
	const json_t *transitions; /* an array */
	int index;				   /* from 0, in the file's order */
	int order;				   /* N of a name that ends in _N or has _N_ in it; 1 without */
} FlowWidget;

#define FLOW_WIDGETS_MAX 500

/* file NULL: the one in the program.  NULL, or what's wrong (caller frees). */
extern char *flow_load(const char *file);
extern void flow_end(void);

extern const FlowWidget *flow_start(void); /* the trigger */
extern int flow_widget_count(void);

/* Where an event leads; NULL: the flow ends.  A split's conditions are studio_widgets.c's. */
extern const FlowWidget *flow_next(const FlowWidget *widget, const char *event);
extern const FlowWidget *flow_target(const json_t *transition);

/* A property as text, "" when it isn't one. */
extern const char *flow_text(const FlowWidget *widget, const char *property);
extern double flow_number(const FlowWidget *widget, const char *property, double fallback);

#endif
