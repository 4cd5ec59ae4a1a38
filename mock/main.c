/*
 * main.c
 *		strike-mock: simulates the Render API and Twilio for Strike.  One thread, one event loop,
 *		all state in memory.
 */
#include "calls.h"
#include "clock.h"
#include "eco.h"
#include "faults.h"
#include "flow.h"
#include "ids.h"
#include "journal.h"
#include "memory.h"
#include "phone.h"
#include "render.h"
#include "scenario.h"
#include "server.h"
#include "steered.h"
#include "studio.h"
#include "twilio.h"

#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Options
{
	int port;
	const char *address;
	double speed;
	uint64_t seed;
	const char *scenario;
	const char *auth_token;
	const char *flow;
} Options;

static void
usage(FILE *out)
{
	fputs("usage: strike-mock [--port 8090] [--listen 127.0.0.1] [--speed N] [--scenario NAME]\n"
		  "                   [--seed N] [--auth-token TOKEN] [--flow FILE]\n"
		  "\n"
		  "  --port N         port to listen on; 0 = any free one (told when ready)\n"
		  "  --listen ADDR    address to listen on; by default this machine's own only\n"
		  "  --speed N        scenario seconds per real second, 0.01 to 100000 (1)\n"
		  "  --scenario NAME  of new ECOs (happy-path); one of:\n",
		  out);
	for (int i = 0; scenario_row(i) != NULL; i++)
		fprintf(out, "                     %-16s %s\n", scenario_row(i)->name,
				scenario_row(i)->title);
	fputs("  --seed N         of the faults' draws (1)\n"
		  "  --auth-token T   the only Twilio auth token accepted; by default any but \"wrong\"\n"
		  "  --flow FILE      the Studio flow to walk; by default the project's own\n",
		  out);
}

static void
bad_option(const char *message)
{
	fprintf(stderr, "strike-mock: %s\n", message);
	exit(2);
}

static double
number_of(const char *text, double low, double high, const char *message)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(value >= low && value <= high))
		bad_option(message);
	return value;
}

static Options
read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"port", required_argument, NULL, 'p'},
		{"listen", required_argument, NULL, 'l'},
		{"speed", required_argument, NULL, 's'},
		{"scenario", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 'r'},
		{"auth-token", required_argument, NULL, 'a'},
		{"flow", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	Options o = {8090, "127.0.0.1", 1.0, 1, SCENARIO_DEFAULT, NULL, NULL};
	char *end;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		switch (option)
		{
			case 'p':
				o.port = (int) number_of(optarg, 0, 65535, "--port must be from 0 to 65535");
				break;
			case 'l':
				o.address = optarg;
				break;
			case 's':
				o.speed = number_of(optarg, CLOCK_SPEED_MIN, CLOCK_SPEED_MAX,
									"--speed must be from 0.01 to 100000");
				break;
			case 'n':
				o.scenario = optarg;
				break;
			case 'r':
				o.seed = strtoull(optarg, &end, 10);
				if (end == optarg || *end != '\0')
					bad_option("--seed must be a number");
				break;
			case 'a':
				o.auth_token = optarg;
				break;
			case 'f':
				o.flow = optarg;
				break;
			case 'h':
				usage(stdout);
				exit(0);
			default:
				usage(stderr);
				exit(2);
		}
	}
	if (optind < argc)
		bad_option("unexpected argument (see --help)");
	if (scenario_find(o.scenario) == NULL)
		bad_option("--scenario: unknown name (see --help)");
	return o;
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	(void) number;
	(void) what;
	event_base_loopbreak(arg);
}

int
main(int argc, char **argv)
{
	Options options = read_options(argc, argv);
	struct event_base *base;
	struct event *term;
	struct event *interrupt;
	char *problem;
	int port = options.port;

	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	if (base == NULL)
		bad_option("no event loop");
	ids_init();
	clock_init(base, options.speed);
	faults_seed(options.seed);
	scenario_set_default(scenario_find(options.scenario));
	steered_reset();
	twilio_require_token(options.auth_token);
	problem = flow_load(options.flow);
	if (problem != NULL)
		bad_option(problem);
	problem = server_start(options.address, &port);
	if (problem != NULL)
		bad_option(problem);
	term = evsignal_new(base, SIGTERM, on_signal, base);
	interrupt = evsignal_new(base, SIGINT, on_signal, base);
	event_add(term, NULL);
	event_add(interrupt, NULL);
	printf("strike-mock: ready on http://%s:%d (dashboard at /dashboard), scenario %s, speed %g\n",
		   options.address, port, options.scenario, options.speed);
	fflush(stdout);

	event_base_dispatch(base);

	studio_reset();
	calls_reset();
	server_end();
	phone_reset();
	render_forget_tasks();
	render_forget_tokens();
	eco_reset();
	faults_reset();
	journal_reset();
	steered_reset();
	twilio_require_token(NULL);
	flow_end();
	clock_end();
	event_free(term);
	event_free(interrupt);
	event_base_free(base);
	return 0;
}
