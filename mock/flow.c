/*
 * flow.c
 *		Reading and checking a Studio flow.
 */
#include "flow.h"

#include "liquid.h"
#include "memory.h"
#include "table.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Put into the program by ld -b binary. */
extern const char _binary_eco_page_json_start[];
extern const char _binary_eco_page_json_end[];

typedef struct WidgetKind
{
	const char *name;
	const char *events[5]; /* those that must be there */
	struct
	{
		const char *name;
		json_type type;
	} properties[4]; /* those that must be there */
} WidgetKind;

static const WidgetKind kinds[FLOW_TYPE_COUNT] = {
	[FLOW_TRIGGER] = {"trigger", {"incomingRequest"}, {{0}}},
	[FLOW_REQUEST] = {"make-http-request",
					  {"success", "failed"},
					  {{"method", JSON_STRING},
					   {"url", JSON_STRING},
					   {"content_type", JSON_STRING}}},
	[FLOW_CALL] = {"make-outgoing-call-v2",
				   {"answered", "busy", "noAnswer", "failed"},
				   {{"from", JSON_STRING}, {"to", JSON_STRING}, {"timeout", JSON_INTEGER}}},
	[FLOW_GATHER] = {"gather-input-on-call",
					 {"keypress", "timeout"},
					 {{"say", JSON_STRING}, {"timeout", JSON_INTEGER}, {"loop", JSON_INTEGER}}},
	[FLOW_SPLIT] = {"split-based-on", {"noMatch"}, {{"input", JSON_STRING}}},
	[FLOW_SAY] = {"say-play", {"audioComplete"}, {{"say", JSON_STRING}}},
	[FLOW_SET] = {"set-variables", {"next"}, {{"variables", JSON_ARRAY}}},
};

/* Conditions that studio_widgets.c decides. */
static const char *const conditions[] = {"equal_to", "is_not_blank", "matches_any_of"};

static json_t *document;
static FlowWidget widgets[FLOW_WIDGETS_MAX];
static int widget_count;
static Table by_name;
static const FlowWidget *start;

void
flow_end(void)
{
	table_clear(&by_name);
	json_decref(document);
	document = NULL;
	widget_count = 0;
	start = NULL;
}

const FlowWidget *
flow_start(void)
{
	return start;
}

int
flow_widget_count(void)
{
	return widget_count;
}

const FlowWidget *
flow_target(const json_t *transition)
{
	return table_get(&by_name, json_string_value(json_object_get(transition, "next")));
}

static const json_t *
transition_of(const FlowWidget *widget, const char *event)
{
	for (size_t i = 0; i < json_array_size(widget->transitions); i++)
	{
		const json_t *one = json_array_get(widget->transitions, i);
		const char *name = json_string_value(json_object_get(one, "event"));

		if (name != NULL && strcmp(name, event) == 0)
			return one;
	}
	return NULL;
}

const FlowWidget *
flow_next(const FlowWidget *widget, const char *event)
{
	return flow_target(transition_of(widget, event));
}

const char *
flow_text(const FlowWidget *widget, const char *property)
{
	const char *text = json_string_value(json_object_get(widget->properties, property));

	return text != NULL ? text : "";
}

double
flow_number(const FlowWidget *widget, const char *property, double fallback)
{
	const json_t *value = json_object_get(widget->properties, property);

	return json_is_number(value) ? json_number_value(value) : fallback;
}

/* "report_2_again" is about the call's second order. */
static int
order_of(const char *name)
{
	for (const char *c = strchr(name, '_'); c != NULL; c = strchr(c + 1, '_'))
	{
		if (isdigit((unsigned char) c[1]) && (c[2] == '\0' || c[2] == '_'))
			return c[1] - '0';
	}
	return 1;
}

