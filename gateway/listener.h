/*
 * listener.h
 *		The listening socket.
 */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <stdbool.h>

/*
 * Listens on a numeric address (IPv4 or IPv6) and port; port 0: any free one.  False: said why on
 * stderr, for example that the port is taken.
 */
bool listener_open(const char *address, int port);
/* The port that it listens on. */
int listener_port(void);
void listener_close(void);

#endif
