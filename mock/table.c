/*
 * table.c
 *		Chained hash table by text key, doubling when full.
 */
#include "table.h"

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct TableSlot
{
	struct TableSlot *next;
	uint64_t hash;
	void *value;
	char key[];
} TableSlot;

static uint64_t
hash_of(const char *key)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char) *key) * 1099511628211u;
	return hash;
}

static TableSlot **
find(const Table *table, const char *key, uint64_t hash)
{
	TableSlot **link = &table->buckets[hash % table->bucket_count];

	while (*link != NULL && ((*link)->hash != hash || strcmp((*link)->key, key) != 0))
		link = &(*link)->next;
	return link;
}

void *
table_get(const Table *table, const char *key)
{
	TableSlot *slot;

	if (table->count == 0 || key == NULL)
		return NULL;
	slot = *find(table, key, hash_of(key));
	return slot != NULL ? slot->value : NULL;
}

static void
grow(Table *table)
{
	size_t old_count = table->bucket_count;
	TableSlot **old = table->buckets;

	table->bucket_count = old_count > 0 ? old_count * 2 : 64;
	table->buckets = memory_zeroed(table->bucket_count * sizeof(TableSlot *));
	for (size_t i = 0; i < old_count; i++)
	{
		TableSlot *slot = old[i];

		while (slot != NULL)
		{
			TableSlot *next = slot->next;
			TableSlot **bucket = &table->buckets[slot->hash % table->bucket_count];

			slot->next = *bucket;
			*bucket = slot;
			slot = next;
		}
	}
	free(old);
}

void
table_put(Table *table, const char *key, void *value)
{
	uint64_t hash = hash_of(key);
	size_t length = strlen(key);
	TableSlot **link;

	if (table->count >= table->bucket_count)
		grow(table);
	link = find(table, key, hash);
	if (*link == NULL)
	{
		*link = memory_zeroed(sizeof(TableSlot) + length + 1);
		(*link)->hash = hash;
		memcpy((*link)->key, key, length + 1);
		table->count++;
	}
	(*link)->value = value;
}

void
table_remove(Table *table, const char *key)
{
	TableSlot **link;
	TableSlot *slot;

	if (table->count == 0)
		return;
	link = find(table, key, hash_of(key));
	slot = *link;
	if (slot == NULL)
		return;
	*link = slot->next;
	free(slot);
	table->count--;
}

void
table_clear(Table *table)
{
	for (size_t i = 0; i < table->bucket_count; i++)
	{
		TableSlot *slot = table->buckets[i];

		while (slot != NULL)
		{
			TableSlot *next = slot->next;

			free(slot);
			slot = next;
		}
	}
	free(table->buckets);
	memset(table, 0, sizeof(*table));
}
