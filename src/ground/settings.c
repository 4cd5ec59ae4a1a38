/*
 * settings.c
 *		Strike's settings.  All but strike.database and strike.virtual_clock change with a reload.
 */
#include "postgres.h"

#include <ctype.h>
#include <limits.h>

#include "miscadmin.h"
#include "utils/guc.h"

#include "ground/settings.h"

char *strike_database;
bool strike_virtual_clock;
bool strike_enabled;
char *strike_live_hosts;
char *strike_public_url;
int strike_outbox_interval;
int strike_anchor_interval;
int strike_pager_interval;
int strike_pager_deadline;
int strike_pager_rounds;
int strike_pager_round_pause;
int strike_poll_interval;
int strike_grace_period;
bool strike_grace_adaptive;
int strike_grace_floor;
int strike_grace_ceiling;
int strike_poll_concurrency;
int strike_render_timeout;
int strike_render_give_up;
int strike_twilio_timeout;
int strike_http_max_concurrency;

/* '' or an absolute http(s) URL without credentials, query or fragment; signed URLs begin with it. */
static bool
check_public_url(char **newval, void **extra, GucSource source)
{
	const char *url = *newval;
	const char *host;

	if (url[0] == '\0')
		return true;
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
	{
		GUC_check_errdetail("The value must begin with http:// or https://.");
		GUC_check_errhint("For example https://noc.example.org.");
		return false;
	}
	host = strstr(url, "://") + 3;
	if (host[0] == '\0' || host[0] == '/' || strpbrk(url, " \t\r\n@?#\"") != NULL)
	{
		GUC_check_errdetail("The value must be a scheme, a host and an optional path only.");
		return false;
	}
	if (url[strlen(url) - 1] == '/')
	{
		GUC_check_errdetail("The value must not end with a slash.");
		return false;
	}
	return true;
}

static bool
check_live_hosts(char **newval, void **extra, GucSource source)
{
	for (const char *p = *newval; *p; p++)
		if (!isalnum((unsigned char) *p) && strchr(".-, ", *p) == NULL)
		{
			GUC_check_errdetail("The value must be host names separated by commas.");
			return false;
		}
	return true;
}

static bool
check_database(char **newval, void **extra, GucSource source)
{
	if ((*newval)[0] != '\0' && strlen(*newval) < NAMEDATALEN)
		return true;
	GUC_check_errdetail("The value must be the name of a database, of 1 to %d bytes.",
						NAMEDATALEN - 1);
	GUC_check_errhint("strike.enabled = off pauses the workers.");
	return false;
}

typedef struct IntSetting
{
	const char *name;
	const char *about;
	int *variable;
	int boot;
	int min;
	int max;
	int flags;
} IntSetting;

static const IntSetting int_settings[] = {
	{"strike.outbox_interval", "Safety poll of the outbox worker, beside the wake-up at commit.",
	 &strike_outbox_interval, 100, 10, 60 * 1000, GUC_UNIT_MS},
	{"strike.anchor_interval",
	 "How often the feed's last hash is written to the server's log, when it has changed; 0: "
	 "never.",
	 &strike_anchor_interval, 60 * 60, 0, 24 * 60 * 60, GUC_UNIT_S},
	{"strike.pager_interval", "Safety sweep for overdue deadlines, beside the exact wake-up.",
	 &strike_pager_interval, 5000, 100, 60 * 1000, GUC_UNIT_MS},
	{"strike.pager_deadline", "A contact's time to answer, from the attempt's intent on.",
	 &strike_pager_deadline, 30 * 1000, 1000, 10 * 60 * 1000, GUC_UNIT_MS},
	{"strike.pager_rounds", "How often a page goes through the whole list before it gives up.",
	 &strike_pager_rounds, 1, 1, 10, 0},
	{"strike.pager_round_pause", "From the end of a round through the list to the next one.",
	 &strike_pager_round_pause, 60 * 1000, 0, 10 * 60 * 1000, GUC_UNIT_MS},
	{"strike.poll_interval", "Time between two polls of an order's tasks.", &strike_poll_interval,
	 60 * 1000, 1000, 60 * 60 * 1000, GUC_UNIT_MS},
	{"strike.grace_period", "Observation after all tasks are completed.", &strike_grace_period,
	 24 * 60 * 60, 1, 30 * 24 * 60 * 60, GUC_UNIT_S},
	{"strike.grace_floor", "An adaptive grace period is never shorter.", &strike_grace_floor,
	 6 * 60 * 60, 1, 30 * 24 * 60 * 60, GUC_UNIT_S},
	{"strike.grace_ceiling", "An adaptive grace period is never longer.", &strike_grace_ceiling,
	 48 * 60 * 60, 1, 30 * 24 * 60 * 60, GUC_UNIT_S},
	{"strike.poll_concurrency", "Looks at one Render instance under way at once.",
	 &strike_poll_concurrency, 16, 1, 256, 0},
	{"strike.render_timeout", "Bound on one request to Render.", &strike_render_timeout, 30 * 1000,
	 100, 10 * 60 * 1000, GUC_UNIT_MS},
	{"strike.render_give_up", "From the first try at Render until the NOC is told.",
	 &strike_render_give_up, 60 * 1000, 1000, 24 * 60 * 60 * 1000, GUC_UNIT_MS},
	{"strike.twilio_timeout", "Bound on one request to Twilio.", &strike_twilio_timeout, 10 * 1000,
	 100, 5 * 60 * 1000, GUC_UNIT_MS},
	{"strike.http_max_concurrency", "Requests that one worker has under way at once.",
	 &strike_http_max_concurrency, 256, 1, 4096, 0},
};

void
settings_define(void)
{
	bool preloading = process_shared_preload_libraries_in_progress;

	/* What must be known at server start is only settable there. */
	DefineCustomStringVariable("strike.database", "Database that the workers serve.", NULL,
							   &strike_database, "strike", preloading ? PGC_POSTMASTER : PGC_SUSET,
							   0, check_database, NULL, NULL);
	DefineCustomBoolVariable(
		"strike.virtual_clock",
		"Lets a superuser advance Strike's time; for development and tests only.", NULL,
		&strike_virtual_clock, false, preloading ? PGC_POSTMASTER : PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("strike.enabled", "Off pauses the workers' outside effects.", NULL,
							 &strike_enabled, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("strike.grace_adaptive",
							 "Sets the grace period from the history of late work.", NULL,
							 &strike_grace_adaptive, false, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"strike.live_hosts", "Host names on which outside effects are allowed; empty allows any.",
		NULL, &strike_live_hosts, "", PGC_SIGHUP, 0, check_live_hosts, NULL, NULL);
	DefineCustomStringVariable(
		"strike.public_url", "Base of the webhooks' URLs.",
		"As Twilio reaches the gateway from outside; empty means polling only.", &strike_public_url,
		"", PGC_SIGHUP, 0, check_public_url, NULL, NULL);
	for (int i = 0; i < lengthof(int_settings); i++)
	{
		const IntSetting *s = &int_settings[i];

		DefineCustomIntVariable(s->name, s->about, NULL, s->variable, s->boot, s->min, s->max,
								PGC_SIGHUP, s->flags, NULL, NULL, NULL);
	}
	MarkGUCPrefixReserved("strike");
}
