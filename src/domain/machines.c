/*
 * machines.c
 *		The list of all state machines: one truth for code, SQL, documents and model.
 */
#include "domain/machine.h"
#include "domain/eco_status.h"

static const Machine *const all[] = {
	&eco_status_machine,
	&render_status_machine,
	NULL,
};

const Machine *const *
machines(void)
{
	return all;
}
