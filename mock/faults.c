/*
 * faults.c
 *		Fault sets, each for a provider or all and an ECO or all.  A fault's value comes from the
 *		most specific set that names it: ECO and provider, ECO, provider, all.
 */
#include "faults.h"

#include "clock.h"
#include "memory.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct FaultKind
{
	const char *name;
	double low, high;
	Provider of;	  /* whom it can hurt, PROVIDER_NONE = both; a token is Render's */
	bool not_per_eco; /* what is told once for all ECOs can't be hurt for one */
} FaultKind;

static const FaultKind kinds[FAULT_COUNT] = {
	[FAULT_LATENCY_MS] = {"latency_ms", 0, 600000, PROVIDER_NONE, false},
	[FAULT_DROP_RESPONSE] = {"drop_response", 0, 1, PROVIDER_NONE, false},
	[FAULT_ERROR_RATE] = {"error_rate", 0, 1, PROVIDER_NONE, false},
	[FAULT_STATUS] = {"status", 400, 599, PROVIDER_NONE, false},
	[FAULT_RETRY_AFTER_S] = {"retry_after_s", 0, 3600, PROVIDER_NONE, false},
	[FAULT_TRUNCATE] = {"truncate_response", 0, 1, PROVIDER_NONE, false},
	[FAULT_OVERSIZE] = {"oversize_response", 0, 1, PROVIDER_NONE, false},
	[FAULT_DUPLICATE] = {"duplicate_callbacks", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_REORDER] = {"reorder_callbacks", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_LOSE] = {"lose_callbacks", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_LATE] = {"late_callbacks", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_LATE_S] = {"callback_delay_s", 0, 864000, PROVIDER_TWILIO, false},
	[FAULT_FORGE] = {"forge_callbacks", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_VOICEMAIL] = {"voicemail_rate", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_BUSY] = {"busy_rate", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_CARRIER] = {"carrier_failure_rate", 0, 1, PROVIDER_TWILIO, false},
	[FAULT_CALLS_PER_SECOND] = {"calls_per_second", 0, 1000, PROVIDER_TWILIO, true},
	[FAULT_CONCURRENT_CALLS] = {"concurrent_calls", 0, 10000, PROVIDER_TWILIO, true},
	[FAULT_EXECUTIONS_PER_SECOND] = {"executions_per_second", 0, 10000, PROVIDER_TWILIO, true},
	[FAULT_CLOCK_SKEW_S] = {"clock_skew_s", -31536000, 31536000, PROVIDER_NONE, false},
	[FAULT_LIST_LAG_S] = {"list_lag_s", 0, 3600, PROVIDER_NONE, false},
	[FAULT_TOKEN_LIFE_S] = {"token_lifetime_s", 1, 864000, PROVIDER_RENDER, true},
	[FAULT_OMIT_EXPIRES_IN] = {"omit_expires_in", 0, 1, PROVIDER_RENDER, true},
};

typedef struct FaultSet
{
	struct FaultSet *next;
	Provider provider; /* PROVIDER_NONE = all */
	char *subsector;   /* NULL = all */
	bool given[FAULT_COUNT];
	double values[FAULT_COUNT];
} FaultSet;

static FaultSet *sets;
static uint64_t seed = 1;
static Table draws; /* "ordinal/fault" → how many were drawn, as a pointer-sized number */

static const char *
provider_name(Provider provider)
{
	switch (provider)
	{
		case PROVIDER_OAUTH:
			return "oauth";
		case PROVIDER_RENDER:
			return "render";
		case PROVIDER_TWILIO:
			return "twilio";
		case PROVIDER_NONE:
			break;
	}
	return NULL;
}

/* 0 = not this one's set; the more specific, the higher. */
static int
specificity(const FaultSet *set, Fault fault, Provider provider, const Eco *eco)
{
	int score = 1;

	if (provider == PROVIDER_OAUTH && set->provider != PROVIDER_OAUTH)
	{
		/* A lost or failing token is another subject than a lost or failing task. */
		bool shared = fault == FAULT_LATENCY_MS || fault == FAULT_TOKEN_LIFE_S ||
					  fault == FAULT_OMIT_EXPIRES_IN;

		if (!shared || set->provider == PROVIDER_TWILIO || set->subsector != NULL)
			return 0;
	}
	else if (set->provider != PROVIDER_NONE)
	{
		if (set->provider != provider)
			return 0;
		score += 1;
	}
	if (set->subsector != NULL)
	{
		if (eco == NULL || strcmp(set->subsector, eco->subsector) != 0)
			return 0;
		score += 2;
	}
	return score;
}

