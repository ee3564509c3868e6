package holders

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unsafe"

	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// Why a process cannot be asked for its namespace, beside errnos such as EACCES.
var (
	ErrNoProcess = process.ErrNone
	ErrEnded     = errors.New("it has ended and waits for its parent, it is in no namespace any more")
	ErrOtherPIDs = process.ErrOtherPIDs
)

// A reader tells the namespaces of processes. One pass asks for thousands, which is why it keeps its buffers.
type reader struct {
	path [32]byte
	link [32]byte
}

// netOf returns the inode number of the network namespace of a process or thread, the directory of which is in the directory
// dir.
func (r *reader) netOf(dir, id int) (uint64, error) {
	return r.net(dir, append(strconv.AppendInt(r.path[:0], int64(id), 10), "/ns/net\x00"...))
}

// net returns the inode number of the network namespace that the link at path, which a zero byte ends, leads to.
//
// Four fifths of the time go into finding the link. To read its text with readlinkat(2) takes as long as fstatat(2) takes to follow it if
// the namespace has a name, or somebody else keeps it open. Otherwise all of it takes 0.7 of the time, as the kernel need not make an
// inode and take it apart again (Linux 6.18).
func (r *reader) net(dir int, path []byte) (uint64, error) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])),
		uintptr(unsafe.Pointer(&r.link[0])), uintptr(len(r.link)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	text := r.link[:n]
	var ino uint64
	number, ok := bytes.CutPrefix(text, []byte("net:["))
	for i, c := range number {
		switch {
		case c >= '0' && c <= '9':
			ino = 10*ino + uint64(c-'0')
		case c == ']' && i > 0 && i == len(number)-1 && ok:
			return ino, nil
		default:
			ok = false
		}
	}
	return 0, fmt.Errorf("read the link %q: unexpected content %q", path[:len(path)-1], text)
}

// isHidden tells whether err means that the caller may not look. EPERM is from a /proc that is mounted with hidepid=1.
func isHidden(err error) bool { return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) }

// threads returns the threads of a process, the directory of which is name below dir, and the descriptor of the directory of those.
// Of a process with a single thread, which nearly all are, it returns none and -1. The caller closes the descriptor.
func threads(dir int, name string) ([]int, int, error) {
	var st unix.Stat_t
	// The number of links is two for the directory and one for each thread.
	if err := unix.Fstatat(dir, name+"/task", &st, 0); err != nil || st.Nlink == 3 {
		return nil, -1, err
	}
	tasks, err := unix.Openat(dir, name+"/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, -1, err
	}
	tids, err := process.Numbers(tasks)
	if err != nil {
		_ = unix.Close(tasks)
		return nil, -1, err
	}
	return tids, tasks, nil
}
