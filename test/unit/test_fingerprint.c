/*
 * test_fingerprint.c
 *		MD5 by the vectors of RFC 1321, and the canonical form.
 */
#include "domain/fingerprint.h"

#include "check.h"

static void
md5_is(const char *text, const char *expected)
{
	char hex[FINGERPRINT_SIZE];
	Fingerprint f;

	fingerprint_begin(&f);
	fingerprint_bytes(&f, text, strlen(text));
	fingerprint_end(&f, hex);
	CHECK_TEXT("MD5 is as the RFC has it", hex, expected);
	fingerprint_begin(&f);
	for (; *text; text++)
		fingerprint_bytes(&f, text, 1);
	fingerprint_end(&f, hex);
	CHECK_TEXT("also byte by byte", hex, expected);
}

static void
two_texts(const char *a, const char *b, char hex[FINGERPRINT_SIZE])
{
	Fingerprint f;

	fingerprint_begin(&f);
	fingerprint_text(&f, a);
	fingerprint_text(&f, b);
	fingerprint_end(&f, hex);
}

int
main(void)
{
	char one[FINGERPRINT_SIZE];
	char other[FINGERPRINT_SIZE] = "";

	md5_is("", "d41d8cd98f00b204e9800998ecf8427e");
	md5_is("a", "0cc175b9c0f1b6a831c399e269772661");
	md5_is("abc", "900150983cd24fb0d6963f7d28e17f72");
	md5_is("message digest", "f96b697d7cb7938d525a2f31aaf161d0");
	md5_is("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b");
	md5_is("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		   "d174ab98d277d9f5a5611c2c9f419d9f");
	md5_is("12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		   "57edf4a22be3c955ac49da2e2107b67a");
	for (int length = 50; length < 70; length++)
	{
		char text[80] = "";
		Fingerprint f;

		memset(text, 'x', length);
		text[length] = '\0';
		fingerprint_begin(&f);
		fingerprint_bytes(&f, text, length);
		fingerprint_end(&f, one);
		CHECK("around a block's end, too", strlen(one) == 32 && strcmp(one, other) != 0);
		strcpy(other, one);
	}
	two_texts("released", "R. Field", one);
	two_texts("released", "R. Field", other);
	CHECK_TEXT("the same texts have the same fingerprint", one, other);
	two_texts("releasedR", ". Field", other);
	CHECK("texts don't run into each other", strcmp(one, other) != 0);
	two_texts("", "x", one);
	two_texts(NULL, "x", other);
	CHECK_TEXT("nothing is as empty", one, other);
	return checks_done();
}
