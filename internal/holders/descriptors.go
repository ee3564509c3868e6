package holders

import (
	"strconv"

	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// A Descriptor is one of a process that keeps a network namespace alive, wherever the process itself is.
type Descriptor struct {
	PID, FD int
	NS      uint64 // inode number of the namespace
}

// Descriptors finds the descriptors of those network namespaces for which wanted returns true; it is called with the device and the
// inode number of every open file, from several goroutines. What the caller may not inspect is left out, as are sockets. The
// error is that of [Find].
func Descriptors(wanted func(dev, ino uint64) bool) ([]Descriptor, error) {
	proc, err := process.Open()
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	parts := make([][]Descriptor, process.Workers())
	err = proc.Each(func(worker, pid int) error {
		dir, err := unix.Openat(proc.Fd(), strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil
		}
		defer unix.Close(dir)
		fds, err := process.Numbers(dir)
		if err != nil {
			return nil
		}
		for _, fd := range fds {
			// Not to be held up by a file system that does not answer: only what is known already.
			var st unix.Statx_t
			err := unix.Statx(dir, strconv.Itoa(fd), unix.AT_STATX_DONT_SYNC, unix.STATX_INO, &st)
			if err == nil && wanted(unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino) {
				parts[worker] = append(parts[worker], Descriptor{pid, fd, st.Ino})
			}
		}
		return nil
	})
	var all []Descriptor
	for _, part := range parts {
		all = append(all, part...)
	}
	return all, err
}
