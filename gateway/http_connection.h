/*
 * http_connection.h
 *		The client connections: requests in, answers out, one at a time on each.
 */
#ifndef GATEWAY_HTTP_CONNECTION_H
#define GATEWAY_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_CONNECTIONS_MAX 512

struct Peer;

/*
 * Takes over an accepted, nonblocking socket, and one reference of its peer.  When
 * HTTP_CONNECTIONS_MAX are open, or the peer has as many as it may, the one (of that peer) that has
 * kept us waiting longest gives way; if all are being served, the new one is closed.
 */
void http_connection_take(int fd, struct Peer *peer);

size_t http_connection_count(void);
/* Connections with a request that isn't wholly answered yet. */
size_t http_connection_busy(void);

/*
 * No further requests: idle connections close now, the others after their answer.
 */
void http_connections_drain(void);
/* Closes every connection.  Exchanges without an answer yet stay with their handlers. */
void http_connections_close(void);

#endif
