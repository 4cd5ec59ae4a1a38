/*
 * activation.h
 *		May this server act?  Outside effects and feed numbering need strike_activate() once per
 *		installation (system identifier and database oid in a row that isn't dumped), a host in
 *		strike.live_hosts if that is set, no recovery, and, for effects alone, strike.enabled.
 */
#ifndef STRIKE_ACTIVATION_H
#define STRIKE_ACTIVATION_H

/*
 * Read inside a transaction.  'why' gets a sentence for logs and strike_health() when false.
 * activation_present: may number the feed.  effects_allowed: may call out as well.
 */
extern bool activation_present(const char **why);
extern bool effects_allowed(const char **why);

/* For commands: a WARNING when no worker can serve this database, so that nobody waits in vain. */
extern void activation_warn_without_worker(void);

#endif
