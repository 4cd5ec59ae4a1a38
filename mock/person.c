/*
 * person.c
 *		Who is first and second contact of an ECO is the order in which its numbers are called.
 */
#include "person.h"

#include "render.h"

#include <string.h>

bool
person_answers(Eco *eco, const char *number)
{
	return scenario_answer(eco->scenario, eco_position(eco, number)) != ANSWER_NOBODY;
}

char
person_key(Eco *eco, const char *number)
{
	switch (scenario_answer(eco->scenario, eco_position(eco, number)))
	{
		case ANSWER_ACCEPTS:
			return '1';
		case ANSWER_DECLINES:
			return '2';
		case ANSWER_NOBODY:
			break;
	}
	return 0;
}

void
person_said(Eco *eco, Phone *phone, const char *digits)
{
	if (digits[0] != '\0')
		*phone_said(phone, eco) = digits[0];
	if (strcmp(digits, "1") == 0)
	{
		if (eco->accepted_ms == 0)
			eco->accepted_ms = clock_wall_ms();
		eco_step(eco, "%s accepted", phone->to);
		field_work_begin(eco);
	}
	else if (strcmp(digits, "2") == 0)
		eco_step(eco, "%s declined", phone->to);
	else if (strcmp(digits, "*") == 0)
		eco_step(eco, "%s wants to hear it again", phone->to);
	else if (digits[0] != '\0')
		eco_step(eco, "%s pressed a wrong key", phone->to);
	else
		eco_step(eco, phone->machine ? "%s: voicemail" : "%s pressed no key", phone->to);
}