double
fault_value(Fault fault, Provider provider, const Eco *eco, double fallback)
{
	int best = 0;

	for (const FaultSet *set = sets; set != NULL; set = set->next)
	{
		int score = set->given[fault] ? specificity(set, fault, provider, eco) : 0;

		if (score > best)
		{
			best = score;
			fallback = set->values[fault];
		}
	}
	return fallback;
}

static uint64_t
mixed(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

bool
fault_strikes(Fault fault, Provider provider, const Eco *eco)
{
	double rate = fault_value(fault, provider, eco, 0);
	int ordinal = eco != NULL ? eco->ordinal : 0;
	char *key;
	uintptr_t n;
	uint64_t drawn;

	/* A status without a rate means: always. */
	if (fault == FAULT_ERROR_RATE && rate == 0 && fault_value(FAULT_STATUS, provider, eco, 0) > 0 &&
		fault_value(FAULT_ERROR_RATE, provider, eco, -1) < 0)
		rate = 1;
	if (rate <= 0)
		return false;
	key = memory_format("%d/%d/%d", ordinal, (int) provider, (int) fault);
	n = (uintptr_t) table_get(&draws, key) + 1;
	table_put(&draws, key, (void *) n); /* a number kept in the pointer's place */
	free(key);
	drawn = mixed(mixed(mixed(seed) ^ (uint64_t) ordinal) ^
				  ((uint64_t) fault << 8 | (uint64_t) provider));
	drawn = mixed(drawn ^ (uint64_t) n);
	return (double) (drawn >> 11) / 9007199254740992.0 < rate; /* 53 bits: 0 ≤ x < 1 */
}

static void
forget(FaultSet *set)
{
	free(set->subsector);
	free(set);
}

void
faults_seed(uint64_t value)
{
	seed = value;
	table_clear(&draws);
}

uint64_t
faults_current_seed(void)
{
	return seed;
}

void
faults_reset(void)
{
	while (sets != NULL)
	{
		FaultSet *next = sets->next;

		forget(sets);
		sets = next;
	}
	table_clear(&draws);
}

/* NULL, or what's wrong. */
static char *
read_set(const json_t *body, FaultSet *set, bool *seeded, uint64_t *new_seed)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *) body, key, value)
	{
		const char *name;
		int fault;

		if (strcmp(key, "seed") == 0)
		{
			if (!json_is_integer(value))
				return memory_text("seed must be an integer");
			*seeded = true;
			*new_seed = (uint64_t) json_integer_value(value);
			continue;
		}
		if (json_is_null(value))
			continue;
		if (strcmp(key, "provider") == 0)
		{
			name = json_string_value(value);
			for (Provider p = PROVIDER_OAUTH; name != NULL && p <= PROVIDER_TWILIO; p++)
			{
				if (strcmp(name, provider_name(p)) == 0)
					set->provider = p;
			}
			if (set->provider == PROVIDER_NONE)
				return memory_text("provider must be render, twilio or oauth");
			continue;
		}
		if (strcmp(key, "subsector") == 0)
		{
			if (!json_is_string(value) || json_string_length(value) == 0)
				return memory_text("subsector must be a text");
			free(set->subsector);
			set->subsector = memory_text(json_string_value(value));
			continue;
		}
		name = strcmp(key, "cps") == 0 ? kinds[FAULT_CALLS_PER_SECOND].name : key;
		for (fault = 0; fault < FAULT_COUNT && strcmp(kinds[fault].name, name) != 0; fault++)
			continue;
		if (fault == FAULT_COUNT)
			return memory_format("unknown fault \"%.60s\"", key);
		if (json_is_number(value))
			set->values[fault] = json_number_value(value);
		else if (json_is_boolean(value) && kinds[fault].low == 0 && kinds[fault].high == 1)
			set->values[fault] = json_is_true(value) ? 1 : 0;
		else
			return memory_format("%s must be a number", key);
		if (!(set->values[fault] >= kinds[fault].low && set->values[fault] <= kinds[fault].high))
			return memory_format("%s must be from %g to %g", key, kinds[fault].low,
								 kinds[fault].high);
		set->given[fault] = true;
	}
	return NULL;
}

