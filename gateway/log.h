/*
 * log.h
 *		One line on stderr a happening.  No secrets, no bodies, no query strings: callers pass
 *		paths, statuses and SQLSTATEs.
 */
#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

/* Control bytes and bytes above 0x7e are written as '?'; at most 500 bytes; adds the newline. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * As log_line, but at most LOG_BURST lines a second; the first line after a silence says how many
 * were left out.  For what a client can cause.
 */
void log_limited(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
