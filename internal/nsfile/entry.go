package nsfile

import (
	"errors"
	"os"

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
	// NS is open while a function of this package says so, and otherwise None.
	NS netns.NsHandle
}

// look finds out what path is, following symlinks; a relative path starts at the directory at, as in openat(2). If it is a
// network namespace the handle in the entry is open. look never blocks, whatever path is. The error is ENOENT if
// there is no such file, or says that looking failed (EMFILE).
func look(at int, path string) (Entry, error) {
	e := Entry{NS: netns.None()}
	var st unix.Stat_t
	err := unix.Fstatat(at, path, &st, 0)
	switch {
	case err == nil:
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
		if unix.Fstatat(at, path, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
			return e, err
		}
		e.State = Dangling
		return e, nil
	case errors.Is(err, unix.EACCES):
		e.State = Hidden
		return e, nil
	default:
		return e, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		e.State = Foreign
		return e, nil
	}
	// O_NONBLOCK: what was a regular file a moment ago can be a FIFO now.
	fd, err := unix.Openat(at, path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, unix.EACCES) {
		e.State = Hidden
		if st.Mode&0o444 == 0 { // a bare placeholder; the files of a namespace are 0444
			e.State = staleOf(at, path)
		}
		return e, nil
	}
	if err != nil {
		return e, err
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE) // ENOTTY: no namespace at all
	switch {
	case err == nil && kind == unix.CLONE_NEWNET:
		// Of what was opened, as it may have been mounted only after the look at the path.
		if err := unix.Fstat(fd, &st); err != nil {
			_ = unix.Close(fd)
			return e, err
		}
		e.Dev, e.Ino, e.NS = st.Dev, st.Ino, netns.NsHandle(fd)
		return e, nil
	case err == nil:
		e.State = Foreign
	default:
		e.State = staleOf(at, path)
	}
	return e, os.NewSyscallError("close", unix.Close(fd))
}

// staleOf is the state of an entry that is, or leads to, a plain file.
func staleOf(at int, path string) State {
	var st unix.Stat_t
	if unix.Fstatat(at, path, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return Dangling
	}
	return Stale
}
