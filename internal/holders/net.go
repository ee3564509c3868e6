package holders

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// inode returns the inode number of the network namespace that the link name below the directory dir leads to.
// readlinkat(2) costs half of what fstatat(2) does there, as no file has to be made.
func inode(dir int, name string) (uint64, error) {
	var buf [32]byte
	n, err := unix.Readlinkat(dir, name, buf[:])
	if err != nil {
		return 0, err
	}
	number, ok := strings.CutPrefix(string(buf[:n]), "net:[")
	ino, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("read link %q: unexpected content %q", name, buf[:n])
	}
	return ino, nil
}

// isGone tells whether err is what /proc has for a process that has ended.
func isGone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) }

// isHidden tells whether err means that the caller may not look. EPERM is from a /proc that is mounted with hidepid=1.
func isHidden(err error) bool { return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) }

// threads returns the threads of a process, the directory of which is name below dir, and that directory. Of a process with a single
// thread, which nearly all are, it returns none and no directory. The caller closes the directory.
func threads(dir int, name string) ([]int, *os.File, error) {
	var st unix.Stat_t
	// The number of links is two for the directory and one for each thread.
	if err := unix.Fstatat(dir, name+"/task", &st, 0); err != nil || st.Nlink == 3 {
		return nil, nil, err
	}
	fd, err := unix.Openat(dir, name+"/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	tasks := os.NewFile(uintptr(fd), "task")
	tids, err := numbers(tasks)
	if err != nil {
		_ = tasks.Close()
		return nil, nil, err
	}
	return tids, tasks, nil
}
