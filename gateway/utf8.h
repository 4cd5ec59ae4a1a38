/*
 * utf8.h
 *		What PostgreSQL accepts as text in a UTF8 database.
 */
#ifndef GATEWAY_UTF8_H
#define GATEWAY_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True if the bytes are well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no
 * surrogates, nothing above U+10FFFF) and hold no NUL.
 */
bool utf8_is_text(const char *bytes, size_t length);

#endif
