/*
 * settings.h
 *		Strike's settings (GUCs), as the rooms read them.  Defined and checked in settings.c.
 */
#ifndef STRIKE_SETTINGS_H
#define STRIKE_SETTINGS_H

extern char *strike_database;	  /* the one database the workers serve; server start only */
extern bool strike_virtual_clock; /* server start only */
extern bool strike_enabled;		  /* off: no outside effect is started */
extern char *strike_live_hosts;	  /* '' = any; else comma separated host names */
extern char *strike_public_url;	  /* base of the webhooks, '' = none */

extern int strike_outbox_interval;	 /* ms, safety poll of the outbox worker */
extern int strike_anchor_interval;	 /* s, between two of the feed's hashes in the log; 0 = never */
extern int strike_pager_interval;	 /* ms, safety sweep of the pager worker */
extern int strike_pager_deadline;	 /* ms, a contact's time from the intent on */
extern int strike_pager_rounds;		 /* through the whole list */
extern int strike_pager_round_pause; /* ms, between two rounds */
extern int strike_poll_interval;	 /* ms, between two polls of an ECO */
extern int strike_grace_period;		 /* s, from all done to hard complete */
extern bool strike_grace_adaptive;
extern int strike_grace_floor;			/* s */
extern int strike_grace_ceiling;		/* s */
extern int strike_poll_concurrency;		/* looks at one Render instance under way at once */
extern int strike_render_timeout;		/* ms, one request to Render */
extern int strike_render_give_up;		/* ms, from the first try to FAILED */
extern int strike_twilio_timeout;		/* ms, one request to Twilio */
extern int strike_http_max_concurrency; /* requests of one worker under way at once */

/* Called once from _PG_init. */
extern void settings_define(void);

#endif
