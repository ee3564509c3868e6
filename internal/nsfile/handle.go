package nsfile

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const (
	nsfsHandle     = 0xf1   // FILEID_NSFS (linux/exportfs.h): the type of file handles of nsfs
	nsfsHandleSize = 16     // struct nsfs_file_handle (linux/nsfs.h)
	nsfsRoot       = -10003 // FD_NSFS_ROOT (linux/fcntl.h): in place of a descriptor, the file system that the handle is of
)

// A nsHandle is the file handle of a namespace. The kernel tells it without opening anything, and it says what kind the namespace is.
type nsHandle struct {
	unix.FileHandle
	kind uint32 // CLONE_NEWNET for a network namespace
	ino  uint32
}

// handleOf returns the handle of the namespace that path is, following symlinks; a relative path starts at the directory at. The error
// says that path is no namespace, that the kernel is older than 6.18, or that a filter of system calls does not let it tell:
// then it takes a longer look.
func handleOf(at int, path string) (nsHandle, error) {
	h, _, err := unix.NameToHandleAt(at, path, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return nsHandle{}, err
	}
	if h.Type() != nsfsHandle || h.Size() < nsfsHandleSize {
		return nsHandle{}, errNoHandle
	}
	b := h.Bytes()
	return nsHandle{h, binary.NativeEndian.Uint32(b[8:]), binary.NativeEndian.Uint32(b[12:])}, nil
}

var errNoHandle = errors.New("no namespace")

// open opens the namespace. However often the path that the handle is of has changed since, it is this one. The error is ESTALE
// if it is gone, and if the caller is neither in it nor has CAP_SYS_ADMIN over it: it can be opened by a path even so.
func (h nsHandle) open() (int, error) {
	return unix.OpenByHandleAt(nsfsRoot, h.FileHandle, unix.O_RDONLY|unix.O_CLOEXEC)
}

// entry is what an entry with the handle is, opened. The error is that of open.
func (h nsHandle) entry() (Entry, error) {
	if h.kind != unix.CLONE_NEWNET {
		return Entry{State: Foreign, NS: netns.None()}, nil
	}
	fd, err := h.open()
	if err != nil {
		return Entry{}, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return Entry{}, err
	}
	return Entry{State: OK, Dev: st.Dev, Ino: st.Ino, NS: netns.NsHandle(fd)}, nil
}

// glance is look, but opens nothing: NS is None.
func glance(at int, path string) (Entry, error) {
	if h, err := handleOf(at, path); err == nil && h.kind == unix.CLONE_NEWNET {
		if dev, err := nsfsDevice(); err == nil {
			return Entry{State: OK, Dev: dev, Ino: uint64(h.ino), NS: netns.None()}, nil
		}
	}
	e, err := look(at, path)
	if err == nil && e.State == OK {
		err = os.NewSyscallError("close", e.NS.Close()) // sets it to None
	}
	return e, err
}

// nsfsDevice is the device number of all namespaces.
var nsfsDevice = sync.OnceValues(func() (uint64, error) {
	var st unix.Stat_t
	err := unix.Stat("/proc/thread-self/ns/net", &st)
	return st.Dev, err
})
