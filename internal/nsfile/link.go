package nsfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strings"

	"gons/internal/mountns"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// temporaryPrefix starts the names of symlinks that are about to be renamed. They cannot be made elsewhere: the run
// directory is a mount of its own, and rename(2) does not cross mounts (EXDEV). They are no entries.
const temporaryPrefix = ".gons-"

// temporaryName is the same for an entry each time, so that the next attempt clears away what a crash has left of the last one.
func temporaryName(name string) string {
	hash := fnv.New64a()
	hash.Write([]byte(name)) // the name itself could be too long
	return fmt.Sprintf("%s%016x", temporaryPrefix, hash.Sum64())
}

func isTemporary(name string) bool { return strings.HasPrefix(name, temporaryPrefix) }

// A Change is what became of an entry.
type Change uint8

// The changes.
const (
	None    Change = iota // it was right already
	Made                  // it is new
	Renewed               // it led elsewhere, or nowhere, before
)

func (c Change) String() string { return [...]string{"unchanged", "attached", "renewed"}[c] }

// LockNew is [Dir.Lock] for a directory that is made if need be. It does not become a mount of its own, which symlinks do not
// need.
func (d Dir) LockNew(warn func(error)) (*Locked, error) {
	if err := d.make(); err != nil {
		return nil, err
	}
	return d.Lock(warn)
}

// Link gives the namespace ns, which src.Link leads to, the name, by a symlink. What is there already is replaced
// in one step, as by "ln -sfT", if it is
//   - a symlink that leads to ns too;
//   - a symlink that was made for the same container, or a dead one for another container of the same name, see [Source];
//   - with replace, any other symlink or a stale entry.
//
// The namespace under a name that is no symlink is never touched; if it is ns itself, all is well. src.Follow stays off for an
// entry that had it off. The error is an [Error]: [ErrName], [ErrExist], or what the kernel refused.
func (l *Locked) Link(name string, src Source, ns netns.NsHandle, replace bool) (Change, error) {
	err := CheckNewName(name)
	if err != nil {
		return None, err
	}
	l.begin(name)
	defer l.end(name)
	change, err := l.link(name, src, ns, replace)
	if err != nil {
		return None, &Error{Op: "attach", Name: name, Err: err}
	}
	return change, nil
}

func (l *Locked) link(name string, src Source, ns netns.NsHandle, replace bool) (Change, error) {
	var err error
	if src.Start, err = startOf(src.Link); err != nil {
		return None, err
	}
	if src.Start != 0 {
		// After that: had the process ended before, the start would be that of another one by now.
		if err := leadsTo(src.Link, ns); err != nil {
			return None, err
		}
	}
	path := l.dir.Path(name)
	old, hasOld, err := l.dir.readSource(name)
	if err != nil {
		return None, err
	}
	e, err := look(l.at, name)
	if errors.Is(err, fs.ErrNotExist) {
		l.note(name, src)
		err = unix.Symlinkat(src.Link, l.at, name)
		if err == nil {
			return Made, nil
		}
		l.forget(name)
		if !errors.Is(err, unix.EEXIST) {
			return None, linkError(path, err)
		}
		e, err = look(l.at, name) // made in between, by ip(8) or by hand
	}
	if err != nil {
		return None, err
	}
	if err := l.dir.expire(name, &e); err != nil {
		return None, err
	}
	same := false
	if e.State == OK {
		defer e.NS.Close()
		var st unix.Stat_t
		if err := unix.Fstat(int(ns), &st); err != nil {
			return None, err
		}
		same = st.Dev == e.Dev && st.Ino == e.Ino
	}
	link, isLink, err := l.readlink(name)
	if err != nil {
		return None, err
	}
	mine := isLink && hasOld && old.covers(src, link, e.State)
	src.Follow = src.Follow && (mine && old.Follow || !mine && !same)
	switch {
	case isLink && same && link == src.Link:
		if src != old {
			l.note(name, src)
		}
		return None, nil
	case isLink && (same || mine || replace):
	case same:
		return None, nil
	case !isLink && e.State == Stale && replace:
		if why := l.inUse(name); why != nil {
			return None, taken(why)
		}
	case e.State != OK:
		return None, taken(e.State.err())
	default:
		return None, ErrExist
	}
	l.note(name, src)
	temporary := temporaryName(name)
	_ = unix.Unlinkat(l.at, temporary, 0) // left by a crash
	if err := unix.Symlinkat(src.Link, l.at, temporary); err != nil {
		return None, linkError(l.dir.Path(temporary), err)
	}
	if err := unix.Renameat(l.at, temporary, l.at, name); err != nil {
		return None, errors.Join(linkError(path, err), unix.Unlinkat(l.at, temporary, 0))
	}
	return Renewed, nil
}

// readlink is the text of the entry name if that is a symlink. The error is ENOENT if there is no such file.
func (l *Locked) readlink(name string) (text string, isLink bool, err error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(l.at, name, buf)
	switch {
	case errors.Is(err, unix.EINVAL):
		return "", false, nil
	case err != nil:
		return "", false, &fs.PathError{Op: "readlink", Path: l.dir.Path(name), Err: err}
	}
	return string(buf[:n]), true, nil
}

// leadsTo tells whether path is the namespace ns.
func leadsTo(path string, ns netns.NsHandle) error {
	e, err := look(unix.AT_FDCWD, path)
	if err == nil {
		err = e.State.err()
	}
	if err != nil {
		return fmt.Errorf("open %q: %w", path, err)
	}
	defer e.NS.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(ns), &st); err != nil {
		return err
	}
	if st.Dev != e.Dev || st.Ino != e.Ino {
		return fmt.Errorf("%q is another namespace by now", path)
	}
	return nil
}

// note records before the link is made, so that whoever sees the link sees what it is for; until then the record is void.
func (l *Locked) note(name string, src Source) {
	if err := l.record(name, src); err != nil {
		l.notify(warnRecord(name, err))
	}
}

func linkError(path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: "make symlink", Path: path, Err: err}
}

// Pin is [Locked.Attach] that accepts a name that is ns already, and leaves it as it is.
func (l *Locked) Pin(name string, ns netns.NsHandle) (Change, error) {
	err := l.Attach(name, ns)
	switch {
	case err == nil:
		return Made, nil
	case errors.Is(err, ErrExist) && l.isPinned(name, ns):
		return None, nil
	}
	return None, err
}

// isPinned tells whether the entry is a mount of ns.
func (l *Locked) isPinned(name string, ns netns.NsHandle) bool {
	var a, b unix.Stat_t
	// Of a symlink that would be the symlink.
	err := errors.Join(unix.Fstatat(l.at, name, &a, unix.AT_SYMLINK_NOFOLLOW), unix.Fstat(int(ns), &b))
	return err == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// inUse says why a stale file cannot be removed, if so.
func (l *Locked) inUse(name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(l.at, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if st.Size > 0 {
		return errors.New("it is a plain file with content")
	}
	real, err := realPath(l.dir.Path(name))
	if err != nil {
		return err
	}
	on, err := mountns.MountedOn(real)
	if err == nil && len(on) > 0 {
		err = errors.New("a namespace is mounted on it in another mount namespace")
	}
	return err
}
