/*
 * signature_test.c
 *		twilio_signature_valid against published vectors (twilio-node and twilio-python's own
 *		tests, Twilio's documentation page), and against what must be refused.
 */
#include "postgres.h"

#include "remote/twilio_signature.h"

#undef printf
#include "check.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define PAGE "https://mycompany.com/myapp.php?foo=1&bar=2"
#define BODY "{\"property\": \"value\", \"boolean\": true}"
#define HASH "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
#define CALL                                                                                       \
	"Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309"                \
	"&From=%2B14158675309"
#define V1 "RSOYDt4T1cUTdK1PDd93/VVr8B8="
#define V3 "a9nBmqA0ju/hNViExpshrM61xv4="
#define V4 "y77kIzt2vzLz71DgmJGsen2scGs="
#define V5 "kvajT1Ptam85bY51eRf/AJRuM3w="
#define V9 "L/OH5YylLD5NRKLltdqwSvS0BnU="

/*
 * Computed with another implementation, token 12345:
 *		printf %s URL_AND_FIELDS | openssl dgst -sha1 -hmac 12345 -binary | base64
 */
#define HASH_CAPITALS "0A1FF7634D9AB3B95DB5C9A2DFE9416E41502B283A80C7CF19632632F96E6620"
#define SIGNED_USER "MDQhvHwGzBL9VL9nZjwkrZUPOKY="
#define SIGNED_PORT "+y5BMLDNDMdsBeGoV7A+mOHz7dw="
#define SIGNED_IPV6 "ZGARqhjsHm49VVpaO/1766ssch0="
#define SIGNED_IPV6_PORT "HuWXzl3B4n0ZSNjLaAax5PlUMrE="
#define SIGNED_AT "4Ge2PWn7cN4qPWQnTanSrl6BHcc="
#define SIGNED_REPEATED "RQ/6cUVYFmdaIugm+4Pbs1k9ics="
#define SIGNED_UTF8 "wkQj+gnL3tkePe6xTN/K80KKlQs="
#define SIGNED_PLAIN "IzKaCK671czrkJEESuBPKigd9r8="
#define SIGNED_EMPTY_TOKEN "K2e0uXP++CaY+5JKOVi4tyN5WnM="
#define SIGNED_HASH_CAPITALS "WNxq4LVM1diUfugpXsPKg0J8J5I="
#define SIGNED_TWO_HASHES "IS5/xHhLyFmN3c769pwS+n3jtQI="
#define SIGNED_HASH_ELSEWHERE "c85v/2wteONl0I8uje4CFmwwjzQ="
#define SIGNED_RELATIVE "3K8kRFbR8R1LHnTnE/DzMZrEVUc="

static bool
valid(const char *url, const char *type, const char *body, const char *signature)
{
	static const char *const token[] = {"12345"};

	return twilio_signature_valid(url, type, body, signature, token, 1);
}

static void
vectors(void)
{
	CHECK("V1: a form, fields in any order", valid(PAGE, FORM, CALL, V1));
	CHECK("V1 with a charset parameter", valid(PAGE, FORM "; charset=UTF-8", CALL, V1));
	CHECK("V3: a JSON body after a query", valid(PAGE "&bodySHA256=" HASH, JSON, BODY, V3));
	CHECK("V4: a JSON body alone",
		  valid("https://mycompany.com/myapp.php?bodySHA256=" HASH, JSON, BODY, V4));
	CHECK("V5: a URL with its port, signed with it",
		  valid("https://mycompany.com:443/myapp.php?foo=1&bar=2", FORM, CALL, V5));
	CHECK("V9: the documentation's example",
		  valid("https://example.com/myapp.php?foo=1&bar=2", FORM,
				"Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675310"
				"&From=%2B14158675310",
				V9));
}

static void
spellings(void)
{
	CHECK("signed with the port, received without (V5)", valid(PAGE, FORM, CALL, V5));
	CHECK("signed without the port, received with (V1)",
		  valid("https://mycompany.com:443/myapp.php?foo=1&bar=2", FORM, CALL, V1));
	CHECK("over https any port may have been dropped",
		  valid("https://mycompany.com:8443/myapp.php?foo=1&bar=2", FORM, CALL, V1));
	CHECK("signed without user:password",
		  valid("https://user:p%40ss@mycompany.com/myapp.php?foo=1&bar=2", FORM, CALL, V1));
	CHECK("and without the port that came beside it",
		  valid("https://user:pass@mycompany.com:8443/myapp.php?foo=1&bar=2", FORM, CALL, V1));
	CHECK("signed with user:password as it is",
		  valid("http://user:pass@h:8080/a?b=1", NULL, NULL, SIGNED_USER));
	CHECK("http keeps its port", valid("http://h:8080/a?b=1", NULL, NULL, SIGNED_PORT));
	CHECK("an IPv6 host keeps its colons", valid("http://[::1]/a", NULL, "", SIGNED_IPV6));
	CHECK("and its port is still one", valid("http://[::1]:80/a", NULL, "", SIGNED_IPV6));
	CHECK("or signed with it", valid("http://[::1]/a", NULL, "", SIGNED_IPV6_PORT));
	CHECK("an @ in the query is no user", valid("http://h/a?b=x@y", NULL, "", SIGNED_AT));
	CHECK("a repeated field gives its distinct values in order",
		  valid("http://h/", FORM, "A=2&A=1&A=2", SIGNED_REPEATED));
	CHECK("UTF-8 is signed decoded", valid("http://h/", FORM, "A=%C3%A4+b", SIGNED_UTF8));
}

