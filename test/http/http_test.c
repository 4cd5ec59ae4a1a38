/*
 * http_test.c PORTS_FILE CERTIFICATE
 *		src/remote/http against server.js: outcomes, bounds, one wait for all, exactly one answer
 *		for each request.  The name server is ours (peer.c), so that it can be dead.
 */
#include "postgres.h"

#include <signal.h>

#include "ground/settings.h"
#include "remote/http.h"

#undef printf
#undef snprintf
#include "check.h"
#include "peer.h"
#include "server_parts.h"

static void
answers(void)
{
	Result r = ask("GET", "/hello", PATIENCE);

	CHECK("an answer has status and body", r.outcome == HTTP_ANSWERED && r.status == 200 &&
											   r.body_length == 5 && r.error[0] == '\0');
	CHECK_TEXT("the body", r.body, "hello");
	CHECK_TEXT("the label comes back", r.label, "a test");
	CHECK("done was called once", r.answers == 1);
	r = ask("GET", "/empty", PATIENCE);
	CHECK("no content is an empty body",
		  r.outcome == HTTP_ANSWERED && r.status == 204 && r.body_length == 0 && !r.body[0]);
	r = ask("GET", "/bytes", PATIENCE);
	CHECK("a body may hold any bytes", r.outcome == HTTP_ANSWERED && r.body_length == 3);
	r = ask("GET", "/nowhere", PATIENCE);
	CHECK("an error status is an answer", r.outcome == HTTP_ANSWERED && r.status == 404);
	r = ask("GET", "/redirect", PATIENCE);
	CHECK("a redirect is an answer", r.outcome == HTTP_ANSWERED && r.status == 302);
	CHECK("and isn't followed", number_at("/count?path=/landed") == 0);
	r = ask_url(url_at(odd_port, "/early-hints"), PATIENCE);
	CHECK("1xx answers are passed over, with their headers",
		  r.outcome == HTTP_ANSWERED && r.status == 200 && r.retry_after_s == -1);
	r = ask_url(url_at(odd_port, "/ok-close"), PATIENCE);
	CHECK("a body may end with the connection",
		  r.outcome == HTTP_ANSWERED && strcmp(r.body, "to the end") == 0);
}

static void
requests(void)
{
	Result r = ask_call((HttpCall){.method = "POST",
								   .content_type = "application/x-www-form-urlencoded",
								   .body = "To=%2B1555&x=1",
								   .user = "AC1",
								   .password = "s:e c"});

	CHECK("a POST with a form and Basic credentials",
		  has(&r, "method=POST\n") && has(&r, "content-type=application/x-www-form-urlencoded\n") &&
			  has(&r, "content-length=14\n") && has(&r, "authorization=Basic QUMxOnM6ZSBj\n") &&
			  has(&r, "body=To=%2B1555&x=1\n"));
	CHECK("nothing packed is asked for",
		  has(&r, "accept-encoding=(none)\n") && has(&r, "user-agent=strike\n"));
	r = ask_call((HttpCall){.method = "GET", .bearer = "eyJ.abc-_~+/=="});
	CHECK("a GET with a bearer token",
		  has(&r, "method=GET\n") && has(&r, "authorization=Bearer eyJ.abc-_~+/==\n"));
	r = ask_call((HttpCall){.method = "GET"});
	CHECK("credentials don't stay on a handle or connection", has(&r, "authorization=(none)\n"));
	r = ask_call((HttpCall){.method = "GET", .user = "only"});
	CHECK("a user without a password", has(&r, "authorization=Basic b25seTo=\n"));
	r = ask_call((HttpCall){.method = "POST"});
	CHECK("a POST without a body",
		  has(&r, "content-length=0\n") && has(&r, "content-type=(none)\n"));
	r = ask_call((HttpCall){.method = "GET", .url = url_at(plain_port, "/echo?a=b%20c#rc=3")});
	CHECK("the fragment isn't sent", has(&r, "url=/echo?a=b%20c\n"));
	{
		char *body = malloc(1500001);
		int before = number_at("/count?path=/echo");

		memset(body, 'x', 1500000);
		body[1500000] = '\0';
		r = ask_call((HttpCall){.method = "POST", .content_type = "text/plain", .body = body});
		CHECK("a body of more than a megabyte",
			  r.outcome == HTTP_ANSWERED && r.status == 200 && r.body_length > 1500000);
		CHECK("goes without waiting for 100 Continue", has(&r, "expect=(none)\n"));
		CHECK("and is sent once", number_at("/count?path=/echo") == before + 1);
		free(body);
	}
}

