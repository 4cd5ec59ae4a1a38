/*
 * strike.c
 *		The extension's table of contents: settings, shared memory, subscribers, workers.
 *
 * Rooms, from the inside out (each calls only rooms further in):
 *
 *	domain/		pure decisions and transition tables; needs no server
 *	ground/		settings, clock, shared memory, SPI and jsonb helpers: what every room stands on
 *	store/		events: append, frontier, hash chains, feed, subscriptions, replay
 *	remote/		HTTP, OAuth2, Render's and Twilio's protocols
 *	process/	one file a subscriber or process manager
 *	worker/		launcher and the loop that drives the three workers
 *	api/		the SQL surface: commands, queries, grants
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "ground/fault.h"
#include "ground/settings.h"
#include "ground/shared.h"
#include "process/subscribers.h"
#include "store/frontier.h"
#include "worker/worker.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	FAULT_DEFINE();
	settings_define();
	subscribers_register();
	if (process_shared_preload_libraries_in_progress)
	{
		shared_install_hooks();
		frontier_install_hooks();
		launcher_register();
	}
}
