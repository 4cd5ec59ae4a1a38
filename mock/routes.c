/*
 * routes.c
 *		Everything that is served, and by which function.
 */
#include "calls.h"
#include "control.h"
#include "dashboard.h"
#include "render.h"
#include "server.h"
#include "studio.h"
#include "twilio.h"

#include <string.h>

const Route routes[] = {
	{"POST", "/render/oauth/token", render_token, PROVIDER_OAUTH},
	{"POST", "/render/tasks", render_post_task, PROVIDER_RENDER},
	{"GET", "/render/tasks", render_list_tasks, PROVIDER_RENDER},
	{"GET", "/render/tasks/*", render_get_task, PROVIDER_RENDER},

	{"POST", "/twilio/v2/Flows/*/Executions", studio_create, PROVIDER_TWILIO},
	{"GET", "/twilio/v2/Flows/*/Executions", studio_list, PROVIDER_TWILIO},
	{"GET", "/twilio/v2/Flows/*/Executions/*", studio_fetch, PROVIDER_TWILIO},
	{"POST", "/twilio/v2/Flows/*/Executions/*", studio_update, PROVIDER_TWILIO},
	{"GET", "/twilio/v2/Flows/*/Executions/*/Context", studio_context, PROVIDER_TWILIO},
	{"GET", "/twilio/v2/Flows/*/Executions/*/Steps", studio_steps, PROVIDER_TWILIO},
	{"GET", "/twilio/v2/Flows/*/Executions/*/Steps/*", studio_step, PROVIDER_TWILIO},

	{"POST", "/twilio/2010-04-01/Accounts/*/Calls.json", calls_create, PROVIDER_TWILIO},
	{"GET", "/twilio/2010-04-01/Accounts/*/Calls.json", calls_list, PROVIDER_TWILIO},
	{"GET", "/twilio/2010-04-01/Accounts/*/Calls/*.json", calls_fetch, PROVIDER_TWILIO},
	{"POST", "/twilio/2010-04-01/Accounts/*/Calls/*.json", calls_update, PROVIDER_TWILIO},

	{"GET", "/control/status", control_status, PROVIDER_NONE},
	{"GET", "/control/journal", control_journal, PROVIDER_NONE},
	{"POST", "/control/scenario", control_scenario, PROVIDER_NONE},
	{"POST", "/control/task", control_task, PROVIDER_NONE},
	{"POST", "/control/call", control_call, PROVIDER_NONE},
	{"POST", "/control/faults", control_faults, PROVIDER_NONE},
	{"GET", "/control/faults", control_get_faults, PROVIDER_NONE},
	{"GET", "/control/steered", control_steered, PROVIDER_NONE},
	{"POST", "/control/reset", control_reset, PROVIDER_NONE},
	{"POST", "/control/speed", control_speed, PROVIDER_NONE},
	{"POST", "/control/advance", control_advance, PROVIDER_NONE},

	{"GET", "/dashboard", dashboard_page, PROVIDER_NONE},
	{"GET", "/dashboard/", dashboard_page, PROVIDER_NONE},
	{"GET", "/dashboard/*", dashboard_asset, PROVIDER_NONE},
	{"GET", "/healthz", control_healthz, PROVIDER_NONE},
	{"GET", "/", dashboard_redirect, PROVIDER_NONE},
	{NULL, NULL, NULL, PROVIDER_NONE},
};

void
answer_refusal(Request *request, int status)
{
	const char *message = status == 404	  ? "nothing is served under this path"
						  : status == 405 ? "this path doesn't take that method"
						  : status == 413 ? "the body is larger than 1 MB"
						  : status == 400 ? "the query string is malformed"
						  : status == 401 ? "unauthorized"
						  : status == 429 ? "too many requests"
										  : "the service failed";
	const char *code = status == 404   ? "not_found"
					   : status == 401 ? "unauthorized"
					   : status == 429 ? "too_many_requests"
					   : status >= 500 ? "server_error"
									   : "bad_request";

	if (request->provider == PROVIDER_TWILIO)
		twilio_refuse(request, status, 0, message);
	else if (request->provider == PROVIDER_OAUTH)
		answer_json(request, status,
					json_pack("{ss}", "error", status == 401 ? "invalid_client" : "server_error"));
	else
		answer_json(request, status, json_pack("{ss, ss}", "code", code, "message", message));
}
