/*
 * subscribers.h
 *		The outbox worker's subscribers, in the order in which each batch is handed out.
 */
#ifndef STRIKE_SUBSCRIBERS_H
#define STRIKE_SUBSCRIBERS_H

#include "store/subscriber.h"

extern const Subscriber projection_subscriber; /* projection.c: eco_views */
extern const Subscriber websocket_subscriber;  /* websocket.c: wakes the gateway */
extern const Subscriber render_subscriber;	   /* render_start.c: the task in the work system */
extern const Subscriber pager_subscriber;	   /* pager_start.c: who is called */
extern const Subscriber dispatch_subscriber;   /* dispatch.c: a yes makes the order DISPATCHED */

/* From _PG_init. */
extern void subscribers_register(void);

/* projection.c: shows parked deliveries as needs_attention. */
extern void projection_parked(const pg_uuid_t *stream_id, bool parked);

/*
 * projection.c: all events of some orders, in feed order, as rows of pg_temp.eco_views_beside, made
 * from nothing.  Returns how many.  Transaction open, SPI connected.
 */
extern int projection_write_beside(const StoredEvent *events, int n);

#endif
