/*
 * table.h
 *		A table of pointers by text key.  Keys are copied, values are the caller's.
 */
#ifndef MOCK_TABLE_H
#define MOCK_TABLE_H

#include <stddef.h>

typedef struct Table
{
	struct TableSlot **buckets;
	size_t bucket_count;
	size_t count;
} Table;

extern void *table_get(const Table *table, const char *key);	   /* NULL = not there */
extern void table_put(Table *table, const char *key, void *value); /* replaces */
extern void table_remove(Table *table, const char *key);
extern void table_clear(Table *table); /* forgets all keys and frees the table's own memory */

#endif
