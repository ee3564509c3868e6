package nsfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gons/internal/mountinfo"
	"gons/internal/mountns"
	"gons/internal/mounts"
)

// A PrivateError says that a run directory is one that others use too, but that a name made in this mount namespace would work
// only here: they would see a stale file.
type PrivateError struct {
	Dir Dir
	PID int   // a process in whose mount namespace the name could be made; 0 if none can be seen
	Err error // why it could not be made there from here; nil if the names there do not arrive here
}

func (e *PrivateError) Error() string {
	text := fmt.Sprintf("use run directory %q: this mount namespace has a private copy of it, so nobody else could use the name", e.Dir)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the reason, if there is one.
func (e *PrivateError) Unwrap() error { return e.Err }

// An ElsewhereError says that an entry looks stale here although it is in use in another mount namespace. It is [ErrExist].
type ElsewhereError struct{ PID int } // a process there

func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("%v: it is in use in the mount namespace of process %d", ErrExist, e.PID)
}

// Unwrap returns ErrExist.
func (e *ElsewhereError) Unwrap() error { return ErrExist }

// A home is where the mounts of a run directory have to be made: in the mount namespace of process pid, with the directory at point.
type home struct {
	pid   int // 0: here
	point string
}

// findHome finds out where the names have to be mounted so that all who use the run directory can use them. That is
// here on nearly every call. In a mount namespace whose run directory is a slave of another one, as in gons exec, it is
// that other one: what is mounted there arrives here too. Where the directory is a copy that has no connection any more
// the error is a [PrivateError].
//
// A mount namespace with a run directory of its own, on a file system of its own or at another place, is left alone.
func (d Dir) findHome() (home, error) {
	if d.ordinary() {
		return home{}, nil
	}
	path, err := d.resolved()
	if err != nil {
		return home{}, err
	}
	s := search{path: path}
	var visited mountns.Survey
	private := 0
	for v := range visited.Ancestors() {
		if v.Own {
			s.start(&v)
			continue
		}
		switch there, how := s.relate(&v); {
		case how == isPeer && s.here.Master == 0:
			return home{}, nil
		case how == isOrigin:
			s.follow(v.PID, there)
		case how == isCopy:
			private = v.PID
		}
	}
	if err := visited.Err(); err != nil {
		return home{}, fmt.Errorf("use run directory %q: %w", d, err)
	}
	if private != 0 {
		return home{}, &PrivateError{Dir: d, PID: private}
	}
	if s.wanted == 0 {
		return s.found, nil
	}
	// The origin is not where an ancestor is: it can be anywhere.
	for v := range visited.All() {
		if there, how := s.relate(&v); how == isOrigin {
			if s.follow(v.PID, there); s.wanted == 0 {
				return s.found, nil
			}
		}
	}
	if err := visited.Err(); err != nil {
		return home{}, fmt.Errorf("use run directory %q: %w", d, err)
	}
	if s.found.pid != 0 || s.here.Point == path {
		return home{}, &PrivateError{Dir: d}
	}
	return home{}, nil
}

// A search follows the run directory from this mount namespace to the one that its mounts come from, which can be
// several steps away.
type search struct {
	path   string // of the run directory
	file   mountns.Location
	here   mountinfo.Mount // through which this mount namespace sees it
	wanted int             // the peer group that the last step is a slave of, 0 if it is none: then the search is over
	found  home            // where the last step led to
}

// start begins the search in the mount namespace of this process.
func (s *search) start(v *mountns.View) {
	s.file, s.here = v.Locate(s.path)
	s.wanted = s.here.Master
}

// follow goes to the mount namespace of a process, the run directory of which is the origin of the one before.
func (s *search) follow(pid int, there mountinfo.Mount) {
	s.found = home{pid, s.path} // no mount point yet
	if there.Root == s.file.Path {
		s.found.point = there.Point
	}
	s.wanted = there.Master // it can be somebody's slave itself
}

// How the run directory of another mount namespace and the one here are connected.
type relation int

