/*
 * options.h
 *		The command line.
 */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#define OPTIONS_LIST_MAX 16

typedef struct OptionList
{
	const char *item[OPTIONS_LIST_MAX];
	int count;
} OptionList;

typedef struct Options
{
	int port;
	const char *address;
	const char *conninfo;
	int connections;
	const char *web;		/* directory of the pages; NULL: none are served */
	const char *rest_url;	/* for the pages */
	const char *tile_url;	/* for the pages; NULL: a map without tiles */
	OptionList origins;		/* of pages that may open /ws; none: the gateway's own */
	OptionList proxies;		/* addresses whose X-Forwarded-For is believed */
	const char *jwt_alg;	/* the one that is accepted */
	OptionList jwt_keys;	/* files: public keys, or secrets of an HS algorithm */
	const char *jwt_secret; /* from JWT_SECRET, if there is no file */
	const char *jwt_aud;	/* what a token's aud must list, if it has one */
	int sockets;			/* WebSockets at once */
	int per_address;		/* connections at once from one address, proxies excepted */
} Options;

/* Ends the process, told why, if they make no sense (status 2) or help was asked for (0). */
Options options_read(int argc, char **argv);

#endif
