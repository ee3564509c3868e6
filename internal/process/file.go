package process

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// maxContent bounds what is read of a file. A process decides itself how long its command line seems to be, and that can be all of its
// memory (PR_SET_MM).
const maxContent = 1 << 20

// ReadFile reads a file of /proc, by its path below the directory dir, into buf, or more memory if that is not enough. Of what is longer
// than a megabyte it is the beginning. The error is [ErrNone] if the process has ended, else an errno.
func ReadFile(dir int, path string, buf []byte) ([]byte, error) {
	fd, err := unix.Openat(dir, path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, Gone(err)
	}
	defer unix.Close(fd)
	content := buf[:0]
	for len(content) < maxContent {
		if len(content) == cap(content) {
			content = slices.Grow(content, 1024) // enough for nearly all of them
		}
		n, err := unix.Read(fd, content[len(content):cap(content)])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, Gone(err)
		case n == 0:
			return content, nil
		default:
			content = content[:len(content)+n]
		}
	}
	return content, nil
}

// IsGone tells whether err is what /proc has for a process that has ended.
func IsGone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, ErrNone)
}

// Gone turns the errors that mean so into [ErrNone].
func Gone(err error) error {
	if IsGone(err) {
		return ErrNone
	}
	return err
}
