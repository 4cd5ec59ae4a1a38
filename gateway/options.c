/*
 * options.c
 *		Reading and checking the command line.
 */
#include "options.h"

#include "db_pool.h"
#include "log.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SOCKETS_MAX 60000
#define URL_MAX 500

static const char help[] =
	"usage: strike-gateway [OPTION …]\n"
	"\n"
	"  --port N            port to listen on (8080); 0 = any free one (told when ready)\n"
	"  --bind ADDR         numeric address to listen on (127.0.0.1)\n"
	"  --db CONNINFO       as psql takes it: \"host=… dbname=…\" or postgresql://…; what it\n"
	"                      leaves out comes from PGHOST, PGPORT …, but the user is\n"
	"                      strike_gateway unless CONNINFO names one\n"
	"  --db-connections N  1 to 64 (4)\n"
	"\n"
	"  --web DIR           serve the pages in DIR\n"
	"  --rest-url URL      told to the pages: where PostgREST is (http://127.0.0.1:3000)\n"
	"  --tile-url URL      told to the pages: map tiles, https://…/{z}/{x}/{y}.png (none)\n"
	"\n"
	"  --jwt-alg NAME      the one algorithm that tokens may have: HS256 (default), HS384,\n"
	"                      HS512, RS256, RS384, RS512, ES256, ES384 or ES512\n"
	"  --jwt-key FILE      public keys (PEM, or a JSON Web Key or a set of them), or the secret "
	"of\n"
	"                      an HS algorithm; may be given again; without it the environment's\n"
	"                      JWT_SECRET\n"
	"  --jwt-aud NAME      what a token's aud must list, if it has one (strike)\n"
	"  --origin URL        a page from there may open /ws; may be given again (without it:\n"
	"                      pages from the host that the request names)\n"
	"  --sockets N         WebSockets at once (10000)\n"
	"  --per-address N     connections at once from one address (128)\n"
	"  --proxy ADDR        a proxy, not bound by --per-address, whose X-Forwarded-For is\n"
	"                      believed; may be given again; \"none\" (127.0.0.1 and ::1)\n";

/* The number, or the process ends. */
static int
number_of(const char *text, long low, long high, const char *option)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < low || value > high)
	{
		log_line("%s must be a number from %ld to %ld", option, low, high);
		exit(2);
	}
	return (int) value;
}

/* An http(s) URL that may stand in a header and in JSON as it is, or the process ends. */
static const char *
url_of(const char *text, const char *option)
{
	size_t length = strlen(text);

	if ((strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) &&
		length <= URL_MAX &&
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
					 "-._~:/?#[]@!$&()*+={}%") == length)
		return text;
	log_line("%s must be an http or https URL", option);
	exit(2);
}

static void
add_to(OptionList *list, const char *item, const char *option)
{
	if (list->count == OPTIONS_LIST_MAX)
	{
		log_line("%s can be given %d times", option, OPTIONS_LIST_MAX);
		exit(2);
	}
	list->item[list->count++] = item;
}

static const char *
algorithm_of(const char *text)
{
	static const char *const known[] = {"HS256", "HS384", "HS512", "RS256", "RS384",
										"RS512", "ES256", "ES384", "ES512"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		if (strcmp(text, known[i]) == 0)
			return known[i];
	}
	log_line("--jwt-alg %s: no such algorithm is offered", text);
	exit(2);
}

static const struct option known[] = {
	{"port", required_argument, NULL, 'p'},		{"bind", required_argument, NULL, 'b'},
	{"db", required_argument, NULL, 'd'},		{"db-connections", required_argument, NULL, 'n'},
	{"web", required_argument, NULL, 'w'},		{"rest-url", required_argument, NULL, 'r'},
	{"tile-url", required_argument, NULL, 't'}, {"jwt-alg", required_argument, NULL, 'a'},
	{"jwt-key", required_argument, NULL, 'k'},	{"jwt-aud", required_argument, NULL, 'u'},
	{"origin", required_argument, NULL, 'o'},	{"sockets", required_argument, NULL, 's'},
	{"proxy", required_argument, NULL, 'x'},	{"per-address", required_argument, NULL, 'm'},
	{"help", no_argument, NULL, 'h'},			{NULL, 0, NULL, 0},
};

static void
take(Options *o, int option)
{
	switch (option)
	{
		case 'p':
			o->port = number_of(optarg, 0, 65535, "--port");
			break;
		case 'b':
			o->address = optarg;
			break;
		case 'd':
			o->conninfo = optarg;
			break;
		case 'n':
			o->connections = number_of(optarg, 1, DB_CONNECTIONS_MAX, "--db-connections");
			break;
		case 'w':
			o->web = optarg;
			break;
		case 'r':
			o->rest_url = url_of(optarg, "--rest-url");
			break;
		case 't':
			o->tile_url = url_of(optarg, "--tile-url");
			break;
		case 'a':
			o->jwt_alg = algorithm_of(optarg);
			break;
		case 'k':
			add_to(&o->jwt_keys, optarg, "--jwt-key");
			break;
		case 'u':
			o->jwt_aud = optarg;
			break;
		case 'o':
			add_to(&o->origins, url_of(optarg, "--origin"), "--origin");
			break;
		case 's':
			o->sockets = number_of(optarg, 1, SOCKETS_MAX, "--sockets");
			break;
		case 'm':
			o->per_address = number_of(optarg, 1, SOCKETS_MAX, "--per-address");
			break;
		case 'x':
			add_to(&o->proxies, optarg, "--proxy");
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			fputs(help, stderr);
			exit(2);
	}
}

Options
options_read(int argc, char **argv)
{
	Options o = {
		.port = 8080,
		.address = "127.0.0.1",
		.connections = 4,
		.rest_url = "http://127.0.0.1:3000",
		.jwt_alg = "HS256",
		.jwt_secret = getenv("JWT_SECRET"),
		.jwt_aud = "strike",
		.sockets = 10000,
		.per_address = 128,
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		take(&o, option);
	if (optind < argc)
	{
		log_line("unexpected argument: %s", argv[optind]);
		fputs(help, stderr);
		exit(2);
	}
	if (o.proxies.count == 0)
	{
		o.proxies.item[o.proxies.count++] = "127.0.0.1";
		o.proxies.item[o.proxies.count++] = "::1";
	}
	return o;
}
