package nsfile

import (
	"errors"
	"fmt"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// removeTries bounds how many mounts Remove takes off: those that are stacked, and those that somebody else puts there at the same time.
const removeTries = 1000

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
	var st unix.Stat_t
	if err := unix.Fstatat(l.at, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return ErrNotExist
		}
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return fmt.Errorf("%w: %w", ErrForeign, unix.EISDIR)
	}
	// The mounts have to go before the file can: find out first whether the file will.
	if err := unix.Faccessat(l.at, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("change run directory %q: %w", l.dir, err)
	}
	// Held open, the namespace can be put back.
	e, err := look(l.at, name)
	if err == nil && e.State == OK {
		defer e.NS.Close()
	}
	was := false
	for range removeTries {
		unmounted, err := l.unmount(name)
		was = was || unmounted
		if err == nil {
			err = unix.Unlinkat(l.at, name, 0)
		}
		switch {
		case errors.Is(err, unix.EBUSY) && unmounted: // there is more
			continue
		case err != nil && was:
			return l.putBack(name, e, err)
		}
		return err
	}
	return unix.EBUSY
}

// unmount takes the topmost mount off the entry name and reports whether there was one. umount2(2) takes nothing but a path, and
// follows all of it but the last element: here that is the way through /proc to the open directory, so that another one in its
// place is not touched. The last element can only be swapped by those who may remove the name themselves.
func (l *Locked) unmount(name string) (bool, error) {
	more, err := mounts.Unmount(fmt.Sprintf("/proc/thread-self/fd/%d/%s", l.at, name))
	if errors.Is(err, unix.ENOENT) && unix.Access("/proc/thread-self/fd", unix.F_OK) != nil {
		return mounts.Unmount(l.dir.Path(name))
	}
	var failed *mounts.Error
	if errors.As(err, &failed) {
		failed.Target = l.dir.Path(name)
	}
	return more, err
}

// putBack mounts the namespace again after its file could not be removed, and returns cause with what became of the entry.
func (l *Locked) putBack(name string, e Entry, cause error) error {
	if e.State != OK {
		return fmt.Errorf("%w; what was mounted on it is unmounted", cause)
	}
	file, err := openBeneath(l.at, name, unix.O_PATH, 0)
	if err == nil {
		defer unix.Close(file)
		err = bindOn(fmt.Sprintf("/proc/thread-self/fd/%d", int(e.NS)), file, l.dir.Path(name))
	}
	if err != nil {
		return fmt.Errorf("%w; the namespace is unmounted and could not be put back: %w", cause, err)
	}
	return cause
}
