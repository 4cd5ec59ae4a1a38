/*
 * http.c
 *		Outgoing HTTP over curl multi.
 *
 * curl tells which sockets it watches (CURLMOPT_SOCKETFUNCTION) and when it wants to be called
 * (CURLMOPT_TIMERFUNCTION); the sockets go into an epoll set of our own, whose descriptor the
 * worker waits on beside its latch.  A request is in one of three places:
 *
 *		http_start ─► queued ─► under way ─► finished ─► done()
 *		                 └── no place in time ──┘
 *
 * Every call into curl runs with all signals blocked, since its resolver's threads inherit the
 * mask and must not take the worker's signals.  No callback raises an error or pallocs.
 */
#include "postgres.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>

#include "ground/settings.h"
#include "remote/http_transfer.h"

#define EVENTS_MAX 256 /* sockets driven by one http_collect */

typedef struct TransferList
{
	Transfer *first;
	Transfer *last;
} TransferList;

static CURLM *multi;
static int epoll_fd = -1;
static int64 curl_deadline = -1;  /* us, when curl wants to be called; -1 = never */
static int64 queue_deadline = -1; /* us, no queued request is due before it; -1 = none queued */
static TransferList queued;
static TransferList finished;
static Transfer *delivering; /* its done() is running, or raised an ERROR */
static int under_way;
static int pending;

static void
curl_enter(sigset_t *saved)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, saved);
}

static void
curl_leave(const sigset_t *saved)
{
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

static void
list_append(TransferList *list, Transfer *transfer)
{
	transfer->next = NULL;
	if (list->first == NULL)
		list->first = transfer;
	else
		list->last->next = transfer;
	list->last = transfer;
}

static Transfer *
list_pop(TransferList *list)
{
	Transfer *transfer = list->first;

	if (transfer != NULL)
		list->first = transfer->next;
	return transfer;
}

/* ---- curl's callbacks ---- */

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct epoll_event event = {.data.fd = fd};

	if (what == CURL_POLL_REMOVE)
	{
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0 && errno == ENOENT)
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	/* A socket that can't be watched runs into its timeout; -1 here would end all transfers. */
	return 0;
}

static int
set_timer(CURLM *of, long timeout_ms, void *arg)
{
	curl_deadline = timeout_ms < 0 ? -1 : transfer_clock() + (int64) timeout_ms * 1000;
	return 0;
}

/* ---- from queue to finished ---- */

static void
finish(Transfer *transfer, HttpOutcome outcome, const char *error)
{
	transfer_end(transfer, outcome, error);
	list_append(&finished, transfer);
}

static void
enqueue(Transfer *transfer)
{
	list_append(&queued, transfer);
	if (queue_deadline < 0 || transfer->deadline < queue_deadline)
		queue_deadline = transfer->deadline;
}

/* Gives a queued transfer to curl, or finishes it when its time is over. */
static void
launch(Transfer *transfer)
{
	int64 left_ms = (transfer->deadline - transfer_clock() + 999) / 1000;
	CURLcode result;

	if (left_ms <= 0)
	{
		finish(transfer, HTTP_NOT_SENT, "timed out waiting for a free place");
		return;
	}
	result = transfer_configure(transfer, (long) left_ms);
	if (result == CURLE_OK && curl_multi_add_handle(multi, transfer->easy) != CURLM_OK)
		result = CURLE_FAILED_INIT;
	if (result == CURLE_OK)
		under_way++;
	else
		finish(transfer, HTTP_NOT_SENT, curl_easy_strerror(result));
}

static void
launch_queued(void)
{
	while (queued.first != NULL && under_way < strike_http_max_concurrency)
		launch(list_pop(&queued));
	if (queued.first == NULL)
		queue_deadline = -1;
}

/* Finishes what waited in the queue for longer than its timeout. */
static void
expire_queued(void)
{
	int64 now = transfer_clock();
	TransferList all = queued;
	Transfer *transfer;

	if (queue_deadline < 0 || now < queue_deadline)
		return;
	queued.first = queued.last = NULL;
	queue_deadline = -1;
	while ((transfer = list_pop(&all)) != NULL)
	{
		if (transfer->deadline <= now)
			finish(transfer, HTTP_NOT_SENT, "timed out waiting for a free place");
		else
			enqueue(transfer);
	}
}

/* ---- what the worker calls ---- */

