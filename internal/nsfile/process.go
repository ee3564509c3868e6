package nsfile

import (
	"fmt"
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
// together are one process for certain.
func startOf(path string) uint64 {
	pid := ProcessOf(path)
	if pid == 0 {
		return 0
	}
	stat, err := process.StatOf(pid)
	if err != nil {
		return 0
	}
	return stat.Start
}

// An outlivedError is the reason for a symlink to a process the number of which now belongs to another one. It also is
// [ErrDangling].
type outlivedError struct{ pid int }

func (e *outlivedError) Error() string {
	return fmt.Sprintf("%v: process %d is no longer the one that it was made for", ErrDangling, e.pid)
}

func (e *outlivedError) Unwrap() error { return ErrDangling }

// checkProcess returns an error if the entry name is a symlink to a process that is not the one that it was made for. The namespace
// that it leads to is an alien one then, whoever it belongs to.
func (d Dir) checkProcess(name string) error {
	buf := make([]byte, len("/proc/2147483647/ns/net")+1)
	n, err := unix.Readlink(d.Path(name), buf)
	if err != nil {
		return nil // no symlink: the usual case
	}
	link := string(buf[:n])
	if pid := ProcessOf(link); pid != 0 {
		src, ok := d.readSource(name)
		if ok && src.Link == link && src.Start != 0 && src.Start != startOf(link) {
			return &outlivedError{pid}
		}
	}
	return nil
}

// expire makes an entry that is a network namespace dangling if [Dir.checkProcess] says so.
func (d Dir) expire(name string, e *Entry) {
	if e.State != OK || d.checkProcess(name) == nil {
		return
	}
	_ = e.NS.Close()
	e.State, e.NS, e.Dev, e.Ino = Dangling, netns.None(), 0, 0
}
