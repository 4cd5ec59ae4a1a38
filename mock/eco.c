/*
 * eco.c
 *		The ECOs seen so far, by subsector and in order.
 */
#include "eco.h"

#include "clock.h"
#include "memory.h"
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct EcoList ecos = TAILQ_HEAD_INITIALIZER(ecos);
static Table by_subsector;
static int last_ordinal;

Eco *
eco_find(const char *subsector)
{
	return table_get(&by_subsector, subsector);
}

Eco *
eco_at(const char *subsector)
{
	Eco *eco;

	if (subsector == NULL || subsector[0] == '\0')
		subsector = "(no subsector)";
	eco = eco_find(subsector);
	if (eco != NULL)
		return eco;
	eco = memory_zeroed(sizeof(*eco));
	eco->subsector = memory_text(subsector);
	eco->scenario = scenario_default();
	eco->ordinal = ++last_ordinal;
	eco->seen_ms = clock_wall_ms();
	TAILQ_INIT(&eco->tasks);
	TAILQ_INIT(&eco->phones);
	TAILQ_INSERT_TAIL(&ecos, eco, link);
	table_put(&by_subsector, subsector, eco);
	eco_step(eco, "waiting for a task");
	return eco;
}

struct EcoList *
eco_all(void)
{
	return &ecos;
}

void
eco_step(Eco *eco, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(eco->step, sizeof(eco->step), format, args);
	va_end(args);
}

int
eco_position(Eco *eco, const char *number)
{
	for (int i = 0; i < eco->number_count; i++)
	{
		if (strcmp(eco->numbers[i], number) == 0)
			return i;
	}
	eco->numbers = memory_grown(eco->numbers, (size_t) (eco->number_count + 1) * sizeof(char *));
	eco->numbers[eco->number_count] = memory_text(number);
	return eco->number_count++;
}

void
eco_reset(void)
{
	Eco *eco;

	while ((eco = TAILQ_FIRST(&ecos)) != NULL)
	{
		TAILQ_REMOVE(&ecos, eco, link);
		timer_cancel(&eco->field_timer);
		for (int i = 0; i < eco->number_count; i++)
			free(eco->numbers[i]);
		free(eco->numbers);
		free(eco->subsector);
		free(eco);
	}
	table_clear(&by_subsector);
	last_ordinal = 0;
}
