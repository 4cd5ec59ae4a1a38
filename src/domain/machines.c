/*
 * machines.c
 *		The list of all state machines: one truth for code, SQL, documents and model.
 */
#include "domain/machine.h"
#include "domain/circuit.h"
#include "domain/eco_status.h"
#include "domain/pager_attempt.h"
#include "domain/pager_process.h"
#include "domain/pager_run.h"
#include "domain/render_process.h"

static const Machine *const all[] = {
	&eco_status_machine, &render_status_machine, &render_process_machine, &circuit_machine,
	&pager_run_machine,	 &pager_process_machine, &pager_attempt_machine,  NULL,
};

const Machine *const *
machines(void)
{
	return all;
}
