package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gons/internal/mountns"

	"golang.org/x/sys/unix"
)

// Dead returns the entries that can be cleared without any loss, in name order: symlinks that lead to no namespace and plain
// files without content. Left out is what somebody may be about to make, and what is alive in another mount namespace
// that the caller can see: there the mount would go with the file.
func (d Dir) Dead() ([]Entry, error) { return d.dead(false) }

// dead is Dead; isLocked says that this process holds the lock.
func (d Dir) dead(isLocked bool) ([]Entry, error) {
	var dead []Entry
	var points []string
	err := d.List(func(entries []Entry) error {
		for _, e := range entries {
			isDead, err := d.abandoned(e, isLocked)
			if err != nil {
				return err
			}
			if !isDead {
				continue
			}
			point, err := realPath(d.Path(e.Name))
			if err != nil {
				return err
			}
			dead = append(dead, e)
			points = append(points, point)
		}
		return nil
	})
	if err != nil || len(dead) == 0 {
		return nil, err
	}
	alive, err := mountns.MountedOn(points...)
	if err != nil {
		return nil, err
	}
	result := dead[:0]
	for i, e := range dead {
		if alive[points[i]] == 0 {
			result = append(result, e)
		}
	}
	return result, nil
}

// abandoned tells whether the entry is dead and nobody can be at work on it.
func (d Dir) abandoned(e Entry, isLocked bool) (bool, error) {
	switch e.State {
	case Dangling:
		return true, nil
	case Stale:
	default:
		return false, nil
	}
	path := d.Path(e.Name)
	var st unix.Stat_t
	switch err := unix.Lstat(path, &st); {
	case errors.Is(err, unix.ENOENT): // gone by now
		return false, nil
	case err != nil:
		return false, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return isAbandoned(st, isLocked), nil
}

// isAbandoned is abandoned for a plain file.
func isAbandoned(st unix.Stat_t, isLocked bool) bool {
	return st.Mode&unix.S_IFMT == unix.S_IFREG && st.Size == 0 &&
		(isLocked && st.Mode&0o7777 == ownMode || time.Since(time.Unix(st.Ctim.Unix())) >= creationTime)
}

// Prune removes the entries that [Dir.Dead] finds and calls gone for each. It also clears what a crash left of
// symlinks and of records. The error has an [Error] for each entry that could not be removed.
func (l *Locked) Prune(gone func(Entry)) error {
	if !l.held {
		return fmt.Errorf("prune run directory %q: without the lock it is not safe", l.dir)
	}
	dead, err := l.dir.dead(true)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range dead {
		if err := l.clear(e); err != nil {
			errs = append(errs, &Error{Op: "prune", Name: e.Name, Err: err})
			continue
		}
		gone(e)
	}
	l.clearTemporaries()
	l.forgetGone()
	return errors.Join(errs...)
}

// clear removes one entry unless it has changed.
func (l *Locked) clear(e Entry) error {
	link, isLink, err := l.readlink(e.Name)
	changed := isLink != (e.Link != "") || link != e.Link
	if err == nil && !isLink && !changed {
		var st unix.Stat_t
		if err = unix.Fstatat(l.at, e.Name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			err = &fs.PathError{Op: "stat", Path: l.dir.Path(e.Name), Err: err}
		}
		changed = err == nil && !isAbandoned(st, true)
	}
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return err
	}
	if changed {
		return errors.New("it has changed in between")
	}
	if err := unix.Unlinkat(l.at, e.Name, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return &fs.PathError{Op: "remove file", Path: l.dir.Path(e.Name), Err: err}
	}
	return nil
}

// clearTemporaries removes symlinks that were never renamed. Nobody is at work on them while the lock is held.
func (l *Locked) clearTemporaries() {
	files, _ := os.ReadDir(string(l.dir))
	for _, f := range files {
		if isTemporary(f.Name()) && f.Type() == fs.ModeSymlink {
			_ = unix.Unlinkat(l.at, f.Name(), 0)
		}
	}
}

// realPath is where path leads to, as the kernel names it in mountinfo. A symlink to a missing file is followed as far
// as it goes; an error other than that is returned.
func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil || !leadsNowhere(err) {
		return real, err
	}
	link, err := os.Readlink(path)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT): // no symlink, or gone
		return path, nil
	case err != nil:
		return "", err
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(filepath.Dir(path), link)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(link))
	switch {
	case err == nil:
		return filepath.Join(dir, filepath.Base(link)), nil
	case leadsNowhere(err):
		return link, nil
	}
	return "", err
}

// leadsNowhere tells whether a path could not be followed because of what is there, or is not.
func leadsNowhere(err error) bool {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return true // a circle of symlinks
	}
	return slices.Contains([]unix.Errno{unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.EACCES, unix.ENAMETOOLONG}, errno)
}
