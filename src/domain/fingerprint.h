/*
 * fingerprint.h
 *		MD5 (RFC 1321) over texts in canonical form: what changes changes the fingerprint, and
 *		neither a restart nor the machine does.  No secret hangs on it.  Own code, since the
 *		server's needs a transaction, and is refused where only FIPS algorithms are allowed.
 */
#ifndef STRIKE_FINGERPRINT_H
#define STRIKE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_SIZE 33 /* hex with the NUL */

typedef struct Fingerprint
{
	uint32_t state[4];
	uint64_t length; /* bytes taken */
	unsigned char block[64];
} Fingerprint;

extern void fingerprint_begin(Fingerprint *f);
extern void fingerprint_bytes(Fingerprint *f, const void *bytes, size_t size);

/* The text's length in bytes, a colon and the text; NULL is as empty. */
extern void fingerprint_text(Fingerprint *f, const char *text);
extern void fingerprint_end(Fingerprint *f, char hex[FINGERPRINT_SIZE]);

#endif
