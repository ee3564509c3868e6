/*
 * The floor for "gons add NAME...": a static program that makes the same system calls and nothing else, for several names on two
 * threads. The run directory has to be a shared mount already.
 *
 *	cc -O2 -static -o floor-add floor-add.c
 *	./floor-add NAME...
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dir = "/var/run/netns";
static char **names;
static int many;
static atomic_int next;

static void *add(void *unused)
{
	char path[4096];
	int i, file;

	while ((i = next++) < many) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if ((file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0)) < 0)
			err(1, "create %s", path);
		if (unshare(CLONE_NEWNET) < 0)
			err(1, "unshare");
		if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) < 0)
			err(1, "mount %s", path);
		close(file);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t other;
	int lock;

	if (argc < 2)
		errx(2, "usage: floor-add NAME...");
	names = argv + 1;
	many = argc - 1;
	mkdir(dir, 0755);
	if ((lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || flock(lock, LOCK_EX) < 0)
		err(1, "lock %s", dir);
	if (mount("", dir, "none", MS_SHARED | MS_REC, NULL) < 0)
		err(1, "share %s", dir);
	if (many > 1 && pthread_create(&other, NULL, add, NULL) != 0)
		errx(1, "no second thread");
	add(NULL);
	if (many > 1)
		pthread_join(other, NULL);
	return 0;
}
