package mountinfo

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A File is an open mountinfo file. It is no [os.File]: those that can be polled, as this one can be for changes of the mounts, are
// read without blocking and wait for the poller, which costs some system calls and could wait for a change.
type File struct {
	path string
	fd   int
}

// Open opens the mountinfo of a process: its id, or "self" or "thread-self". The caller closes the file. The error is an
// [os.PathError]: ENOENT if there is no such process, EACCES if it is not to be told.
func Open(process string) (*File, error) {
	path := "/proc/" + process + "/mountinfo"
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return &File{path, fd}, nil
		case !errors.Is(err, unix.EINTR):
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// Read implements [io.Reader]; its errors are [os.PathError].
func (f *File) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(f.fd, b)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, &os.PathError{Op: "read", Path: f.path, Err: err}
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Close closes the file.
func (f *File) Close() error { return unix.Close(f.fd) }
