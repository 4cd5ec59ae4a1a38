/*
 * intervene.c
 *		What an operator does to an order that is under way: page again, take over, cancel, reopen,
 *		acknowledge, note.
 *
 *		the caller may see it ─► its pages are locked ─► decide by the tables ─► events ─► the row
 *
 * A refusal is PT409 with the table's words; another transaction's append in between makes the
 * decision be made again.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"

#include "api/eco_row.h"
#include "domain/eco_status.h"
#include "ground/activation.h"
#include "ground/json.h"
#include "process/eco_commands.h"
#include "process/pager_start.h"
#include "process/pager_stop.h"

PG_FUNCTION_INFO_V1(strike_repage);
PG_FUNCTION_INFO_V1(strike_take_over);
PG_FUNCTION_INFO_V1(strike_cancel_eco);
PG_FUNCTION_INFO_V1(strike_reopen_eco);
PG_FUNCTION_INFO_V1(strike_acknowledge);
PG_FUNCTION_INFO_V1(strike_add_note);

static void refuse(const char *message, const char *hint) pg_attribute_noreturn();

static void
refuse(const char *message, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_STRIKE_REFUSED), errmsg("%s", message), errhint("%s", hint)));
}

static pg_uuid_t
eco_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("eco_id is null"),
						errhint("Give the eco_id of an order of yours.")));
	return *PG_GETARG_UUID_P(0);
}

static void
require_open(const EcoView *view)
{
	if (view->status != ECO_OPEN && view->status != ECO_IN_PROGRESS)
		refuse(psprintf("the order is %s", eco_status_words(view->status)),
			   "Only an open order can be paged or taken over.");
}

static Datum
finish(FunctionCallInfo fcinfo, MemoryContext caller, const pg_uuid_t *eco_id)
{
	EcoView view;
	Datum row;

	activation_warn_without_worker();
	eco_require(eco_id, &view);
	row = eco_row(fcinfo, caller, &view);
	SPI_finish();
	return row;
}

/* The order, which the caller may see, with its pages locked: as both stand from now on. */
static Pages
lock_pages(const pg_uuid_t *eco_id, EcoView *view)
{
	Pages pages;

	eco_require(eco_id, view); /* nobody waits for an order that isn't his */
	pages = pager_lock(eco_id);
	eco_require(eco_id, view);
	return pages;
}

/* strike_repage(eco_id, reason): a new run, from the first contact on. */
Datum
strike_repage(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	pg_uuid_t eco_id = eco_argument(fcinfo);
	char *reason = text_argument(fcinfo, 1, "reason", true);
	EcoView view;
	Pages pages;

	SPI_connect();
	pages = lock_pages(&eco_id, &view);
	require_open(&view);
	if (pages.open)
		refuse("a page is running", "Wait for its end, or take the order over.");
	if (view.render == RENDER_PENDING)
		refuse("the order is still being sent to the contractor",
			   "The page starts by itself when his work system has the task.");
	/* a page after a dispatch asks for another yes */
	if (!pager_start_run(&view, pages.last_run_no + 1,
						 pages.accepted ? pages.epoch + 1 : pages.epoch, NULL, reason))
		refuse("a page is running", "Wait for its end, or take the order over.");
	PG_RETURN_DATUM(finish(fcinfo, caller, &eco_id));
}

/* strike_take_over(eco_id, reason): a human arranges the crew; calls end. */
Datum
strike_take_over(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	pg_uuid_t eco_id = eco_argument(fcinfo);
	char *reason = text_argument(fcinfo, 1, "reason", true);
	EcoView view;
	Pages pages;

	SPI_connect();
	for (bool done = false; !done;)
	{
		CHECK_FOR_INTERRUPTS();
		pages = lock_pages(&eco_id, &view);
		require_open(&view);
		done = true;
		if (pages.taken_over && !pages.open)
			; /* pressed twice: it is so already */
		else if (pages.open)
			pager_stop(&eco_id, &pages, "TAKEN_OVER", reason, NULL);
		else
			/* a page may begin just now: then it is that one which ends */
			done = pager_record_take_over(&view, pages.last_run_no + 1, pages.epoch, reason);
		if (!done && IsolationUsesXactSnapshot())
			refuse("a page has begun meanwhile", "Try again.");
	}
	PG_RETURN_DATUM(finish(fcinfo, caller, &eco_id));
}

/* Takes a step of the order's own status and appends it; raises a refusal. */
static void
change_status(const pg_uuid_t *eco_id, EcoInput input, const char *reason, const char *hint)
{
	EcoView view;
	const Step *step;
	NewEvent event = {"StatusUpdatedEvent", NULL};
	JsonBuild b;

	do
	{
		eco_require(eco_id, &view);
		step = machine_step(&eco_status_machine, view.status, input);
		if (step->to == REFUSED)
			refuse(step->why, hint);
		if (step->emits == NULL)
			return;
		json_begin(&b);
		json_text(&b, "from", eco_status_machine.states[view.status]);
		json_text(&b, "to", eco_status_machine.states[step->to]);
		json_text(&b, "reason", reason);
		if (input == ECO_CANCEL && view.render_task_id != NULL)
			json_bool(&b, "task_left", true);
		event.payload = json_end(&b);
	} while (!eco_append(&view, &event, 1, NULL));
}

/* strike_cancel_eco(eco_id, reason): false alarm, duplicate; calls end, the task is left. */
Datum
strike_cancel_eco(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	pg_uuid_t eco_id = eco_argument(fcinfo);
	char *reason = text_argument(fcinfo, 1, "reason", true);
	EcoView view;
	Pages pages;

	SPI_connect();
	pages = lock_pages(&eco_id, &view);
	change_status(&eco_id, ECO_CANCEL, reason, "A closed order can be reopened, not canceled.");
	pager_stop(&eco_id, &pages, "CANCELED", reason, NULL);
	if (view.render_task_id != NULL)
		ereport(NOTICE, (errmsg("the task in the contractor's work system is left as it is"),
						 errhint("Tell the contractor, if somebody may be working on it.")));
	PG_RETURN_DATUM(finish(fcinfo, caller, &eco_id));
}

/* strike_reopen_eco(eco_id, reason): a closed or canceled order goes on. */
Datum
strike_reopen_eco(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	pg_uuid_t eco_id = eco_argument(fcinfo);
	char *reason = text_argument(fcinfo, 1, "reason", true);

	SPI_connect();
	change_status(&eco_id, ECO_REOPEN, reason, "Only a closed or canceled order is reopened.");
	PG_RETURN_DATUM(finish(fcinfo, caller, &eco_id));
}

static Datum
write_note(FunctionCallInfo fcinfo, const char *event_type)
{
	MemoryContext caller = CurrentMemoryContext;
	pg_uuid_t eco_id = eco_argument(fcinfo);
	char *note = text_argument(fcinfo, 1, "note", true);
	NewEvent event = {event_type, NULL};
	EcoView view;
	JsonBuild b;

	SPI_connect();
	do
	{
		eco_require(&eco_id, &view);
		json_begin(&b);
		json_text(&b, "note", note);
		event.payload = json_end(&b);
	} while (!eco_append(&view, &event, 1, NULL));
	return finish(fcinfo, caller, &eco_id);
}

/* strike_acknowledge(eco_id, note): seen; needs_attention is silent until something changes. */
Datum
strike_acknowledge(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(write_note(fcinfo, "AcknowledgedEvent"));
}

/* strike_add_note(eco_id, note): kept with the order. */
Datum
strike_add_note(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(write_note(fcinfo, "NoteAddedEvent"));
}
