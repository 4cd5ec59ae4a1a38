/*
 * signature_test.c
 *		Published vectors of Twilio's signature against the mock's computation: those of the
 *		official libraries' own tests, and of the documentation page.
 */
#include "form.h"
#include "signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "12345"
#define PAGE "https://mycompany.com/myapp.php?foo=1&bar=2"
#define BODY_HASH "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"

static int failed;

static void
check(const char *promise, const char *got, const char *expected)
{
	if (strcmp(got, expected) == 0)
		printf("ok - signature: %s\n", promise);
	else
	{
		printf("not ok - signature: %s: got %s, expected %s\n", promise, got, expected);
		failed = 1;
	}
}

static void
check_signed(const char *promise, const char *url, const char *form_text, const char *expected)
{
	Form form = {NULL, 0};
	char signature[SIGNATURE_TEXT];

	if (form_text != NULL)
		form_parse(&form, form_text, strlen(form_text));
	signature_of(url, form_text != NULL ? &form : NULL, TOKEN, signature);
	check(promise, signature, expected);
	form_free(&form);
}

static void
check_url(const char *promise, const char *url, const char *expected)
{
	char *got = signature_url(url);

	check(promise, got, expected);
	free(got);
}

int
main(void)
{
	static const char call[] = "Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212"
							   "&Caller=%2B14158675309&From=%2B14158675309";
	static const char docs[] = "Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212"
							   "&Caller=%2B14158675310&From=%2B14158675310";
	static const char json[] = "{\"property\": \"value\", \"boolean\": true}";
	char hash[BODY_SHA256_TEXT];

	check_signed("a form, fields in any order (V1)", PAGE, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
	signature_body_sha256(json, strlen(json), hash);
	check("the hash of a JSON body (V2)", hash, BODY_HASH);
	check_signed("a JSON body after a query (V3)", PAGE "&bodySHA256=" BODY_HASH, NULL,
				 "a9nBmqA0ju/hNViExpshrM61xv4=");
	check_signed("a JSON body alone (V4)", "https://mycompany.com/myapp.php?bodySHA256=" BODY_HASH,
				 NULL, "y77kIzt2vzLz71DgmJGsen2scGs=");
	check_signed("a URL with a port is another URL (V5)",
				 "https://mycompany.com:443/myapp.php?foo=1&bar=2", call,
				 "kvajT1Ptam85bY51eRf/AJRuM3w=");
	check_signed("the documentation's example (V9)", "https://example.com/myapp.php?foo=1&bar=2",
				 docs, "L/OH5YylLD5NRKLltdqwSvS0BnU=");
	check_url("the fragment isn't signed", "http://h:8080/a?b=1#rc=3", "http://h:8080/a?b=1");
	check_url("over https neither user nor port are signed", "https://u:p@h:8443/a?b=@:#rc=3",
			  "https://h/a?b=@:");
	check_url("an IPv6 host keeps its colons", "https://[::1]:8443/a", "https://[::1]/a");
	{
		char twice[SIGNATURE_TEXT];
		Form form = {NULL, 0};

		form_parse(&form, "A=2&A=1&A=2", 11);
		signature_of("http://h/", &form, TOKEN, twice);
		check_signed("a repeated field gives its distinct values in order", "http://h/", "A=1&A=2",
					 twice);
		form_free(&form);
	}
	return failed;
}
