package holders

import (
	"bytes"
	"errors"
	"os"
	"strconv"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Open returns a handle of the network namespace that the process or thread pid is in; the caller closes it. The namespace lasts as
// long as the handle, even if the process ends a moment later.
//
// The error is [ErrNoProcess], [ErrEnded] for a zombie, [ErrOtherPIDs], or an errno: EACCES where the caller may
// not inspect the process (ptrace(2)).
func Open(pid int) (netns.NsHandle, error) {
	proc, err := openProc()
	if err != nil {
		return netns.None(), err
	}
	defer proc.Close()
	// The directory is kept open, so that all that follows is about one and the same process.
	dir, err := openProcess(int(proc.Fd()), pid)
	if err != nil {
		return netns.None(), err
	}
	defer dir.Close()
	fd, err := openNet(int(dir.Fd()), "ns/net")
	if !isGone(err) {
		return fd, err
	}
	tids, tasks, err := threads(int(dir.Fd()), ".")
	if err != nil {
		return netns.None(), gone(err)
	}
	if tasks != nil {
		defer tasks.Close()
	}
	for _, tid := range tids {
		if fd, err := openNet(int(tasks.Fd()), strconv.Itoa(tid)+"/ns/net"); !isGone(err) {
			return fd, err
		}
	}
	if isZombie(int(dir.Fd())) {
		return netns.None(), ErrEnded
	}
	return netns.None(), ErrNoProcess
}

// openProcess opens the directory of a process or thread below that of /proc.
func openProcess(proc, pid int) (*os.File, error) {
	fd, err := unix.Openat(proc, strconv.Itoa(pid), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, gone(err)
	}
	return os.NewFile(uintptr(fd), strconv.Itoa(pid)), nil
}

func openNet(dir int, name string) (netns.NsHandle, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return netns.None(), err
	}
	return netns.NsHandle(fd), nil
}

// gone turns the errors of /proc for a process that has ended into [ErrNoProcess].
func gone(err error) error {
	if isGone(err) {
		return ErrNoProcess
	}
	return err
}

// isZombie tells whether the process with the directory dir is there, but only until its parent asks for its status.
func isZombie(dir int) bool {
	stat, err := readAt(dir, "stat")
	if err != nil {
		return false
	}
	// The name, in parentheses, is the process's own choice and can hold any byte.
	after := bytes.LastIndexByte(stat, ')') + 2
	return after < len(stat) && (stat[after] == 'Z' || stat[after] == 'X')
}

// readAt reads a file of /proc below the directory dir.
func readAt(dir int, name string) ([]byte, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var content []byte
	buf := make([]byte, 4096)
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, err
		case n == 0:
			return content, nil
		default:
			content = append(content, buf[:n]...)
		}
	}
}