const (
	isOther   relation = iota // it is another directory
	isPeer                    // what is mounted in one of them appears in the other
	isOrigin                  // what is mounted there appears here: it is of the group that is wanted
	isSibling                 // both are slaves of one group, as the outer gons exec of two
	isCopy                    // the same directory without a connection
)

// relate tells how the run directory that a process sees is connected to the last step of the search, and the mount
// through which the process sees it.
func (s *search) relate(v *mountns.View) (mountinfo.Mount, relation) {
	there, ok := s.sameDirectory(v)
	switch {
	case !ok:
		return there, isOther
	case there.Shared != 0 && there.Shared == s.here.Shared:
		return there, isPeer
	case s.wanted != 0 && there.Shared == s.wanted:
		return there, isOrigin
	case s.wanted != 0 && there.Master == s.wanted:
		return there, isSibling
	}
	return there, isCopy
}

// sameDirectory returns the mount through which a process sees the run directory: a mount of just that directory, preferably of
// the peer group that is wanted. Where it has not been mounted yet it counts only if it is the usual one, or if what is mounted
// there arrives here, for one and the same user namespace: any other can be somebody's own.
func (s *search) sameDirectory(v *mountns.View) (same mountinfo.Mount, ok bool) {
	for _, m := range v.Mounts() {
		if m.Dev != s.file.Dev || m.Root != s.file.Path {
			continue
		}
		same, ok = m, true
		if s.wanted != 0 && m.Shared == s.wanted {
			return m, true
		}
	}
	if ok {
		return same, true
	}
	there, m := v.Locate(s.path)
	isUsual := s.path == DefaultDir || s.path == "/run/netns"
	arrives := s.wanted != 0 && m.Shared == s.wanted
	return m, there == s.file && (isUsual || arrives && sharesUsers(v.PID))
}

// sharesUsers tells whether a process is in the user namespace of this one. It is not known of all processes.
func sharesUsers(pid int) bool {
	// /proc/self is safe here: all threads share the user namespace.
	own, err1 := os.Readlink("/proc/self/ns/user")
	other, err2 := os.Readlink(fmt.Sprintf("/proc/%d/ns/user", pid))
	return err1 == nil && err2 == nil && own == other
}

// ordinary tells, at the cost of a few system calls, whether the directory is where it is on a usual system: in the
// mount namespace of process 1, and no slave. False means that it takes a closer look.
func (d Dir) ordinary() bool {
	master, err := mounts.Master(string(d))
	if err != nil || master != 0 {
		return false
	}
	mine, err1 := os.Readlink("/proc/thread-self/ns/mnt")
	first, err2 := os.Readlink("/proc/1/ns/mnt")
	if err1 == nil && err2 == nil {
		return mine == first
	}
	mine, err1 = firstMount("thread-self")
	first, err2 = firstMount("1")
	return err1 == nil && err2 == nil && mine == first
}

// firstMount is the start of a process's mountinfo, with the id of its first mount.
func firstMount(process string) (string, error) {
	f, err := mountinfo.Open(process)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b [48]byte // short, as the kernel prepares no more lines than are asked for
	n, err := f.Read(b[:])
	return string(b[:n]), err
}

// errMoved is the reason when what looked like the run directory in another mount namespace is not.
var errMoved = errors.New("it changed meanwhile")

// resolved is the run directory without symlinks.
func (d Dir) resolved() (string, error) {
	path, err := filepath.EvalSymlinks(string(d))
	if err != nil {
		return "", fmt.Errorf("follow run directory %q: %w", d, err)
	}
	return path, nil
}

// mountedElsewhere returns a process in whose mount namespace something is mounted on the file of the entry name, though it
// looks plain here.
func (d Dir) mountedElsewhere(name string) (pid int, found bool, err error) {
	dir, err := d.resolved()
	if err != nil {
		return 0, false, err
	}
	file := filepath.Join(dir, name)
	on, err := mountns.MountedOn(file)
	pid, found = on[file]
	return pid, found, err
}
