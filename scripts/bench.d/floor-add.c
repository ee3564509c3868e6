/*
 * The floor for "gons add NAME": a static program that makes the same system calls and nothing else. The run directory has to be a
 * shared mount already.
 *
 *	cc -O2 -static -o floor-add floor-add.c
 *	./floor-add NAME
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *dir = "/var/run/netns";
	char path[4096];
	int lock;

	if (argc != 2)
		errx(2, "usage: floor-add NAME");
	mkdir(dir, 0755);
	if ((lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || flock(lock, LOCK_EX) < 0)
		err(1, "lock %s", dir);
	if (mount("", dir, "none", MS_SHARED | MS_REC, NULL) < 0)
		err(1, "share %s", dir);
	snprintf(path, sizeof(path), "%s/%s", dir, argv[1]);
	if (open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0) < 0)
		err(1, "create %s", path);
	if (unshare(CLONE_NEWNET) < 0)
		err(1, "unshare");
	if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) < 0)
		err(1, "mount %s", path);
	return 0;
}
