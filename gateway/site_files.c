/*
 * site_files.c
 *		Reading, compressing and finding the pages' files.
 */
#include "site_files.h"

#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define DEPTH_MAX 4
#define LIBRARIES "libraries.list"
#define SHA1_BYTES 20

static const struct
{
	const char *end;
	const char *content_type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".json", "application/json"},
	{".geojson", "application/geo+json"},
	{".webmanifest", "application/manifest+json"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".wav", "audio/wav"},
	{".mp3", "audio/mpeg"},
	{".txt", "text/plain; charset=utf-8"},
};

static SiteFile *files;
static size_t file_count;
static uint64_t loaded_state; /* of the directory, when it was read */

/* What is done with each file that is to be served. */
typedef void (*Visit)(const char *on_disk, const char *path, const char *content_type,
					  const struct stat *info, void *arg);

static const char *
type_of(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		size_t end = strlen(types[i].end);

		if (length > end && strcmp(name + length - end, types[i].end) == 0)
			return types[i].content_type;
	}
	return NULL;
}

static bool
is_plain(const char *text, const char *also)
{
	for (; *text != '\0'; text++)
	{
		if (!(*text >= '0' && *text <= '9') && !(*text >= 'A' && *text <= 'Z') &&
			!(*text >= 'a' && *text <= 'z') && strchr("-._", *text) == NULL &&
			strchr(also, *text) == NULL)
			return false;
	}
	return true;
}

/* Not for readers: hidden files, packages, and what belongs to npm. */
static bool
is_ours(const char *name)
{
	return name[0] != '.' && strcmp(name, "node_modules") != 0 &&
		   strcmp(name, "package.json") != 0 && strcmp(name, "package-lock.json") != 0;
}

static void
walk(const char *directory, const char *path, int depth, Visit visit, void *arg)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
	{
		char on_disk[4096];
		char below[300];
		struct stat info;

		if (!is_ours(entry->d_name) || !is_plain(entry->d_name, "") ||
			snprintf(on_disk, sizeof(on_disk), "%s/%s", directory, entry->d_name) >=
				(int) sizeof(on_disk) ||
			snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= 200 ||
			lstat(on_disk, &info) < 0)
			continue;
		if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX)
			walk(on_disk, below, depth + 1, visit, arg);
		else if (S_ISREG(info.st_mode) && type_of(entry->d_name) != NULL)
			visit(on_disk, below, type_of(entry->d_name), &info, arg);
	}
	closedir(dir);
}

/* The files of node_modules that the list names. */
static void
walk_libraries(const char *directory, Visit visit, void *arg)
{
	char name[4096];
	char line[256];
	FILE *list;

	snprintf(name, sizeof(name), "%s/" LIBRARIES, directory);
	list = fopen(name, "re");
	if (list == NULL)
		return;
	while (fgets(line, sizeof(line), list) != NULL)
	{
		struct stat info;
		char path[300];

		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (strncmp(line, "node_modules/", 13) != 0 || strstr(line, "/.") != NULL ||
			strstr(line, "//") != NULL || !is_plain(line, "@/") || type_of(line) == NULL ||
			snprintf(path, sizeof(path), "/%s", line) >= 200 ||
			snprintf(name, sizeof(name), "%s/%s", directory, line) >= (int) sizeof(name))
			log_line(LIBRARIES ": left out: %s", line);
		else if (stat(name, &info) < 0 || !S_ISREG(info.st_mode))
			log_limited(LIBRARIES ": not there: %s", line);
		else
			visit(name, path, type_of(line), &info, arg);
	}
	fclose(list);
}

static void
walk_all(const char *directory, Visit visit, void *arg)
{
	walk(directory, "", 0, visit, arg);
	walk_libraries(directory, visit, arg);
}

/* Adds up what is on disk; the order in which it is met doesn't matter. */
static void
add_state(const char *on_disk, const char *path, const char *content_type, const struct stat *info,
		  void *arg)
{
	uint64_t h = 14695981039346656037u;

	(void) on_disk;
	(void) content_type;
	for (const char *c = path; *c != '\0'; c++)
		h = (h ^ (unsigned char) *c) * 1099511628211u;
	h = (h ^ (uint64_t) info->st_mtim.tv_sec) * 1099511628211u;
	h = (h ^ (uint64_t) info->st_mtim.tv_nsec) * 1099511628211u;
	h = (h ^ (uint64_t) info->st_size) * 1099511628211u;
	h = (h ^ (uint64_t) info->st_ino) * 1099511628211u;
	*(uint64_t *) arg += h;
}

