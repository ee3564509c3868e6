package nsfile

import (
	"errors"
	"fmt"
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
// [ErrStale], [ErrDangling], [ErrForeign], a [trust.Error] if others could choose the namespace, or an errno such as EACCES.
func (d Dir) Open(name string) (netns.NsHandle, error) {
	if err := CheckName(name); err != nil {
		return netns.None(), err
	}
	if err := trust.Entry(string(d), name); err != nil {
		return netns.None(), &Error{Op: "open", Name: name, Err: err}
	}
	ns, err := open(name, d.Path(name))
	if err != nil {
		return ns, err
	}
	if err := d.checkProcess(name); err != nil {
		_ = ns.Close()
		return netns.None(), &Error{Op: "open", Name: name, Err: err}
	}
	return ns, nil
}

// OpenPath returns a handle of the network namespace that is bound to a file or that a symlink leads to, such as
// /proc/PID/ns/net; the caller closes it. Errors are as with [Dir.Open]; the name in them is the path.
func OpenPath(path string) (netns.NsHandle, error) { return open(path, path) }

func open(name, path string) (netns.NsHandle, error) {
	e, err := look(unix.AT_FDCWD, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = ErrNotExist
	case err == nil:
		err = e.State.err()
	}
	if err != nil {
		return netns.None(), &Error{Op: "open", Name: name, Err: err}
	}
	return e.NS, nil
}

// Names returns the names of all entries in byte order, whatever they are. A directory that does not exist has none.
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
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return isTemporary(e.Name()) }), err
}

// openAtOnce is how many namespaces List holds open at a time.
const openAtOnce = 64

// List calls visit with all entries in name order, some at a time, until visit returns an error. The handle of each entry that is
// [OK] is open while visit runs. An entry that goes away meanwhile is left out. A directory that does not exist
// has no entries; one that cannot be read is an error (fs.PathError), as is a lack of descriptors (EMFILE).
func (d Dir) List(visit func([]Entry) error) error {
	return d.ListSome(func(string) bool { return true }, visit)
}

// ListSome is [Dir.List] for the entries the names of which keep accepts; the others are not looked at.
func (d Dir) ListSome(keep func(name string) bool, visit func([]Entry) error) error {
	found, err := d.read()
	found = slices.DeleteFunc(found, func(e fs.DirEntry) bool { return !keep(e.Name()) })
	if err != nil || len(found) == 0 {
		return err
	}
	// Looked up from here, an entry does not take the walk along the whole path.
	at, err := unix.Open(string(d), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open run directory %q: %w", d, err)
	}
	defer unix.Close(at)
	var entries []Entry
	flush := func() error {
		err := visit(entries)
		for i := range entries {
			if entries[i].State == OK {
				if closeErr := entries[i].NS.Close(); closeErr != nil {
					err = errors.Join(err, &Error{Op: "close", Name: entries[i].Name, Err: closeErr})
				}
			}
		}
		entries = entries[:0]
		return err
	}
	for len(found) > 0 {
		name := found[0].Name()
		e, err := look(at, name)
		if errors.Is(err, unix.EMFILE) && len(entries) > 0 {
			if err := flush(); err != nil {
				return err
			}
			continue
		}
		isLink := found[0].Type() == fs.ModeSymlink
		found = found[1:]
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return errors.Join(&Error{Op: "open", Name: name, Err: err}, flush())
		}
		e.Name = name
		if isLink {
			e.Link, _ = os.Readlink(d.Path(name)) // gone by now: then it is shown without
			d.expire(name, &e)
		}
		if entries = append(entries, e); len(entries) == openAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
