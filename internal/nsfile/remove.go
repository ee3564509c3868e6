package nsfile

import (
	"errors"
	"fmt"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// removeTries bounds how often Remove starts again when somebody else mounts on the entry at the same time.
const removeTries = 10

// Remove takes the entry name away, in whatever state it is: every mount that is stacked on it, then its file. A symlink
// is removed and what it points to is left alone. The namespace ends when nothing else holds it.
//
// The error is an [Error]: [ErrName], [ErrNotExist], EISDIR for a directory, EACCES, EPERM, EROFS, or EBUSY where the mount belongs to
// a more privileged user namespace. After an error the entry is as it was, unless the error says otherwise.
func (l *Locked) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := l.remove(name); err != nil {
		return &Error{Op: "delete", Name: name, Err: err}
	}
	l.forget(name)
	return nil
}

func (l *Locked) remove(name string) error {
	path := l.dir.Path(name)
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return ErrNotExist
		}
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return fmt.Errorf("%w: %w", ErrForeign, unix.EISDIR)
	}
	// The mounts have to go before the file can: find out first whether the file will.
	if err := unix.Faccessat(l.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("change run directory %q: %w", l.dir, err)
	}
	// Held open, the namespace can be put back.
	e, err := look(unix.AT_FDCWD, path)
	if err == nil && e.State == OK {
		defer e.NS.Close()
	}
	for range removeTries {
		unmounted, err := unmountAll(path)
		if err == nil {
			err = unix.Unlink(path)
		}
		if errors.Is(err, unix.EBUSY) && unmounted {
			continue // mounted upon again in between
		}
		if err != nil && unmounted {
			return l.putBack(path, e, err)
		}
		return err
	}
	return unix.EBUSY
}

// unmountAll takes off all mounts that are stacked on path and reports whether there were any.
func unmountAll(path string) (bool, error) {
	for n := 0; ; n++ {
		more, err := mounts.Unmount(path)
		if err != nil || !more {
			return n > 0, err
		}
	}
}

// putBack mounts the namespace again after its file could not be removed, and returns cause with what became of the entry.
func (l *Locked) putBack(path string, e Entry, cause error) error {
	if e.State != OK {
		return fmt.Errorf("%w; what was mounted on it is unmounted", cause)
	}
	if err := mounts.Bind(fmt.Sprintf("/proc/thread-self/fd/%d", int(e.NS)), path, 0); err != nil {
		return fmt.Errorf("%w; the namespace is unmounted and could not be put back: %w", cause, err)
	}
	return cause
}