static void
tokens(void)
{
	static const char *const both[] = {"54321", "12345"};
	static const char *const gaps[] = {NULL, "", "12345"};
	static const char *const wrong[] = {"54321", "1234", "123456"};
	static const char *const empty[] = {"", NULL};

	CHECK("the next token counts too", twilio_signature_valid(PAGE, FORM, CALL, V1, both, 2));
	CHECK("absent tokens are skipped", twilio_signature_valid(PAGE, FORM, CALL, V1, gaps, 3));
	CHECK("other tokens are refused", !twilio_signature_valid(PAGE, FORM, CALL, V1, wrong, 3));
	CHECK("without a token nothing is valid",
		  !twilio_signature_valid(PAGE, FORM, CALL, V1, both, 0));
	CHECK("an empty token signs nothing",
		  !twilio_signature_valid("http://h/", NULL, "", SIGNED_EMPTY_TOKEN, empty, 2));
}

static void
refusals(void)
{
	char changed[] = V1;
	char *long_url = palloc(TWILIO_URL_MAX + 2);

	CHECK("no signature", !valid(PAGE, FORM, CALL, NULL));
	CHECK("an empty signature", !valid(PAGE, FORM, CALL, ""));
	CHECK("a shorter one", !valid(PAGE, FORM, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8"));
	CHECK("a longer one", !valid(PAGE, FORM, CALL, V1 "="));
	for (int i = 0; i < (int) strlen(V1); i++)
	{
		changed[i] ^= 1;
		CHECK("a signature with one bit changed", !valid(PAGE, FORM, CALL, changed));
		changed[i] ^= 1;
	}
	CHECK("another path", !valid("https://mycompany.com/myapp.phq?foo=1&bar=2", FORM, CALL, V1));
	CHECK("another query", !valid("https://mycompany.com/myapp.php?foo=1&bar=3", FORM, CALL, V1));
	CHECK("no query", !valid("https://mycompany.com/myapp.php", FORM, CALL, V1));
	CHECK("another host", !valid("https://mycompany.org/myapp.php?foo=1&bar=2", FORM, CALL, V1));
	CHECK("another scheme", !valid("http://mycompany.com/myapp.php?foo=1&bar=2", FORM, CALL, V1));
	CHECK("another field", !valid(PAGE, FORM, CALL "&Digits=1", V1));
	CHECK("no field", !valid(PAGE, FORM, "", V1));
	CHECK("no body", !valid(PAGE, FORM, NULL, V1));
	CHECK("a form of another type", !valid(PAGE, "text/plain", CALL, V1));
	CHECK("a body of another type that the signature doesn't cover",
		  !valid("http://h/", "text/plain", "x=1", SIGNED_PLAIN) &&
			  !valid("http://h/", NULL, "x=1", SIGNED_PLAIN));
	CHECK("a form without a type", !valid(PAGE, NULL, CALL, V1));
	CHECK("a type that only begins alike", !valid(PAGE, FORM "x", CALL, V1));
	CHECK("a form that can't be read", !valid(PAGE, FORM, CALL "&a=%", V1));
	CHECK("JSON with another body", !valid(PAGE "&bodySHA256=" HASH, JSON, BODY " ", V3));
	CHECK("JSON with no body", !valid(PAGE "&bodySHA256=" HASH, JSON, "", V3));
	CHECK("a signed JSON request is no empty form", !valid(PAGE "&bodySHA256=" HASH, FORM, "", V3));
	CHECK("nor an empty request without a type", !valid(PAGE "&bodySHA256=" HASH, NULL, "", V3));
	CHECK("JSON without a hash in the URL", !valid("http://h/", JSON, BODY, SIGNED_PLAIN));
	CHECK("though the URL's signature is right", valid("http://h/", NULL, "", SIGNED_PLAIN));
	CHECK("a hash in capitals is none",
		  !valid("http://h/?bodySHA256=" HASH_CAPITALS, JSON, BODY, SIGNED_HASH_CAPITALS));
	CHECK("a second, wrong hash",
		  !valid("http://h/?bodySHA256=" HASH "&bodySHA256=0", JSON, BODY, SIGNED_TWO_HASHES));
	CHECK("a hash in another parameter",
		  !valid("http://h/?x=bodySHA256=" HASH, JSON, BODY, SIGNED_HASH_ELSEWHERE));
	CHECK("no URL", !valid(NULL, FORM, CALL, V1));
	CHECK("a relative URL", !valid("/myapp.php", NULL, "", SIGNED_RELATIVE));
	memset(long_url, 'a', TWILIO_URL_MAX + 1);
	memcpy(long_url, "http://h/", 9);
	long_url[TWILIO_URL_MAX + 1] = '\0';
	CHECK("a URL beyond the bound", !valid(long_url, NULL, "", V1));
	pfree(long_url);
}

int
main(void)
{
	vectors();
	spellings();
	tokens();
	refusals();
	return checks_done();
}