/* gzip (RFC 1952) of the bytes, NULL if that isn't shorter. */
static char *
gzip(const char *bytes, size_t length, size_t *gzipped_length)
{
	z_stream z = {0};
	size_t room = compressBound(length) + 32;
	char *out = malloc(room);
	int status;

	if (out == NULL || deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (unsigned char *) bytes;
	z.avail_in = (unsigned) length;
	z.next_out = (unsigned char *) out;
	z.avail_out = (unsigned) room;
	status = deflate(&z, Z_FINISH);
	*gzipped_length = z.total_out;
	deflateEnd(&z);
	if (status != Z_STREAM_END || *gzipped_length >= length)
	{
		free(out);
		return NULL;
	}
	return out;
}

static void
set_tag(SiteFile *file)
{
	unsigned char digest[SHA1_BYTES];
	size_t at = 0;

	lws_SHA1((const unsigned char *) file->bytes, file->length, digest);
	file->tag[at++] = '"';
	for (size_t i = 0; i < sizeof(digest); i++)
		at += (size_t) snprintf(file->tag + at, sizeof(file->tag) - at, "%02x", digest[i]);
	file->tag[at++] = '"';
	file->tag[at] = '\0';
}

/* bytes become the table's. */
static void
add(const char *path, const char *content_type, char *bytes, size_t length)
{
	SiteFile *file;

	if (file_count == SITE_FILES_MAX)
	{
		log_limited("more than %d files: %s is left out", SITE_FILES_MAX, path);
		free(bytes);
		return;
	}
	files = realloc(files, (file_count + 1) * sizeof(*files));
	if (files == NULL)
		abort();
	file = &files[file_count++];
	memset(file, 0, sizeof(*file));
	snprintf(file->path, sizeof(file->path), "%s", path);
	file->content_type = content_type;
	file->bytes = bytes;
	file->length = length;
	file->gzipped = gzip(bytes, length, &file->gzipped_length);
	set_tag(file);
}

void
site_files_add(const char *path, const char *content_type, const char *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, length);
	add(path, content_type, copy, length);
}

static void
read_file(const char *on_disk, const char *path, const char *content_type, const struct stat *info,
		  void *arg)
{
	int fd;
	char *bytes;
	ssize_t length;

	(void) arg;
	if (info->st_size > SITE_FILE_BYTES_MAX)
	{
		log_line("%s is over %d bytes and left out", path, SITE_FILE_BYTES_MAX);
		return;
	}
	fd = open(on_disk, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	bytes = malloc((size_t) info->st_size + 1);
	if (bytes == NULL)
		abort();
	length = fd < 0 ? -1 : read(fd, bytes, (size_t) info->st_size);
	if (length < 0)
	{
		log_line("%s can't be read: %s", path, strerror(errno));
		free(bytes);
	}
	else
		add(path, content_type, bytes, (size_t) length);
	if (fd >= 0)
		close(fd);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const SiteFile *) a)->path, ((const SiteFile *) b)->path);
}

bool
site_files_load(const char *directory)
{
	DIR *dir = opendir(directory);

	site_files_free();
	if (dir == NULL)
	{
		log_line("--web %s: %s", directory, strerror(errno));
		return false;
	}
	closedir(dir);
	loaded_state = 0;
	walk_all(directory, add_state, &loaded_state);
	walk_all(directory, read_file, NULL);
	if (file_count > 0)
		qsort(files, file_count, sizeof(*files), by_path);
	return true;
}

bool
site_files_changed(const char *directory)
{
	uint64_t state = 0;

	walk_all(directory, add_state, &state);
	return state != loaded_state;
}

void
site_files_free(void)
{
	for (size_t i = 0; i < file_count; i++)
	{
		free(files[i].bytes);
		free(files[i].gzipped);
	}
	free(files);
	files = NULL;
	file_count = 0;
}

static const SiteFile *
find_exactly(const char *path, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	for (size_t i = 0; i < file_count; i++)
	{
		if (strlen(files[i].path) == length + end_length &&
			memcmp(files[i].path, path, length) == 0 && strcmp(files[i].path + length, end) == 0)
			return &files[i];
	}
	return NULL;
}

const SiteFile *
site_files_find(const char *path, size_t length)
{
	const SiteFile *file;

	if (path[length - 1] == '/')
		return find_exactly(path, length, "index.html");
	file = find_exactly(path, length, "");
	return file != NULL ? file : find_exactly(path, length, ".html");
}

void
site_files_version(char *version, size_t size)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < file_count; i++)
	{
		for (const char *c = files[i].path; *c != '\0'; c++)
			h = (h ^ (unsigned char) *c) * 1099511628211u;
		for (const char *c = files[i].tag; *c != '\0'; c++)
			h = (h ^ (unsigned char) *c) * 1099511628211u;
	}
	snprintf(version, size, "%08lx", (unsigned long) (h >> 32));
}