/* Every text in it must be a template that can be read.  NULL, or what's wrong. */
static char *
templates_problem(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;
	char *problem;

	if (json_is_string(value))
		return liquid_problem(json_string_value(value));
	if (json_is_array(value))
	{
		json_array_foreach((json_t *) value, i, item)
		{
			problem = templates_problem(item);
			if (problem != NULL)
				return problem;
		}
	}
	json_object_foreach((json_t *) value, key, item)
	{
		problem = templates_problem(item);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

/* Name and value pairs, as a request's parameters and a set-variables' variables are. */
static bool
pairs_ok(const json_t *pairs)
{
	for (size_t i = 0; i < json_array_size(pairs); i++)
	{
		const json_t *one = json_array_get(pairs, i);

		if (!json_is_string(json_object_get(one, "key")) ||
			!json_is_string(json_object_get(one, "value")))
			return false;
	}
	return true;
}

static char *
transition_problem(const FlowWidget *widget, const json_t *one)
{
	const char *event = json_string_value(json_object_get(one, "event"));
	const json_t *next = json_object_get(one, "next");
	const json_t *list = json_object_get(one, "conditions");

	if (event == NULL)
		return memory_format("widget %s: a transition without an event", widget->name);
	if (next != NULL && flow_target(one) == NULL)
		return memory_format("widget %s: %s leads nowhere", widget->name, event);
	for (size_t i = 0; i < json_array_size(list); i++)
	{
		const json_t *condition = json_array_get(list, i);
		const char *type = json_string_value(json_object_get(condition, "type"));
		bool known = false;

		for (size_t k = 0; type != NULL && k < sizeof(conditions) / sizeof(conditions[0]); k++)
			known = known || strcmp(type, conditions[k]) == 0;
		if (!known || !json_is_string(json_object_get(condition, "value")))
			return memory_format("widget %s: a condition of an unknown kind", widget->name);
	}
	return NULL;
}

static char *
widget_problem(const FlowWidget *widget)
{
	const WidgetKind *kind = &kinds[widget->type];
	char *problem = templates_problem(widget->properties);

	if (problem == NULL)
		problem = templates_problem(widget->transitions);
	if (problem != NULL)
	{
		char *whole = memory_format("widget %s: %s", widget->name, problem);

		free(problem);
		return whole;
	}
	for (size_t i = 0; i < 4 && kind->properties[i].name != NULL; i++)
	{
		const json_t *value = json_object_get(widget->properties, kind->properties[i].name);

		if (value == NULL || json_typeof(value) != kind->properties[i].type)
			return memory_format("widget %s: property %s is missing, or of another type",
								 widget->name, kind->properties[i].name);
	}
	if (!pairs_ok(json_object_get(widget->properties, "parameters")) ||
		!pairs_ok(json_object_get(widget->properties, "variables")))
		return memory_format("widget %s: each pair needs the texts key and value", widget->name);
	for (size_t i = 0; i < 5 && kind->events[i] != NULL; i++)
	{
		if (transition_of(widget, kind->events[i]) == NULL)
			return memory_format("widget %s: no transition for %s", widget->name, kind->events[i]);
	}
	for (size_t i = 0; i < json_array_size(widget->transitions) && problem == NULL; i++)
		problem = transition_problem(widget, json_array_get(widget->transitions, i));
	return problem;
}

static void
mark(const FlowWidget *widget, bool *seen)
{
	if (widget == NULL || seen[widget->index])
		return;
	seen[widget->index] = true;
	for (size_t i = 0; i < json_array_size(widget->transitions); i++)
		mark(flow_target(json_array_get(widget->transitions, i)), seen);
}

static char *
read_widgets(const json_t *states)
{
	for (size_t i = 0; i < json_array_size(states); i++)
	{
		const json_t *state = json_array_get(states, i);
		const char *name = json_string_value(json_object_get(state, "name"));
		const char *type = json_string_value(json_object_get(state, "type"));
		FlowWidget *widget = &widgets[widget_count];
		int kind = 0;

		if (widget_count == FLOW_WIDGETS_MAX)
			return memory_text("too many widgets");
		if (name == NULL || name[0] == '\0' || table_get(&by_name, name) != NULL)
			return memory_text("a widget without a name of its own");
		while (kind < FLOW_TYPE_COUNT && (type == NULL || strcmp(kinds[kind].name, type) != 0))
			kind++;
		if (kind == FLOW_TYPE_COUNT)
			return memory_format("widget %s: its type is not one that the mock plays", name);
		widget->name = name;
		widget->type = (FlowType) kind;
		widget->properties = json_object_get(state, "properties");
		widget->transitions = json_object_get(state, "transitions");
		widget->index = widget_count;
		widget->order = order_of(name);
		if (!json_is_object(widget->properties) || !json_is_array(widget->transitions))
			return memory_format("widget %s: properties or transitions are missing", name);
		widget_count++;
		table_put(&by_name, name, widget);
	}
	return NULL;
}

static char *
read_flow(void)
{
	bool seen[FLOW_WIDGETS_MAX] = {false};
	char *problem = read_widgets(json_object_get(document, "states"));

	if (problem != NULL)
		return problem;
	start = table_get(&by_name, json_string_value(json_object_get(document, "initial_state")));
	if (start == NULL || start->type != FLOW_TRIGGER)
		return memory_text("initial_state must name the trigger");
	mark(start, seen);
	for (int i = 0; i < widget_count && problem == NULL; i++)
	{
		problem = widget_problem(&widgets[i]);
		if (problem == NULL && !seen[i])
			problem = memory_format("widget %s can't be reached", widgets[i].name);
	}
	return problem;
}

char *
flow_load(const char *file)
{
	json_error_t error;
	char *problem;

	flow_end();
	document = file != NULL
				   ? json_load_file(file, JSON_REJECT_DUPLICATES, &error)
				   : json_loadb(_binary_eco_page_json_start,
								(size_t) (_binary_eco_page_json_end - _binary_eco_page_json_start),
								JSON_REJECT_DUPLICATES, &error);
	if (document == NULL)
		return memory_format("the flow is no JSON: line %d: %s", error.line, error.text);
	problem = read_flow();
	if (problem != NULL)
		flow_end();
	return problem;
}
