/*
 * rss COMMAND [ARG...]: run the command without output and print the most memory that it had at a time, in KiB.
 *
 * Started by a large program, the command would have the size of that one counted as its own: until execve(2) it shares its memory.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status, null;
	pid_t child;

	if (argc < 2)
		errx(2, "usage: rss COMMAND [ARG...]");
	if ((child = fork()) < 0)
		err(1, "fork");
	if (child == 0) {
		if ((null = open("/dev/null", O_WRONLY)) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			err(1, "open /dev/null");
		execvp(argv[1], argv + 1);
		_exit(126);
	}
	if (wait4(child, &status, 0, &usage) < 0)
		err(1, "wait4");
	printf("%ld %d\n", usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
