/*
 * worker.h
 *		Background workers: one launcher, and one loop that drives outbox, render and pager.
 */
#ifndef STRIKE_WORKER_H
#define STRIKE_WORKER_H

#include "postgres.h"

/* From _PG_init while preloading: registers the launcher. */
extern void launcher_register(void);

/* Entry points, named in BackgroundWorker registrations. */
extern PGDLLEXPORT void strike_launcher_main(Datum unused) pg_attribute_noreturn();
extern PGDLLEXPORT void strike_worker_main(Datum role) pg_attribute_noreturn();

/* Notes that the launcher tells apart: what it waits for before it starts workers again. */
#define NOTE_NO_EXTENSION "waiting for CREATE EXTENSION strike"

#endif
