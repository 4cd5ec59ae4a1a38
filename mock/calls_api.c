/* calls_api.c */
#include "calls.h"
#include "twilio.h"
void
calls_create(Request *request)
{
	twilio_refuse(request, 404, 20404, "not here");
}
void
calls_list(Request *request)
{
	twilio_refuse(request, 404, 20404, "not here");
}
void
calls_fetch(Request *request)
{
	twilio_refuse(request, 404, 20404, "not here");
}
void
calls_update(Request *request)
{
	twilio_refuse(request, 404, 20404, "not here");
}
void
calls_reset(void)
{
}
