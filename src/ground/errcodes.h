/*
 * errcodes.h
 *		SQLSTATEs of our own.  PostgREST turns PTnnn into the HTTP status nnn.
 */
#ifndef STRIKE_ERRCODES_H
#define STRIKE_ERRCODES_H

#define ERRCODE_STRIKE_UNKNOWN MAKE_SQLSTATE('P', 'T', '4', '0', '4') /* no such order, for you */
#define ERRCODE_STRIKE_REFUSED MAKE_SQLSTATE('P', 'T', '4', '0', '9') /* not in this state */

#endif
