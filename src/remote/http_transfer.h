/*
 * http_transfer.h
 *		One outgoing HTTP request in curl's hands: its copy of the call, curl's options, and what
 *		curl's callbacks note.  Only http.c uses this.  All functions are to be called with all
 *		signals blocked, since they call curl; none raises an error.
 */
#ifndef STRIKE_HTTP_TRANSFER_H
#define STRIKE_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "remote/http.h"

typedef struct Transfer
{
	struct Transfer *next; /* in queue, finished or pool */
	CURL *easy;
	struct curl_slist *headers;
	HttpDone done;
	void *arg;
	int64 began;	/* us */
	int64 deadline; /* us */

	/* the request, pointing into text */
	char *text;
	bool post;
	const char *url;
	const char *content_type;
	const char *request_body;
	const char *user;
	const char *password;
	const char *bearer;
	const char *label;

	/* what curl's callbacks note */
	bool sent;	   /* the request's first byte can have left */
	bool repeated; /* curl wanted to send a POST again */
	bool too_large;
	bool out_of_memory;
	char *body;
	size_t body_length;
	size_t body_room;
	size_t header_bytes;
	bool headers_ended; /* the empty line was there: curl takes a close before it for an end */
	int retry_after;	/* s, from a number; -1 = none */
	time_t retry_at;	/* from a date; -1 = none */
	time_t peer_time;	/* the Date header; -1 = none */
	char error[CURL_ERROR_SIZE];

	HttpOutcome outcome;
	long status;
	int elapsed_ms;
} Transfer;

/* A zeroed transfer with a fresh curl handle, pooled if possible; NULL = out of memory. */
extern Transfer *transfer_acquire(void);

/* Lets go of everything but the curl handle, which goes to the pool. */
extern void transfer_release(Transfer *transfer);

/* Why a call can't be sent as it stands, or NULL. */
extern const char *transfer_problem(const HttpCall *call);

/* Copies a call and starts its clock; false = out of memory. */
extern bool transfer_take_call(Transfer *transfer, const HttpCall *call);

/* Sets curl's options; the first failure, or CURLE_OK. */
extern CURLcode transfer_configure(Transfer *transfer, long timeout_ms);

/* Notes outcome, error (cut, printable ASCII) and elapsed time. */
extern void transfer_end(Transfer *transfer, HttpOutcome outcome, const char *error);

/* Classifies what curl says is over, and ends it so. */
extern void transfer_conclude(Transfer *transfer, CURLcode result);

/* Seconds the peer asks to wait, -1 = it doesn't.  A date counts from the peer's own clock. */
extern int transfer_retry_after(const Transfer *transfer);

/* Monotonic time, us. */
extern int64 transfer_clock(void);

#endif
