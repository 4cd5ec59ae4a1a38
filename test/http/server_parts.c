/*
 * server_parts.c
 *		ereport for programs without a server, and the settings that are read.
 */
#include "postgres.h"

#include "ground/settings.h"

#include "server_parts.h"

#undef printf
#include <stdio.h>

int strike_http_max_concurrency = 256;
sigjmp_buf *server_catch;
static int level;

bool
errstart(int elevel, const char *domain)
{
	level = elevel;
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *format, ...)
{
	return 0;
}

int
errmsg_internal(const char *format, ...)
{
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	if (level >= ERROR && server_catch != NULL)
		siglongjmp(*server_catch, 1);
	printf("not ok - an unexpected report in %s, %s:%d\n", function, file, line);
	if (level >= ERROR)
		abort();
}

void
server_raise(void)
{
	ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("raised by a test")));
}
