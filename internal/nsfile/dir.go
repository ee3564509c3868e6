package nsfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gons/internal/trust"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// DefaultDir is the run directory of ip-netns(8); /var/run is the same as /run on nearly every system.
const DefaultDir = "/var/run/netns"

// A Dir is a run directory, by its absolute path. It need not exist.
type Dir string

// Path is the file of the entry called name.
func (d Dir) Path(name string) string { return filepath.Join(string(d), name) }

// Open returns a handle of the namespace called name; the caller closes it. The error is an [Error]: [ErrName], [ErrNotExist],
// [ErrStale], [ErrDangling], [ErrForeign], a [trust.Error] if others could choose the namespace, or an errno such as EACCES. It is a
// [DirError] if the directory is none.
func (d Dir) Open(name string) (netns.NsHandle, error) {
	if err := CheckName(name); err != nil {
		return netns.None(), err
	}
	switch err := d.trust(name); {
	case errors.Is(err, unix.ENOTDIR):
		return netns.None(), d.readError(unix.ENOTDIR)
	case err != nil:
		return netns.None(), &Error{Op: "open", Name: name, Err: err}
	}
	ns, err := open(name, d.Path(name))
	switch {
	case errors.Is(err, unix.ENOTDIR):
		return ns, d.readError(unix.ENOTDIR) // of the entry it would be a dangling symlink
	case err != nil:
		return ns, err
	}
	if err := d.checkProcess(name); err != nil {
		_ = ns.Close()
		return netns.None(), &Error{Op: "open", Name: name, Err: err}
	}
	return ns, nil
}

// trust returns an error if others could choose what the name stands for, or if it stands for nothing yet.
func (d Dir) trust(name string) error {
	err := error(nil)
	if d != DefaultDir { // who can write to /, /var or /run has the machine, and gons exec has no time to lose
		err = trust.Above(string(d))
	}
	if err == nil {
		err = trust.Entry(string(d), name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotExist
	}
	return err
}

// OpenPath returns a handle of the network namespace that is bound to a file or that a symlink leads to, such as
// /proc/PID/ns/net; the caller closes it. Errors are as with [Dir.Open]; the name in them is the path.
func OpenPath(path string) (netns.NsHandle, error) { return open(path, path) }

func open(name, path string) (netns.NsHandle, error) {
	e, err := look(unix.AT_FDCWD, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = ErrNotExist
	case err == nil && e.State == Foreign:
		err = &foreignError{KindOf(path)}
	case err == nil:
		err = e.State.err()
	}
	if err != nil {
		return netns.None(), &Error{Op: "open", Name: name, Err: err}
	}
	return e.NS, nil
}

// Names returns the names of all entries in byte order, whatever they are. A directory that does not exist has none. The error
// is a [DirError].
func (d Dir) Names() ([]string, error) {
	entries, err := d.read()
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (d Dir) read() ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return isTemporary(e.Name()) }), d.readError(err)
}
