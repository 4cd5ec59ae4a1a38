/*
 * credentials.c
 *		Basic and Bearer, as RFC 7617 and RFC 6750 write them.
 */
#include "credentials.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* What follows the scheme's name, or NULL. */
static const char *
after_scheme(const Request *request, const char *scheme)
{
	const char *header = request_header(request, "Authorization");
	size_t length = strlen(scheme);

	if (header == NULL || strncasecmp(header, scheme, length) != 0 || header[length] != ' ')
		return NULL;
	return header + length + strspn(header + length, " ");
}

bool
credentials_basic(const Request *request, char user[CREDENTIAL_MAX], char password[CREDENTIAL_MAX])
{
	const char *encoded = after_scheme(request, "Basic");
	unsigned char plain[2 * CREDENTIAL_MAX + 8];
	size_t length;
	int decoded;
	char *colon;

	if (encoded == NULL)
		return false;
	length = strlen(encoded);
	if (length == 0 || length % 4 != 0 || length / 4 * 3 > 2 * CREDENTIAL_MAX)
		return false;
	decoded = EVP_DecodeBlock(plain, (const unsigned char *) encoded, (int) length);
	if (decoded < 0)
		return false;
	/* EVP_DecodeBlock counts the padding as zero bytes. */
	for (size_t i = length; i > 0 && encoded[i - 1] == '=' && decoded > 0; i--)
		decoded--;
	plain[decoded] = '\0';
	if (memchr(plain, '\0', (size_t) decoded) != NULL)
		return false;
	colon = strchr((char *) plain, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	if (strlen((char *) plain) >= CREDENTIAL_MAX || strlen(colon + 1) >= CREDENTIAL_MAX)
		return false;
	strcpy(user, (char *) plain);
	strcpy(password, colon + 1);
	return true;
}

const char *
credentials_bearer(const Request *request)
{
	return after_scheme(request, "Bearer");
}
