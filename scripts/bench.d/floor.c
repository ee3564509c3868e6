/*
 * The floor for "gons exec NAME COMMAND": a static program that makes the same system calls and nothing else.
 *
 *	cc -O2 -static -o floor floor.c
 *	./floor NAME COMMAND [ARG...]
 *	./floor -n NAME COMMAND [ARG...]	as "gons exec --no-mounts"
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static void enter_mounts(const char *name)
{
	char path[4096];
	struct statfs fs;

	if (unshare(CLONE_NEWNS) < 0)
		err(125, "unshare");
	if (mount("", "/", "", MS_SLAVE | MS_REC, NULL) < 0)
		err(125, "make slave /");
	if (statfs("/sys", &fs) < 0 || umount2("/sys", MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		err(125, "unmount /sys");
	if (mount(name, "/sys", "sysfs", 0, NULL) < 0)
		err(125, "mount /sys");
	snprintf(path, sizeof(path), "/etc/netns/%s", name);
	if (open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0)
		errx(125, "%s exists: its files are not handled here", path);
}

int main(int argc, char **argv)
{
	char path[4096];
	struct stat st;
	int ns, mounts = 1;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		mounts = 0;
		argc--, argv++;
	}
	if (argc < 3)
		errx(2, "usage: floor [-n] NAME COMMAND [ARG...]");
	snprintf(path, sizeof(path), "/var/run/netns/%s", argv[1]);
	if (stat(path, &st) < 0 || (ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		err(125, "open %s", path);
	if (ioctl(ns, NS_GET_NSTYPE) != CLONE_NEWNET)
		errx(125, "%s is not a network namespace", path);
	if (setns(ns, CLONE_NEWNET) < 0)
		err(125, "setns");
	if (mounts)
		enter_mounts(argv[1]);
	execvp(argv[2], argv + 2);
	err(127, "run %s", argv[2]);
}
