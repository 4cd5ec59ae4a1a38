/*
 * peer.c
 *		A table of the addresses that have connections now.
 */
#include "peer.h"

#include "log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

static Peer *buckets[BUCKETS];
static int limit_each;
static char proxies[OPTIONS_LIST_MAX][64];
static int proxy_count;

/* One form a peer: IPv4 (also mapped into IPv6) in full, IPv6 by its first 64 bits. */
static bool
canonical(int family, const void *bytes, char *text, size_t size)
{
	struct in6_addr six;
	char full[INET6_ADDRSTRLEN];

	if (family == AF_INET)
		return inet_ntop(AF_INET, bytes, text, (socklen_t) size) != NULL;
	memcpy(&six, bytes, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return inet_ntop(AF_INET, six.s6_addr + 12, text, (socklen_t) size) != NULL;
	/* ::1 is one machine, and not a network */
	if (!IN6_IS_ADDR_LOOPBACK(&six))
		memset(six.s6_addr + 8, 0, 8);
	if (inet_ntop(AF_INET6, &six, full, sizeof(full)) == NULL)
		return false;
	snprintf(text, size, "%s%s", full, IN6_IS_ADDR_LOOPBACK(&six) ? "" : "/64");
	return true;
}

static bool
canonical_text(const char *given, char *text, size_t size)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, given, bytes) == 1)
		return canonical(AF_INET, bytes, text, size);
	return inet_pton(AF_INET6, given, bytes) == 1 && canonical(AF_INET6, bytes, text, size);
}

bool
peer_settings(const OptionList *given, int limit)
{
	limit_each = limit;
	for (int i = 0; i < given->count; i++)
	{
		if (strcmp(given->item[i], "none") == 0)
			continue;
		if (!canonical_text(given->item[i], proxies[proxy_count], sizeof(proxies[0])))
		{
			log_line("--proxy %s: not a numeric address", given->item[i]);
			return false;
		}
		proxy_count++;
	}
	return true;
}

static uint32_t
hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char) *text) * 16777619u;
	return h % BUCKETS;
}

static Peer *
peer_named(const char *address)
{
	Peer **bucket = &buckets[hash(address)];
	Peer *peer = *bucket;

	while (peer != NULL && strcmp(peer->address, address) != 0)
		peer = peer->next;
	if (peer == NULL)
	{
		peer = calloc(1, sizeof(*peer));
		if (peer == NULL)
			abort();
		snprintf(peer->address, sizeof(peer->address), "%s", address);
		for (int i = 0; i < proxy_count; i++)
			peer->proxy = peer->proxy || strcmp(proxies[i], address) == 0;
		peer->next = *bucket;
		*bucket = peer;
	}
	return peer_keep(peer);
}

Peer *
peer_of_socket(const struct sockaddr_storage *address)
{
	char text[64];

	if (address->ss_family == AF_INET &&
		canonical(AF_INET, &((const struct sockaddr_in *) address)->sin_addr, text, sizeof(text)))
		return peer_named(text);
	if (address->ss_family == AF_INET6 &&
		canonical(AF_INET6, &((const struct sockaddr_in6 *) address)->sin6_addr, text,
				  sizeof(text)))
		return peer_named(text);
	return peer_named("?");
}

Peer *
peer_behind(Peer *proxy, const char *forwarded)
{
	const char *last = strrchr(forwarded, ',');
	char given[64];
	char text[64];
	size_t length;

	last = last != NULL ? last + 1 : forwarded;
	last += strspn(last, " \t");
	length = strcspn(last, " \t");
	if (length >= sizeof(given))
		return peer_keep(proxy);
	memcpy(given, last, length);
	given[length] = '\0';
	return canonical_text(given, text, sizeof(text)) ? peer_named(text) : peer_keep(proxy);
}

Peer *
peer_keep(Peer *peer)
{
	peer->references++;
	return peer;
}

void
peer_release(Peer *peer)
{
	Peer **at = &buckets[hash(peer->address)];

	if (--peer->references > 0)
		return;
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	free(peer);
}

bool
peer_full(const Peer *peer)
{
	return !peer->proxy && peer->requests + peer->sockets >= limit_each;
}