static void
refused_call(const char *promise, HttpCall call)
{
	Result r = ask_call(call);

	CHECK(promise, r.outcome == HTTP_NOT_SENT && r.answers == 1 && r.error[0] != '\0');
	CHECK("the reason names no secret", strstr(r.error, "secret") == NULL);
}

static void
not_sent(void)
{
	char https[64];
	Result r;

	refused_call("a file URL", (HttpCall){.method = "GET", .url = "file:///etc/passwd"});
	refused_call("an ftp URL", (HttpCall){.method = "GET", .url = "ftp://127.0.0.1/secret"});
	refused_call("a URL without a scheme", (HttpCall){.method = "GET", .url = "127.0.0.1/secret"});
	refused_call("no URL", (HttpCall){.method = "GET", .url = ""});
	refused_call("a URL without a host", (HttpCall){.method = "GET", .url = "http:///secret"});
	refused_call("a port out of range",
				 (HttpCall){.method = "GET", .url = "http://h:99999/secret"});
	refused_call("a port of letters", (HttpCall){.method = "GET", .url = "http://user:secret/"});
	refused_call("a password in the URL",
				 (HttpCall){.method = "GET", .url = "http://user:secret@127.0.0.1/"});
	refused_call("spaces in a URL", (HttpCall){.method = "GET", .url = "http://127.0.0.1/ secret"});
	refused_call("a line end in a URL",
				 (HttpCall){.method = "GET", .url = "http://127.0.0.1/\r\nX: secret"});
	refused_call("a line end in a token", (HttpCall){.method = "GET", .bearer = "a\r\nX: secret"});
	refused_call("a line end in a content type",
				 (HttpCall){.method = "POST", .content_type = "a\r\nX: secret", .body = ""});
	refused_call("another method", (HttpCall){.method = "DELETE"});
	refused_call("a GET with a body", (HttpCall){.method = "GET", .body = "secret"});
	refused_call("two credentials", (HttpCall){.method = "GET", .user = "secret", .bearer = "x"});

	r = ask_url(url_at(closed_port, "/"), PATIENCE);
	CHECK("a refused connection is NOT_SENT", r.outcome == HTTP_NOT_SENT && r.status == 0);
	r = ask_url("http://nonexistent.invalid/", PATIENCE);
	CHECK("an unknown host is NOT_SENT", r.outcome == HTTP_NOT_SENT && r.answers == 1);
	CHECK("and is named", strstr(r.error, "nonexistent.invalid") != NULL);

	snprintf(https, sizeof(https), "https://127.0.0.1:%d/hello", mute_port);
	r = ask_url(https, BRIEF);
	CHECK("a timeout during the TLS handshake is NOT_SENT", r.outcome == HTTP_NOT_SENT);
	snprintf(https, sizeof(https), "https://127.0.0.1:%d/hello", plain_port);
	r = ask_url(https, PATIENCE);
	CHECK("TLS to a plain server is NOT_SENT", r.outcome == HTTP_NOT_SENT);
}

static void
encrypted(void)
{
	char url[64];
	Result r;
	int before = number_at("/count?path=/hello");

	snprintf(url, sizeof(url), "https://localhost:%d/hello", tls_port);
	r = ask_url(url, PATIENCE);
	CHECK("an untrusted certificate is refused, NOT_SENT", r.outcome == HTTP_NOT_SENT);
	trust_certificate = true;
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/hello", tls_port);
	r = ask_url(url, PATIENCE);
	CHECK("a certificate for another name is refused, NOT_SENT", r.outcome == HTTP_NOT_SENT);
	CHECK("and neither was sent", number_at("/count?path=/hello") == before);
	snprintf(url, sizeof(url), "https://localhost:%d/hello", tls_port);
	r = ask_url(url, PATIENCE);
	CHECK("a trusted one is answered", r.outcome == HTTP_ANSWERED && r.status == 200);
	snprintf(url, sizeof(url), "https://localhost:%d/drop", tls_port);
	r = ask_url(url, PATIENCE);
	CHECK("a connection lost after the request is LOST", r.outcome == HTTP_LOST);
	trust_certificate = false;
}

