/*
 * server_parts.h
 *		The little of a PostgreSQL server that src/remote's files need, for tests without one:
 *		a setting, and errors that jump back.  Memory and strings come from libpgcommon.
 */
#ifndef SERVER_PARTS_H
#define SERVER_PARTS_H

#include <setjmp.h>

/* Where an ERROR jumps; NULL = it ends the program. */
extern sigjmp_buf *server_catch;

/* For tests: raises an ERROR as ereport does. */
extern void server_raise(void);

#endif
