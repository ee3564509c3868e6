package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
			if (e.State == Stale || e.State == Dangling) && d.abandoned(e, isLocked) {
				dead = append(dead, e)
				points = append(points, realPath(d.Path(e.Name)))
			}
		}
		return nil
	})
	if err != nil || len(dead) == 0 {
		return nil, err
	}
	alive := mountns.MountedOn(points...)
	result := dead[:0]
	for i, e := range dead {
		if alive[points[i]] == 0 {
			result = append(result, e)
		}
	}
	return result, nil
}

// abandoned tells whether nobody can be at work on the entry.
func (d Dir) abandoned(e Entry, isLocked bool) bool {
	if e.State == Dangling {
		return true
	}
	var st unix.Stat_t
	return unix.Lstat(d.Path(e.Name), &st) == nil && isAbandoned(st, isLocked)
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
	link, isLink := l.readlink(e.Name)
	changed := isLink != (e.Link != "") || link != e.Link
	if !isLink && !changed {
		var st unix.Stat_t
		err := unix.Fstatat(l.at, e.Name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return &fs.PathError{Op: "stat", Path: l.dir.Path(e.Name), Err: err}
		}
		changed = err == nil && !isAbandoned(st, true)
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
// as it goes.
func realPath(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real
	}
	link, err := os.Readlink(path)
	if err != nil {
		return path
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(filepath.Dir(path), link)
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(link)); err == nil {
		return filepath.Join(dir, filepath.Base(link))
	}
	return link
}
