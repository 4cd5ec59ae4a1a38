/*
 * twiml.c
 *		A tree of verbs from expat's events.
 */
#include "twiml.h"

#include "memory.h"

#include <expat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reader
{
	XML_Parser parser;
	TwimlVerb *root;
	TwimlVerb *open[TWIML_DEPTH_MAX];
	int depth;
	int verbs;
	char *problem;
} Reader;

static void
refuse(Reader *reader, char *problem)
{
	if (reader->problem == NULL)
		reader->problem = problem;
	else
		free(problem);
	XML_StopParser(reader->parser, XML_FALSE);
}

static void
on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	Reader *reader = data;
	TwimlVerb *verb;

	if (reader->depth == TWIML_DEPTH_MAX || ++reader->verbs > TWIML_VERBS_MAX)
	{
		refuse(reader, memory_text("the document is too deep or too long"));
		return;
	}
	if (reader->depth == 0 && strcmp(name, "Response") != 0)
	{
		refuse(reader, memory_text("the root element must be Response"));
		return;
	}
	verb = memory_zeroed(sizeof(*verb));
	verb->name = memory_text(name);
	verb->text = memory_text("");
	if (reader->depth == 0)
		reader->root = verb;
	else
	{
		TwimlVerb **link = &reader->open[reader->depth - 1]->children;

		while (*link != NULL)
			link = &(*link)->next;
		*link = verb;
	}
	reader->open[reader->depth++] = verb;
	for (int i = 0; attributes[i] != NULL; i += 2)
	{
		if (i / 2 == TWIML_ATTRIBUTES_MAX)
		{
			refuse(reader, memory_text("a verb has too many attributes"));
			return;
		}
		form_add(&verb->attributes, attributes[i], attributes[i + 1]);
	}
}

static void
trim(char *text)
{
	size_t length = strlen(text);
	size_t lead = strspn(text, " \t\r\n");

	while (length > lead && strchr(" \t\r\n", text[length - 1]) != NULL)
		length--;
	memmove(text, text + lead, length - lead);
	text[length - lead] = '\0';
}

static void
on_end(void *data, const XML_Char *name)
{
	Reader *reader = data;

	(void) name;
	if (reader->depth > 0)
		trim(reader->open[--reader->depth]->text);
}

static void
on_text(void *data, const XML_Char *text, int length)
{
	Reader *reader = data;
	TwimlVerb *verb = reader->depth > 0 ? reader->open[reader->depth - 1] : NULL;
	size_t before;

	if (verb == NULL)
		return;
	before = strlen(verb->text);
	if (before + (size_t) length > TWIML_TEXT_MAX)
	{
		refuse(reader,
			   memory_format("the text of %s is longer than %d bytes", verb->name, TWIML_TEXT_MAX));
		return;
	}
	verb->text = memory_grown(verb->text, before + (size_t) length + 1);
	memcpy(verb->text + before, text, (size_t) length);
	verb->text[before + (size_t) length] = '\0';
}

static void
on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
		   int subset)
{
	(void) name;
	(void) system;
	(void) public;
	(void) subset;
	refuse(data, memory_text("a DOCTYPE is not taken"));
}

TwimlVerb *
twiml_parse(const char *text, size_t length, char **problem)
{
	Reader reader = {0};

	*problem = NULL;
	if (length > TWIML_BYTES_MAX)
	{
		*problem = memory_text("the document is longer than 64 kB");
		return NULL;
	}
	reader.parser = XML_ParserCreate(NULL);
	if (reader.parser == NULL)
		abort();
	XML_SetUserData(reader.parser, &reader);
	XML_SetElementHandler(reader.parser, on_start, on_end);
	XML_SetCharacterDataHandler(reader.parser, on_text);
	XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
	if (XML_Parse(reader.parser, text, (int) length, XML_TRUE) != XML_STATUS_OK &&
		reader.problem == NULL)
		reader.problem = memory_format("line %lu: %s", XML_GetCurrentLineNumber(reader.parser),
									   XML_ErrorString(XML_GetErrorCode(reader.parser)));
	XML_ParserFree(reader.parser);
	if (reader.problem != NULL)
	{
		twiml_free(reader.root);
		*problem = reader.problem;
		return NULL;
	}
	return reader.root;
}

void
twiml_free(TwimlVerb *verb)
{
	while (verb != NULL)
	{
		TwimlVerb *next = verb->next;

		twiml_free(verb->children); /* as deep as TWIML_DEPTH_MAX */
		form_free(&verb->attributes);
		free(verb->name);
		free(verb->text);
		free(verb);
		verb = next;
	}
}

const char *
twiml_attribute(const TwimlVerb *verb, const char *name, const char *fallback)
{
	const char *value = form_get(&verb->attributes, name);

	return value != NULL ? value : fallback;
}

double
twiml_number(const TwimlVerb *verb, const char *name, double low, double high, double fallback)
{
	const char *text = form_get(&verb->attributes, name);
	char *end;
	double value;

	if (text == NULL || text[0] == '\0')
		return fallback;
	value = strtod(text, &end);
	return *end == '\0' && value >= low && value <= high ? value : fallback;
}
