package nsfile

import (
	"errors"
	"os"
	"strconv"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// State says what an entry is good for.
type State uint8

// The states of an entry. A symlink to anything but a plain file has the state of what it leads to.
const (
	OK       State = iota // a network namespace
	Stale                 // a plain file: the namespace went by a crash or a reboot, or its mount is not visible here
	Dangling              // a symlink that leads to nothing, or to a plain file: an engine leaves that for a while
	Foreign               // anything else: a directory, a FIFO, a namespace of another type
	Hidden                // not to be told: a symlink that the caller may not follow
)

func (s State) String() string {
	return [...]string{"ok", "stale", "dangling", "foreign", "hidden"}[s]
}

// err is what using an entry in this state fails with.
func (s State) err() error {
	return [...]error{nil, ErrStale, ErrDangling, ErrForeign, unix.EACCES}[s]
}

// An Entry is one name in the run directory.
type Entry struct {
	Name  string
	State State
	Link  string // where the symlink points to, empty if the entry is none
	// Dev and Ino identify the namespace if State is OK: two entries with the same pair are the same one.
	Dev, Ino uint64
	// NS is open while a function of this package says so, and None otherwise.
	NS netns.NsHandle
}

// look finds out what path is, following symlinks; a relative path starts at the directory at, as in openat(2). If it is a
// network namespace the handle in the entry is open. look never blocks, whatever path is, and never opens a device. The error is
// ENOENT if there is no such file, or says that looking failed (EMFILE).
func look(at int, path string) (Entry, error) {
	if h, err := handleOf(at, path); err == nil {
		if e, err := h.entry(); err == nil {
			return e, nil
		}
	}
	return lookByPath(at, path)
}

// lookByPath is look where the kernel has no handles of namespaces, and for all that is none.
func lookByPath(at int, path string) (Entry, error) {
	e := Entry{NS: netns.None()}
	// O_PATH opens nothing yet: what it is can be found out first, and nobody can put something else in its place after.
	file, err := unix.Openat(at, path, unix.O_PATH|unix.O_CLOEXEC, 0)
	for range lookTries {
		if !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ELOOP) && !errors.Is(err, unix.ENOTDIR) {
			break
		}
		var st unix.Stat_t
		if err := unix.Fstatat(at, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return e, err
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			e.State = Dangling
			return e, nil
		}
		// It has come to be between the two looks.
		file, err = unix.Openat(at, path, unix.O_PATH|unix.O_CLOEXEC, 0)
	}
	switch {
	case errors.Is(err, unix.EACCES):
		e.State = Hidden
		return e, nil
	case err != nil:
		return e, err
	}
	err = e.examine(file, at, path)
	if closeErr := unix.Close(file); err == nil && closeErr != nil {
		err = os.NewSyscallError("close", closeErr)
	}
	return e, err
}

// lookTries bounds how often look starts again when an entry comes and goes.
const lookTries = 10

// examine fills in what the file is, an O_PATH descriptor of path.
func (e *Entry) examine(file, at int, path string) error {
	var st unix.Stat_t
	if err := unix.Fstat(file, &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		e.State = Foreign
		return nil
	}
	var system unix.Statfs_t
	if err := unix.Fstatfs(file, &system); err != nil {
		return os.NewSyscallError("fstatfs", err)
	}
	if system.Type != unix.NSFS_MAGIC {
		return e.examinePlain(at, path)
	}
	ns, err := reopen(file, at, path, &st)
	if err != nil {
		return os.NewSyscallError("open", err)
	}
	kind, err := unix.IoctlRetInt(ns, unix.NS_GET_NSTYPE)
	if err != nil && !errors.Is(err, unix.ENOTTY) { // which says that it is no namespace
		_ = unix.Close(ns)
		return os.NewSyscallError("ioctl", err)
	}
	if err != nil || kind != unix.CLONE_NEWNET {
		e.State = Foreign
		return os.NewSyscallError("close", unix.Close(ns))
	}
	e.Dev, e.Ino, e.NS = st.Dev, st.Ino, netns.NsHandle(ns)
	return nil
}

// reopen opens for reading what the O_PATH descriptor file stands for, the namespace st at path.
func reopen(file, at int, path string, st *unix.Stat_t) (int, error) {
	ns, err := unix.Open("/proc/thread-self/fd/"+strconv.Itoa(file), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if !errors.Is(err, unix.ENOENT) {
		return ns, err
	}
	// There is no /proc: by path, and only if that is the same one still.
	ns, err = unix.Openat(at, path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return -1, err
	}
	var now unix.Stat_t
	if err = unix.Fstat(ns, &now); err == nil && (now.Dev != st.Dev || now.Ino != st.Ino) {
		err = unix.ESTALE
	}
	if err != nil {
		_ = unix.Close(ns)
		return -1, err
	}
	return ns, nil
}

// examinePlain is examine for what is, or leads to, a plain file.
func (e *Entry) examinePlain(at int, path string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(at, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return os.NewSyscallError("lstat", err)
	}
	e.State = Stale
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		e.State = Dangling
	}
	return nil
}
