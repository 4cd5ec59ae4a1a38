/*
 * peer.h
 *		Who is at the other end, and how many connections he has.
 *
 * An IPv4 address is one peer, an IPv6 network of /64 is one, as that is what one person gets.
 */
#ifndef GATEWAY_PEER_H
#define GATEWAY_PEER_H

#include "options.h"

#include <stdbool.h>
#include <sys/socket.h>

typedef struct Peer
{
	char address[64]; /* text, canonical */
	bool proxy;		  /* its X-Forwarded-For is believed, and it isn't limited */
	int requests;	  /* plain HTTP connections */
	int sockets;	  /* WebSockets */
	int references;
	struct Peer *next;
} Peer;

/* False: a proxy's address is none, said why on stderr. */
bool peer_settings(const OptionList *proxies, int limit);

/* The peer of an address, one reference more; address NULL or of another family: one for all. */
Peer *peer_of_socket(const struct sockaddr_storage *address);
/*
 * The peer that a proxy names in X-Forwarded-For (its last entry), one reference more; the proxy
 * itself when there is nothing usable.
 */
Peer *peer_behind(Peer *proxy, const char *forwarded);
Peer *peer_keep(Peer *peer);
void peer_release(Peer *peer);

/* Has it as many connections as it may? */
bool peer_full(const Peer *peer);

#endif
