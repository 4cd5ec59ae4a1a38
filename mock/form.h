/*
 * form.h
 *		application/x-www-form-urlencoded text and query strings: fields in order, names may repeat.
 */
#ifndef MOCK_FORM_H
#define MOCK_FORM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct FormField
{
	char *name;
	char *value;
} FormField;

typedef struct Form
{
	FormField *fields;
	size_t count;
} Form;

#define FORM_FIELDS_MAX 1000 /* further fields are refused */

/* false: a bad % escape, a NUL byte or too many fields; the form then holds what came before. */
extern bool form_parse(Form *form, const char *text, size_t length);
extern void form_add(Form *form, const char *name, const char *value);
extern const char *form_get(const Form *form, const char *name); /* first of that name, or NULL */
extern char *form_encode(const Form *form);						 /* caller frees */
extern Form form_copy(const Form *form);
extern void form_free(Form *form);

#endif
