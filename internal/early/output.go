//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// isPlainOutput tells whether the standard output is no terminal, which gets tables, takes what is written to it at once, and has no limit of which a
// signal tells (SIGXFSZ).
func isPlainOutput() bool {
	flags, errno := fcntl(1, unix.F_GETFL)
	if errno != 0 || flags&unix.O_NONBLOCK != 0 || isTerminal(1) {
		return false
	}
	var limit unix.Rlimit
	const infinity = ^uint64(0)
	return getLimit(unix.RLIMIT_FSIZE, &limit) == 0 && limit.Cur == infinity
}

// An output is what is going to be written, all at once and not before all of it is known.
type output struct {
	room []byte
	size int
	long bool // it did not fit
}

func (o *output) add(s string) {
	if len(s) > len(o.room)-o.size {
		o.long = true
		return
	}
	o.size += copy(o.room[o.size:], s)
}

func (o *output) addNumber(n uint64) {
	var digits [20]byte
	o.add(decimal(&digits, n))
}

// finish writes the output to the standard output and ends the process. It returns if nothing could be written.
func (o *output) finish() {
	if o.long {
		return
	}
	left := o.room[:o.size]
	if len(left) == 0 { // is nothing all right, too?
		if _, errno := write(1, left); errno != 0 {
			return
		}
	}
	for len(left) > 0 {
		n, errno := write(1, left)
		switch {
		case errno == 0 && n > 0 && n <= len(left):
			left = left[n:]
		case errno == unix.EINTR:
		case len(left) == o.size:
			return
		default:
			// It is too late for the rest of gons, which would begin anew.
			complain("gons: error: write /dev/stdout: ")
			complain(reason(errno))
			complain("\n")
			exit(1)
		}
	}
	exit(0)
}

// reason is the text of what keeps the rest of some output from being written.
func reason(errno errno) string {
	switch errno {
	case unix.ENOSPC:
		return "no space left on device"
	case unix.EDQUOT:
		return "disk quota exceeded"
	case unix.EPIPE:
		return "broken pipe"
	}
	return "input/output error"
}

// complain writes to the standard error output.
func complain(message string) {
	_, _ = write(2, unsafe.Slice(unsafe.StringData(message), len(message)))
}