/* A fault in a scope where it could never strike: NULL, or what's wrong. */
static char *
scope_problem(const FaultSet *set)
{
	if (set->provider == PROVIDER_OAUTH && set->subsector != NULL)
		return memory_text("a token is asked for once for all ECOs: it can't be hurt for one");
	for (int fault = 0; fault < FAULT_COUNT; fault++)
	{
		Provider of = kinds[fault].of;

		if (!set->given[fault])
			continue;
		if (set->subsector != NULL && kinds[fault].not_per_eco)
			return memory_format("%s can't be set for one ECO", kinds[fault].name);
		if (of != PROVIDER_NONE && set->provider != PROVIDER_NONE && set->provider != of &&
			!(of == PROVIDER_RENDER && set->provider == PROVIDER_OAUTH))
			return memory_format("%s is a trouble of %s", kinds[fault].name, provider_name(of));
	}
	return NULL;
}

static bool
same_scope(const FaultSet *a, const FaultSet *b)
{
	if (a->provider != b->provider || (a->subsector == NULL) != (b->subsector == NULL))
		return false;
	return a->subsector == NULL || strcmp(a->subsector, b->subsector) == 0;
}

char *
faults_set(const json_t *body)
{
	FaultSet *set;
	bool seeded = false;
	uint64_t new_seed = 0;
	char *problem;
	bool any = false;

	if (!json_is_object(body))
		return memory_text("a JSON object is expected");
	if (json_object_size(body) == 0)
	{
		faults_reset();
		return NULL;
	}
	set = memory_zeroed(sizeof(*set));
	problem = read_set(body, set, &seeded, &new_seed);
	if (problem == NULL)
		problem = scope_problem(set);
	if (problem != NULL)
	{
		forget(set);
		return problem;
	}
	if (seeded)
		faults_seed(new_seed);
	for (int fault = 0; fault < FAULT_COUNT; fault++)
		any = any || set->given[fault];
	if (!any && seeded && set->provider == PROVIDER_NONE && set->subsector == NULL)
	{
		forget(set); /* a seed alone leaves the faults as they are */
		return NULL;
	}
	for (FaultSet **link = &sets; *link != NULL; link = &(*link)->next)
	{
		if (same_scope(*link, set))
		{
			FaultSet *old = *link;

			*link = old->next;
			forget(old);
			break;
		}
	}
	if (any)
	{
		set->next = sets;
		sets = set;
	}
	else
		forget(set); /* a scope with nothing in it: cleared */
	return NULL;
}

json_t *
faults_json(void)
{
	json_t *array = json_array();

	for (const FaultSet *set = sets; set != NULL; set = set->next)
	{
		json_t *json = json_object();

		if (set->provider != PROVIDER_NONE)
			json_object_set_new(json, "provider", json_string(provider_name(set->provider)));
		if (set->subsector != NULL)
			json_object_set_new(json, "subsector", json_string(set->subsector));
		for (int fault = 0; fault < FAULT_COUNT; fault++)
		{
			if (!set->given[fault])
				continue;
			if (set->values[fault] == floor(set->values[fault]))
				json_object_set_new(json, kinds[fault].name,
									json_integer((json_int_t) set->values[fault]));
			else
				json_object_set_new(json, kinds[fault].name, json_real(set->values[fault]));
		}
		json_array_append_new(array, json);
	}
	return array;
}

json_t *
faults_kinds(void)
{
	json_t *array = json_array();

	for (int fault = 0; fault < FAULT_COUNT; fault++)
	{
		const char *of = provider_name(kinds[fault].of);

		json_array_append_new(array, json_pack("{ss, sf, sf, ss, sb}", "name", kinds[fault].name,
											   "low", kinds[fault].low, "high", kinds[fault].high,
											   "of", of != NULL ? of : "", "per_eco",
											   !kinds[fault].not_per_eco));
	}
	return array;
}

int64_t
faults_wall_ms(Provider provider, const Eco *eco)
{
	return clock_wall_ms() + (int64_t) (fault_value(FAULT_CLOCK_SKEW_S, provider, eco, 0) * 1000);
}

bool
faults_too_new(int64_t created_ms, Provider provider, const Eco *eco)
{
	double lag_ms = fault_value(FAULT_LIST_LAG_S, provider, eco, 0) * 1000;

	return lag_ms > 0 && (double) (faults_wall_ms(provider, eco) - created_ms) < lag_ms;
}
