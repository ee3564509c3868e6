package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"gons/internal/process"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// ProcessOf is N for the path /proc/N/ns/net, and 0 for others.
func ProcessOf(path string) int {
	value, ok := strings.CutPrefix(path, "/proc/")
	value, isNet := strings.CutSuffix(value, "/ns/net")
	pid, err := strconv.ParseUint(value, 10, 31)
	if !ok || !isNet || err != nil || value[0] == '0' || value[0] == '+' {
		return 0
	}
	return int(pid)
}

// startOf returns when the process that the path is about was started, in clock ticks since the machine was; it is 0 for another
// path, and for a process that is not there. A number of a process is given to another one some time after its end, and only both
// together are one process for certain. The error is one of reading /proc.
func startOf(path string) (uint64, error) {
	pid := ProcessOf(path)
	if pid == 0 {
		return 0, nil
	}
	stat, err := process.StatOf(pid)
	if errors.Is(err, process.ErrNone) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
	}
	return stat.Start, nil
}

// An outlivedError is the reason for a symlink to a process the number of which now belongs to another one. It also is
// [ErrDangling].
type outlivedError struct{ pid int }

func (e *outlivedError) Error() string {
	return fmt.Sprintf("%v: process %d is no longer the one that it was made for", ErrDangling, e.pid)
}

func (e *outlivedError) Unwrap() error { return ErrDangling }

// checkProcess returns an outlivedError if the entry name is a symlink to a process that is not the one that it was made for. The namespace
// that it leads to is an alien one then, whoever it belongs to. Another error says that this could not be found out.
func (d Dir) checkProcess(name string) error {
	buf := make([]byte, len("/proc/2147483647/ns/net")+1)
	n, err := unix.Readlink(d.Path(name), buf)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
		return nil // no symlink: the usual case
	case err != nil:
		return &fs.PathError{Op: "readlink", Path: d.Path(name), Err: err}
	}
	link := string(buf[:n])
	pid := ProcessOf(link)
	if pid == 0 {
		return nil
	}
	src, ok, err := d.readSource(name)
	if err != nil || !ok || src.Link != link || src.Start == 0 {
		return err
	}
	start, err := startOf(link)
	if err == nil && start != src.Start {
		err = &outlivedError{pid}
	}
	return err
}

// expire makes an entry that is a network namespace dangling if [Dir.checkProcess] says so. After an error its handle is closed.
func (d Dir) expire(name string, e *Entry) error {
	if e.State != OK {
		return nil
	}
	err := d.checkProcess(name)
	if err == nil {
		return nil
	}
	_ = e.NS.Close()
	e.State, e.NS, e.Dev, e.Ino = Dangling, netns.None(), 0, 0
	if errors.Is(err, ErrDangling) {
		return nil
	}
	return err
}