void
http_init(void)
{
	sigset_t saved;
	bool ok;

	if (multi == NULL)
	{
		curl_enter(&saved);
		ok = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
			 (multi = curl_multi_init()) != NULL &&
			 curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
			 curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK;
		curl_leave(&saved);
		if (!ok)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("could not initialize libcurl")));
	}
	if (epoll_fd < 0)
		epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
						errmsg("could not create a descriptor for HTTP requests: %m")));
}

void
http_start(const HttpCall *call, HttpDone done, void *arg)
{
	const char *problem = transfer_problem(call);
	Transfer *transfer;
	sigset_t saved;
	bool taken = false;

	Assert(multi != NULL);
	curl_enter(&saved);
	transfer = transfer_acquire();
	if (transfer != NULL)
	{
		taken = transfer_take_call(transfer, call);
		if (!taken)
			transfer_release(transfer);
	}
	if (taken)
	{
		transfer->done = done;
		transfer->arg = arg;
		pending++;
		if (problem != NULL)
			finish(transfer, HTTP_NOT_SENT, problem);
		else
		{
			enqueue(transfer);
			launch_queued();
		}
	}
	curl_leave(&saved);
	if (!taken)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory for an HTTP request")));
}

int
http_pending(void)
{
	return pending;
}

int
http_wait_fd(void)
{
	return epoll_fd;
}

long
http_wait_ms(void)
{
	int64 until = curl_deadline;
	int64 left;

	if (finished.first != NULL)
		return 0;
	if (queue_deadline >= 0 && (until < 0 || queue_deadline < until))
		until = queue_deadline;
	if (until < 0)
		return -1;
	left = until - transfer_clock();
	return left <= 0 ? 0 : (long) ((left + 999) / 1000);
}

/* Lets curl work on what is ready, and collects what is over. */
static void
drive(void)
{
	struct epoll_event events[EVENTS_MAX];
	int ready = epoll_wait(epoll_fd, events, EVENTS_MAX, 0);
	int running;
	int left;
	CURLMsg *message;

	for (int i = 0; i < ready; i++)
	{
		int mask = 0;

		if (events[i].events & EPOLLIN)
			mask |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			mask |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			mask |= CURL_CSELECT_ERR;
		curl_multi_socket_action(multi, events[i].data.fd, mask, &running);
	}
	if (curl_deadline >= 0 && transfer_clock() >= curl_deadline)
	{
		curl_deadline = -1;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		CURLcode result = message->data.result;
		CURL *easy = message->easy_handle;
		char *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		curl_multi_remove_handle(multi, easy); /* message is gone from here on */
		under_way--;
		transfer_conclude((Transfer *) transfer, result);
		list_append(&finished, (Transfer *) transfer);
	}
}

/* The answer as done sees it; it points into the transfer. */
static HttpAnswer
answer_of(const Transfer *transfer)
{
	bool answered = transfer->outcome == HTTP_ANSWERED;
	bool has_body = answered && transfer->body != NULL;

	return (HttpAnswer){
		.outcome = transfer->outcome,
		.status = answered ? (int) transfer->status : 0,
		.body = has_body ? transfer->body : "",
		.body_length = has_body ? (int) transfer->body_length : 0,
		.retry_after_s = answered ? transfer_retry_after(transfer) : -1,
		.error = answered ? NULL : transfer->error,
		.elapsed_ms = transfer->elapsed_ms,
		.label = transfer->label != NULL ? transfer->label : "",
	};
}

int
http_collect(void)
{
	Transfer *last;
	sigset_t saved;
	int count = 0;

	curl_enter(&saved);
	if (delivering != NULL) /* its done() raised an ERROR */
		transfer_release(delivering);
	delivering = NULL;
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long) strike_http_max_concurrency);
	drive();
	expire_queued();
	launch_queued();
	curl_leave(&saved);

	/* Only what is finished by now: a done() that starts requests can't keep us here. */
	last = finished.first != NULL ? finished.last : NULL;
	while (last != NULL)
	{
		HttpAnswer answer;

		delivering = list_pop(&finished);
		if (delivering == last)
			last = NULL;
		answer = answer_of(delivering);
		pending--;
		count++;
		delivering->done(&answer, delivering->arg);
		curl_enter(&saved);
		transfer_release(delivering);
		delivering = NULL;
		curl_leave(&saved);
	}
	return count;
}