static void
lost(void)
{
	Result r = ask("POST", "/never", BRIEF);

	CHECK("no answer in time is LOST", r.outcome == HTTP_LOST && r.answers == 1);
	CHECK("the request was there", number_at("/count?path=/never") == 1);
	r = ask("POST", "/drop", PATIENCE);
	CHECK("a connection dropped after the request is LOST", r.outcome == HTTP_LOST);
	r = ask("GET", "/truncated", PATIENCE);
	CHECK("a body shorter than promised is LOST", r.outcome == HTTP_LOST && r.body_length == 0);
	r = ask("GET", "/truncated?chunked=1", PATIENCE);
	CHECK("so is one whose last chunk is missing", r.outcome == HTTP_LOST && r.body_length == 0);
	r = ask_url(url_at(odd_port, "/not-http"), PATIENCE);
	CHECK("an answer that isn't HTTP is LOST", r.outcome == HTTP_LOST);
	r = ask_url(url_at(odd_port, "/silent-close"), PATIENCE);
	CHECK("a close without a word is LOST", r.outcome == HTTP_LOST);
	r = ask_url(url_at(odd_port, "/half-headers"), PATIENCE);
	CHECK("half an answer's headers are LOST", r.outcome == HTTP_LOST);
}

static void
sent_once(void)
{
	int before = number_at("/count?path=/drop");
	Result r;

	/* /count above left a connection to be reused: curl alone would send the POST twice */
	r = ask("POST", "/drop", PATIENCE);
	CHECK("a POST lost on a kept-alive connection is LOST", r.outcome == HTTP_LOST);
	CHECK("and was sent once", number_at("/count?path=/drop") == before + 1);
}

static void
too_large(void)
{
	char path[64];
	Result r;

	for (int chunked = 0; chunked < 2; chunked++)
	{
		snprintf(path, sizeof(path), "/big?bytes=%d%s", HTTP_MAX_BODY, chunked ? "&chunked=1" : "");
		r = ask("GET", path, PATIENCE);
		CHECK("the largest body is answered",
			  r.outcome == HTTP_ANSWERED && r.body_length == HTTP_MAX_BODY);
		snprintf(path, sizeof(path), "/big?bytes=%d%s", HTTP_MAX_BODY + 1,
				 chunked ? "&chunked=1" : "");
		r = ask("GET", path, PATIENCE);
		CHECK("one byte more is TOO_LARGE, and discarded",
			  r.outcome == HTTP_TOO_LARGE && r.body_length == 0 && r.status == 0);
	}
	r = ask_url(url_at(odd_port, "/many-headers"), PATIENCE);
	CHECK("endless headers are TOO_LARGE", r.outcome == HTTP_TOO_LARGE);
}

static int
retry_after(const char *query)
{
	char path[256];
	Result r;

	snprintf(path, sizeof(path), "/status?code=429&%s", query);
	r = ask("GET", path, PATIENCE);
	return r.outcome == HTTP_ANSWERED && r.status == 429 ? r.retry_after_s : -2;
}

static void
retry_after_forms(void)
{
	int wait;

	CHECK("no Retry-After", retry_after("") == -1);
	CHECK("seconds", retry_after("after=30") == 30 && retry_after("after=0") == 0);
	CHECK("seconds are bounded by a day", retry_after("after=86400") == 86400 &&
											  retry_after("after=86401") == 86400 &&
											  retry_after("after=99999999999999999999") == 86400);
	CHECK("neither number nor date is none",
		  retry_after("after=soon") == -1 && retry_after("after=-5") == -1 &&
			  retry_after("after=1.5") == -1 && retry_after("after=10s") == -1);
	CHECK("a date counts from the peer's clock, however wrong",
		  retry_after("date=Mon,%2001%20Jan%202001%2000:00:00%20GMT"
					  "&after=Mon,%2001%20Jan%202001%2000:02:00%20GMT") == 120);
	CHECK("a date that is past is 0",
		  retry_after("after=Mon,%2001%20Jan%202001%2000:02:00%20GMT") == 0);
	CHECK("a date far away is a day",
		  retry_after("after=Mon,%2001%20Jan%202101%2000:02:00%20GMT") == 86400);
	wait = retry_after("undated=1&after_s=3600");
	CHECK("without the peer's clock ours counts", wait > 3000 && wait <= 3600);
}

static void
many_at_once(void)
{
	static Result results[64];
	int before = number_at("/connections");
	int good = 0;

	strike_http_max_concurrency = 64;
	for (int i = 0; i < 64; i++)
		start(&results[i], "GET", url_at(plain_port, "/gate?size=64"), NULL, PATIENCE);
	CHECK("64 requests are pending", http_pending() == 64);
	wait_for(0);
	for (int i = 0; i < 64; i++)
		good += results[i].answers == 1 && results[i].outcome == HTTP_ANSWERED;
	CHECK("64 requests wait at the peer together, and each is answered once", good == 64);
	CHECK("on as many connections", number_at("/connections") - before <= 64);

	before = number_at("/connections");
	for (int round = 0; round < 20; round++)
	{
		for (int i = 0; i < 10; i++)
			start(&results[i], "POST", url_at(plain_port, "/hello"), "{}", PATIENCE);
		wait_for(0);
	}
	CHECK("connections are kept and used again", number_at("/connections") == before);
	strike_http_max_concurrency = 256;
}

