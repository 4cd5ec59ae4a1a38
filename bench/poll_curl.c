/*
 * poll_curl.c
 *		The least that asks for many lists at once: a curl multi loop with AT-ONCE requests under
 *		way, round robin over the hosts, answers thrown away.
 *
 *		poll_curl PORT HOSTS AT-ONCE REQUESTS
 *
 * Prints "PER-SECOND CPU-US": requests a second from the first one to the last answer, and
 * processor time a request.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define AT_ONCE_MAX 1024

static int port;
static int hosts;
static long begun;

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static double
used_us(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
		   (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static size_t
ignore(char *data, size_t size, size_t count, void *arg)
{
	(void) data;
	*(size_t *) arg += size * count;
	return size * count;
}

static void
start(CURLM *multi, CURL *easy)
{
	char url[200];
	long n = begun++;

	snprintf(url, sizeof(url),
			 "http://127.0.0.%ld:%d/render/tasks?project=p&subsector=ECO-N1-%05ld-2026&page=1",
			 n % hosts + 1, port, n % 100000);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_multi_add_handle(multi, easy);
}

int
main(int argc, char **argv)
{
	static size_t bytes;
	struct curl_slist *headers;
	CURLM *multi;
	double began;
	long at_once;
	long wanted;
	long ended = 0;
	int running;

	if (argc != 5 || (port = atoi(argv[1])) < 1 || (hosts = atoi(argv[2])) < 1 ||
		(at_once = atol(argv[3])) < 1 || at_once > AT_ONCE_MAX ||
		(wanted = atol(argv[4])) < at_once)
	{
		fprintf(stderr, "usage: poll_curl PORT HOSTS AT-ONCE REQUESTS\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, at_once);
	headers =
		curl_slist_append(NULL, "Authorization: Bearer a-token-of-some-length-0123456789abcdef");
	began = now_us();
	for (long i = 0; i < at_once; i++)
	{
		CURL *easy = curl_easy_init();

		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes);
		curl_easy_setopt(easy, CURLOPT_TIMEOUT, 30L);
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		start(multi, easy);
	}
	while (ended < wanted)
	{
		CURLMsg *message;
		int left;

		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left)) != NULL)
		{
			CURL *easy = message->easy_handle;

			if (message->msg != CURLMSG_DONE)
				continue;
			if (message->data.result != CURLE_OK)
			{
				fprintf(stderr, "poll_curl: %s\n", curl_easy_strerror(message->data.result));
				return 1;
			}
			ended++;
			curl_multi_remove_handle(multi, easy);
			if (begun < wanted)
				start(multi, easy);
			else
				curl_easy_cleanup(easy);
		}
		if (ended < wanted)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	printf("%.0f %.1f\n", (double) wanted / (now_us() - began) * 1e6, used_us() / (double) wanted);
	return bytes > 0 ? 0 : 1;
}
