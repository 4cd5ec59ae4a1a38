/*
 * calls_list.c
 *		The list of calls, with Twilio's filters.
 */
#include "calls.h"

#include "clock.h"
#include "faults.h"
#include "memory.h"
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct Filter
{
	const char *to, *from, *status;
	int64_t start_from, start_to, end_from, end_to; /* ms */
	bool by_start, by_end;
} Filter;

#define DAY_MS INT64_C(86400000)

/* NAME=, NAME>= and NAME<=: a day, or a moment.  false = one can't be read. */
static bool
read_times(const Form *query, const char *name, int64_t *low, int64_t *high, bool *any)
{
	char bound[32];
	const char *text;
	int64_t ms;

	*low = INT64_MIN;
	*high = INT64_MAX;
	*any = false;
	if ((text = call_given(query, name)) != NULL)
	{
		if (!clock_parse_iso(text, &ms))
			return false;
		*low = ms / DAY_MS * DAY_MS;
		*high = *low + DAY_MS - 1;
		*any = true;
	}
	snprintf(bound, sizeof(bound), "%s>", name);
	if ((text = call_given(query, bound)) != NULL)
	{
		if (!clock_parse_iso(text, low))
			return false;
		*any = true;
	}
	snprintf(bound, sizeof(bound), "%s<", name);
	if ((text = call_given(query, bound)) != NULL)
	{
		if (!clock_parse_iso(text, &ms))
			return false;
		/* a bare day is meant to its end */
		*high = strchr(text, 'T') == NULL ? ms + DAY_MS - 1 : ms;
		*any = true;
	}
	return true;
}

static bool
wanted(const Call *call, const TwilioAccount *account, const Filter *filter)
{
	const Phone *phone = call->phone;
	int64_t start = phone->started_ms / 1000 * 1000; /* told in whole seconds */
	int64_t end = phone->ended_ms / 1000 * 1000;

	if (strcasecmp(call->account_sid, account->sid) != 0 ||
		faults_too_new(phone->created_ms, PROVIDER_TWILIO, phone->eco) ||
		(filter->to != NULL && strcmp(filter->to, phone->to) != 0) ||
		(filter->from != NULL && strcmp(filter->from, phone->from) != 0) ||
		(filter->status != NULL && strcasecmp(filter->status, phone_status(phone)) != 0))
		return false;
	/* A call that hasn't started has no start to compare, nor one that lasts an end. */
	if (filter->by_start && (start == 0 || start < filter->start_from || start > filter->start_to))
		return false;
	return !filter->by_end || (end != 0 && end >= filter->end_from && end <= filter->end_to);
}

static json_t *
page_uri(const Request *request, const TwilioAccount *account, long page, long size)
{
	Form query = {NULL, 0};
	char number[24];
	char *encoded;
	char *uri;
	json_t *json;

	for (size_t i = 0; i < request->query.count; i++)
	{
		const FormField *field = &request->query.fields[i];

		if (strcmp(field->name, "Page") != 0 && strcmp(field->name, "PageSize") != 0)
			form_add(&query, field->name, field->value);
	}
	snprintf(number, sizeof(number), "%ld", size);
	form_add(&query, "PageSize", number);
	snprintf(number, sizeof(number), "%ld", page);
	form_add(&query, "Page", number);
	encoded = form_encode(&query);
	uri = memory_format("/2010-04-01/Accounts/%s/Calls.json?%s", account->sid, encoded);
	json = json_string(uri);
	free(uri);
	free(encoded);
	form_free(&query);
	return json;
}

void
calls_list(Request *request)
{
	TwilioAccount account;
	Filter filter = {call_given(&request->query, "To"),
					 call_given(&request->query, "From"),
					 call_given(&request->query, "Status"),
					 0,
					 0,
					 0,
					 0,
					 false,
					 false};
	json_t *array;
	json_t *json;
	const Call *call;
	long page;
	long size;
	long seen = 0;
	bool more = false;

	if (!calls_admitted(request, &account) || !twilio_paging(request, &page, &size))
		return;
	if (!read_times(&request->query, "StartTime", &filter.start_from, &filter.start_to,
					&filter.by_start) ||
		!read_times(&request->query, "EndTime", &filter.end_from, &filter.end_to, &filter.by_end))
	{
		twilio_refuse(request, 400, 20001, "StartTime and EndTime must be dates");
		return;
	}
	array = json_array();
	TAILQ_FOREACH_REVERSE(call, calls_all(), CallHead, link)
	{
		if (!wanted(call, &account, &filter) || seen++ < page * size)
			continue;
		if (seen > (page + 1) * size)
		{
			more = true;
			break;
		}
		json_array_append_new(array, call_json(call));
	}
	json = json_object();
	json_object_set_new(json, "first_page_uri", page_uri(request, &account, 0, size));
	json_object_set_new(json, "previous_page_uri",
						page > 0 ? page_uri(request, &account, page - 1, size) : json_null());
	json_object_set_new(json, "next_page_uri",
						more ? page_uri(request, &account, page + 1, size) : json_null());
	json_object_set_new(json, "uri", page_uri(request, &account, page, size));
	json_object_set_new(json, "page", json_integer(page));
	json_object_set_new(json, "page_size", json_integer(size));
	json_object_set_new(json, "start", json_integer(page * size));
	json_object_set_new(
		json, "end",
		json_integer(page * size +
					 (json_array_size(array) > 0 ? (json_int_t) json_array_size(array) - 1 : 0)));
	json_object_set_new(json, "calls", array);
	answer_json(request, 200, json);
}