static void
no_more_than_allowed(void)
{
	static Result results[64];
	int good = 0;
	int before;

	strike_http_max_concurrency = 8;
	ask("GET", "/gate-reset", PATIENCE);
	for (int i = 0; i < 64; i++)
		start(&results[i], "GET", url_at(plain_port, "/gate?size=8"), NULL, PATIENCE);
	wait_for(0);
	for (int i = 0; i < 64; i++)
		good += results[i].answers == 1 && results[i].outcome == HTTP_ANSWERED;
	CHECK("64 requests pass 8 places", good == 64);
	CHECK("the peer saw 8 at once, no more", number_at("/gate-most") == 8);

	strike_http_max_concurrency = 1;
	before = number_at("/count?path=/hello");
	start(&results[0], "GET", url_at(plain_port, "/hold"), NULL, PATIENCE);
	start(&results[1], "GET", url_at(plain_port, "/hello"), NULL, BRIEF);
	start(&results[2], "GET", url_at(plain_port, "/hello"), NULL, PATIENCE);
	wait_for(2);
	CHECK("waiting for a place counts: NOT_SENT", results[1].outcome == HTTP_NOT_SENT &&
													  results[1].answers == 1 &&
													  results[0].answers + results[2].answers == 0);
	strike_http_max_concurrency = 3;
	while (number_beside("/count?path=/hold") < 1)
		;
	wait_one(&results[2]);
	CHECK("a larger setting counts with the next request",
		  results[2].outcome == HTTP_ANSWERED && results[2].answers == 1);
	start(&results[2], "GET", url_at(plain_port, "/release"), NULL, PATIENCE);
	wait_for(0);
	CHECK("who has the place goes on", results[0].status == 200 && results[0].answers == 1);
	CHECK("and who waited in vain never reached the peer",
		  number_at("/count?path=/hello") == before + 1);
	strike_http_max_concurrency = 256;
}

static void
dead_name_server(void)
{
	static Result dead[2];
	static Result results[64];
	int good = 0;
	bool held_up;

	start(&dead[0], "POST", "http://dead.invalid/", "{}", PATIENCE);
	while (resolver_busy() == 0)
		http_collect();
	for (int i = 0; i < 64; i++)
		start(&results[i], "GET", url_at(plain_port, "/hello"), NULL, PATIENCE);
	wait_for(1);
	for (int i = 0; i < 64; i++)
		good += results[i].answers == 1 && results[i].outcome == HTTP_ANSWERED;
	CHECK("64 requests are answered while a name is looked up",
		  good == 64 && dead[0].answers == 0 && resolver_busy() == 1);

	start(&dead[1], "POST", "http://dead.invalid/", "{}", BRIEF);
	wait_for(1);
	held_up = resolver_busy() == 0;
	CHECK("a look-up that takes too long is NOT_SENT",
		  dead[1].outcome == HTTP_NOT_SENT && dead[1].answers == 1);
	CHECK("and nobody waits for its end", !held_up);
	start(&results[0], "GET", url_at(plain_port, "/hello"), NULL, PATIENCE);
	wait_for(1);
	CHECK("others go on after it", results[0].outcome == HTTP_ANSWERED);
	resolver_set(true);
	wait_for(0);
	CHECK("the first gets its answer: no such host",
		  dead[0].outcome == HTTP_NOT_SENT && dead[0].answers == 1);
	CHECK("no look-up takes a signal that is the worker's", !resolver_takes_signals);
}

static void
waiting(void)
{
	sigset_t mask;
	int before = collects;
	static Result result;

	start(&result, "GET", url_at(plain_port, "/never"), NULL, BRIEF);
	wait_for(0);
	CHECK("a wait for nothing costs few wakes", collects - before < 40);
	CHECK("with nothing under way nothing is pending", http_pending() == 0);
	before = http_collect();
	CHECK("and nothing is collected", before == 0);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	CHECK("signals are as before", !sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGUSR1) &&
									   !sigismember(&mask, SIGHUP));
}

/* ---- done() that starts, or raises ---- */

static int links;

static void
next_link(const HttpAnswer *answer, void *arg)
{
	HttpCall call = {.method = "GET", .url = arg, .timeout_ms = PATIENCE};

	if (++links < 50)
		http_start(&call, next_link, arg);
}

static void
raise_error(const HttpAnswer *answer, void *arg)
{
	note(answer, arg);
	server_raise();
}

