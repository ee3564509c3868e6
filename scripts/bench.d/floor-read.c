/*
 * The floor for "gons list", where no namespace has an id, and for "gons identify": a static program that makes one system call for each
 * entry, as gons does, on one thread.
 *
 *	cc -O2 -static -o floor-read floor-read.c
 *	./floor-read [PID]
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv)
{
	const char *path = "/var/run/netns";
	struct stat want = {0}, st;
	struct {
		struct file_handle handle;
		unsigned char data[128];
	} file;
	struct dirent *entry;
	char process[64], **names = NULL;
	size_t i, many = 0;
	int mount;
	DIR *dir;

	if (argc > 1) {
		snprintf(process, sizeof(process), "/proc/%s/ns/net", argv[1]);
		if (stat(process, &want) < 0)
			err(1, "%s", process);
	}
	if ((dir = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (argc > 1) {
			if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && st.st_dev == want.st_dev && st.st_ino == want.st_ino)
				puts(entry->d_name);
			continue;
		}
		file.handle.handle_bytes = sizeof(file.data);
		if (name_to_handle_at(dirfd(dir), entry->d_name, &file.handle, &mount, AT_SYMLINK_FOLLOW) < 0)
			err(1, "%s", entry->d_name);
		if ((names = realloc(names, (many + 1) * sizeof(*names))) == NULL ||
		    (names[many++] = strdup(entry->d_name)) == NULL)
			err(1, "memory");
	}
	qsort(names, many, sizeof(*names), by_name);
	for (i = 0; i < many; i++)
		puts(names[i]);
	return 0;
}
