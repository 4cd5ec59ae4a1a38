/*
 * subscribers.c
 *		Who gets each event, and in which order.
 */
#include "postgres.h"

#include "process/subscribers.h"

void
subscribers_register(void)
{
	/* the read model first, so that whoever is told later finds it up to date */
	subscriber_register(&projection_subscriber);
	subscriber_register(&websocket_subscriber);
	subscriber_register(&render_subscriber);
	subscriber_register(&pager_subscriber);
	subscriber_register(&dispatch_subscriber);
	subscriber_tell_parked(projection_parked);
}
