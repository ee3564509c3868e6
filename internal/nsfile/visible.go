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
	var found home
	var file mountns.Location
	var here mountinfo.Mount
	visited := mountns.Survey{}
	private, master := 0, 0
	for v := range visited.Ancestors() {
		if v.Own {
			file, here = v.Locate(path)
			master = here.Master
			continue
		}
		there, ok := sameDirectory(&v, file, path, master)
		switch isPeer := there.Shared != 0 && there.Shared == here.Shared; {
		case !ok:
		case isPeer && here.Master == 0:
			return home{}, nil
		case isPeer:
		case master != 0 && there.Shared == master:
			found = home{v.PID, there.pointOf(file, path)}
			master = there.Master // it can be somebody's slave itself
		case master != 0 && there.Master == master: // another slave, as the outer gons exec of two
		default:
			private = v.PID
		}
	}
	if private != 0 {
		return home{}, &PrivateError{Dir: d, PID: private}
	}
	if master == 0 {
		return found, nil
	}
	for v := range visited.All() {
		if there, ok := sameDirectory(&v, file, path, master); ok && there.Shared == master {
			found = home{v.PID, there.pointOf(file, path)}
			if master = there.Master; master == 0 {
				return found, nil
			}
		}
	}
	if found.pid != 0 || here.Point == path {
		return home{}, &PrivateError{Dir: d}
	}
	return home{}, nil
}

// A seenThrough is the mount through which a process sees the run directory.
type seenThrough struct{ mountinfo.Mount }

// pointOf is where that process has the run directory.
func (m seenThrough) pointOf(file mountns.Location, path string) string {
	if m.Root == file.Path {
		return m.Point
	}
	return path // no mount point yet
}

// sameDirectory returns the mount through which a process sees the run directory: a mount of just that directory,
// preferably of the peer group wanted, or, of the usual run directory, whatever is there.
func sameDirectory(v *mountns.View, file mountns.Location, path string, wanted int) (same seenThrough, ok bool) {
	for _, m := range v.Mounts {
		if m.Dev != file.Dev || m.Root != file.Path {
			continue
		}
		same, ok = seenThrough{m}, true
		if wanted != 0 && m.Shared == wanted {
			return seenThrough{m}, true
		}
	}
	if ok || path != DefaultDir && path != "/run/netns" {
		return same, ok
	}
	there, m := v.Locate(path)
	return seenThrough{m}, there == file
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
	f, err := os.Open("/proc/" + process + "/mountinfo")
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
func (d Dir) resolved() (string, error) { return filepath.EvalSymlinks(string(d)) }

// mountedElsewhere returns a process in whose mount namespace something is mounted on the file of the entry name, though it
// looks plain here.
func (d Dir) mountedElsewhere(name string) (pid int, found bool, err error) {
	dir, err := d.resolved()
	if err != nil {
		return 0, false, err
	}
	file := filepath.Join(dir, name)
	pid, found = mountns.MountedOn(file)[file]
	return pid, found, nil
}