static void
reentry(void)
{
	static Result results[3];
	HttpCall call = {.method = "GET", .timeout_ms = PATIENCE};
	sigjmp_buf jump;
	volatile int raised = 0;

	links = 0;
	call.url = url_at(plain_port, "/hello");
	http_start(&call, next_link, (void *) call.url);
	wait_for(0);
	CHECK("done() may start the next request", links == 50);
	links = 0;
	call.url = "http://";
	http_start(&call, next_link, (void *) call.url);
	CHECK("done() isn't called by http_start", links == 0 && http_wait_ms() == 0);
	http_collect();
	CHECK("nor for what starts while collecting", links == 1 && http_pending() == 1);
	wait_for(0);

	call.url = "http://";
	memset(results, 0, sizeof(results));
	for (int i = 0; i < 3; i++)
		http_start(&call, i > 0 ? raise_error : note, &results[i]);
	server_catch = &jump;
	if (sigsetjmp(jump, 1) != 0)
		raised++;
	wait_for(0);
	server_catch = NULL;
	http_collect();
	http_collect();
	CHECK("an ERROR in done() loses no answer and repeats none",
		  raised == 2 && results[0].answers == 1 && results[1].answers == 1 &&
			  results[2].answers == 1);
}

static void
storm(void)
{
	enum
	{
		REQUESTS = 2000
	};
	static const struct
	{
		const char *path;
		HttpOutcome outcome;
	} kinds[] = {{"/hello", HTTP_ANSWERED}, {"/hello", HTTP_ANSWERED},
				 {"/echo", HTTP_ANSWERED},	{"/drop", HTTP_LOST},
				 {"/truncated", HTTP_LOST}, {"/big?bytes=100000", HTTP_ANSWERED},
				 {NULL, HTTP_NOT_SENT}};
	static Result results[REQUESTS];
	int drops = number_at("/count?path=/drop");
	int sent_drops = 0;
	int wrong = 0;
	unsigned seed = 7;

	strike_http_max_concurrency = 64;
	for (int i = 0; i < REQUESTS; i++)
	{
		int kind;

		seed = seed * 1103515245 + 12345;
		kind = (seed >> 16) % lengthof(kinds);
		start(&results[i], "POST",
			  kinds[kind].path != NULL ? url_at(plain_port, kinds[kind].path)
									   : url_at(closed_port, "/"),
			  "{}", PATIENCE);
		sent_drops += kinds[kind].path != NULL && strcmp(kinds[kind].path, "/drop") == 0;
		if (i % 50 == 0)
			http_collect();
	}
	wait_for(0);
	seed = 7;
	for (int i = 0; i < REQUESTS; i++)
	{
		seed = seed * 1103515245 + 12345;
		wrong += results[i].answers != 1 ||
				 results[i].outcome != kinds[(seed >> 16) % lengthof(kinds)].outcome;
	}
	CHECK("2,000 requests of all kinds end once each, each as it should", wrong == 0);
	CHECK("none of the dropped ones was sent twice",
		  number_at("/count?path=/drop") == drops + sent_drops);
	strike_http_max_concurrency = 256;
}

static void
encoding(void)
{
	StringInfoData form;
	char *text;

	initStringInfo(&form);
	http_encode_form(&form, "To", "+15551234567");
	http_encode_form(&form, "a b", "c&d=e%\xC3\xA4~-_.*");
	http_encode_form(&form, "empty", "");
	CHECK_TEXT("a form", form.data, "To=%2B15551234567&a+b=c%26d%3De%25%C3%A4%7E-_.*&empty=");
	pfree(form.data);
	text = http_url_encode("a b&c=d/e?~-_.*\xC3\xA4");
	CHECK_TEXT("a query's value", text, "a%20b%26c%3Dd%2Fe%3F~-_.%2A%C3%A4");
	pfree(text);
	text = http_url_encode("");
	CHECK_TEXT("nothing", text, "");
	pfree(text);
}

int
main(int argc, char **argv)
{
	read_ports(argv[1]);
	certificate = argv[2];
	signal(SIGPIPE, SIG_IGN);					   /* as in a background worker */
	setenv("http_proxy", "http://127.0.0.1:1", 1); /* must not count */
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	http_init();
	http_init(); /* again is nothing */
	answers();
	requests();
	not_sent();
	encrypted();
	lost();
	sent_once();
	too_large();
	retry_after_forms();
	many_at_once();
	no_more_than_allowed();
	dead_name_server();
	waiting();
	reentry();
	storm();
	encoding();
	CHECK("nothing is pending at the end", http_pending() == 0);
	return checks_done();
}
