/*
 * site_files.h
 *		The pages and what they need, in memory: as they are and gzipped, each with its tag.
 *
 * Served is what the table holds, found by comparing whole paths: no path of a request ever
 * reaches the file system.
 */
#ifndef GATEWAY_SITE_FILES_H
#define GATEWAY_SITE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define SITE_FILES_MAX 500
#define SITE_FILE_BYTES_MAX (1024 * 1024)

typedef struct SiteFile
{
	char path[200]; /* as in a URL, from '/' */
	const char *content_type;
	char *bytes;
	size_t length;
	char *gzipped; /* NULL when it is no shorter */
	size_t gzipped_length;
	char tag[44]; /* "…", by its content */
} SiteFile;

/*
 * Reads the directory: pages, scripts, styles, pictures by their names' ends, nothing hidden, no
 * node_modules; of those, what the file libraries.list names, a path a line.  False: the directory
 * can't be read.  Files that are too large, or named unusually, are told on stderr and left out.
 */
bool site_files_load(const char *directory);
void site_files_free(void);

/* A file that isn't on disk; bytes are copied. */
void site_files_add(const char *path, const char *content_type, const char *bytes, size_t length);

/* Has a file come, gone or changed since they were loaded? */
bool site_files_changed(const char *directory);

/* The file of this path: itself, with ".html", or its index.html; NULL if there is none. */
const SiteFile *site_files_find(const char *path, size_t length);

/* A short word that changes with any file. */
void site_files_version(char *version, size_t size);

#endif
