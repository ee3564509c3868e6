/*
 * idle COUNT: become COUNT processes that do nothing until they are killed. Returns when all are there.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: idle COUNT");
	for (int left = atoi(argv[1]); left > 0; left--) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			close(1); /* somebody may be waiting for its end */
			close(2);
			for (;;)
				pause();
		}
	}
	return 0;
}
