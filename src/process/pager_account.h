/*
 * pager_account.h
 *		A telephone account: its pace and lines, what the provider asked for, and its circuit.
 *		All need a transaction at READ COMMITTED, SPI connected; they lock the account's row of
 *		pager_account_state when they write it, which is rare.
 */
#ifndef STRIKE_PAGER_ACCOUNT_H
#define STRIKE_PAGER_ACCOUNT_H

#include "process/pager_rows.h"

typedef struct Account
{
	pg_uuid_t account_id;
	bool calls;	   /* the transport */
	bool can_page; /* nothing is missing */
	float4 calls_per_second;
	int32 max_calls;			 /* 0 = no bound */
	TimestampTz next_call_at;	 /* 0 = nobody has had a turn */
	TimestampTz throttled_until; /* 0 = never */
	bool in_trouble;			 /* the circuit isn't closed */
} Account;

/* The contractor's own, else the one for all, as it stands now; false = none. */
extern bool account_of(const char *osp_tenant, Account *account);

/*
 * May the run call now?  If not, *until is when to ask again and *why says so in words; a turn that
 * is taken stays the run's (run->slot_at, to be written by the caller).
 */
extern bool account_admits(const Account *account, Run *run, TimestampTz now, TimestampTz *until,
						   const char **why);

/* May a request go out, or is the circuit open?  The one that may is the probe. */
extern bool account_may_send(const pg_uuid_t *account_id, TimestampTz now, TimestampTz *until);

/* The provider answered, whatever it said; or it didn't. */
extern void account_answered(const pg_uuid_t *account_id, TimestampTz now);
extern void account_failed(const pg_uuid_t *account_id, const char *words, TimestampTz now);

/* It asked to wait. */
extern void account_throttled(const pg_uuid_t *account_id, TimestampTz until, TimestampTz now);

#endif
