package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// openAtOnce is how many namespaces a part of a list holds open at a time.
	openAtOnce = 64
	// worthPart is for how many entries another thread saves more than it costs.
	worthPart = 128
)

// List calls visit with all entries in name order, some at a time, until visit returns an error. The handle of each entry that is
// [OK] is open while visit runs. An entry that goes away meanwhile is left out. A directory that does not exist
// has no entries; one that cannot be read is an error (fs.PathError), as is a lack of descriptors (EMFILE).
func (d Dir) List(visit func([]Entry) error) error {
	return d.ListSome(func(string) bool { return true }, visit)
}

// ListSome is [Dir.List] for the entries the names of which keep accepts; the others are not looked at.
func (d Dir) ListSome(keep func(name string) bool, visit func([]Entry) error) error {
	found, err := d.read()
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(e fs.DirEntry) bool { return !keep(e.Name()) })
	return d.listParts(1, found, func(_ int, entries []Entry) error { return visit(entries) })
}

// ListParts is [Dir.List] in so many parts, or fewer where there are few entries. The parts are listed at the same time, so visit is
// called from several goroutines; the calls for one part come one after another. In the order of their numbers, from 0 on, the parts
// are in name order. A part in which visit returns an error ends, the others go on.
func (d Dir) ListParts(parts int, visit func(part int, entries []Entry) error) error {
	found, err := d.read()
	if err != nil {
		return err
	}
	return d.listParts(parts, found, visit)
}

func (d Dir) listParts(parts int, found []fs.DirEntry, visit func(part int, entries []Entry) error) error {
	if len(found) == 0 {
		return nil
	}
	// Looked up from here, an entry does not take the walk along the whole path.
	at, err := unix.Open(string(d), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open run directory %q: %w", d, err)
	}
	defer unix.Close(at)
	all := lister{dir: d, at: at}
	parts = max(1, min(parts, len(found)/worthPart))
	share := (len(found) + parts - 1) / parts
	errs := make([]error, parts)
	list := func(part int) {
		own := found[min(part*share, len(found)):min((part+1)*share, len(found))]
		errs[part] = all.list(own, func(entries []Entry) error { return visit(part, entries) })
	}
	var others sync.WaitGroup
	for part := range parts - 1 {
		others.Go(func() { list(part) })
	}
	list(parts - 1)
	others.Wait()
	return errors.Join(errs...)
}

// A lister lists parts of a run directory.
type lister struct {
	dir  Dir
	at   int          // the directory
	open atomic.Int64 // how many namespaces all parts hold open
}

// list lists one part.
func (l *lister) list(found []fs.DirEntry, visit func([]Entry) error) error {
	entries := make([]Entry, 0, min(len(found), openAtOnce))
	flush := func() error {
		err := visit(entries)
		for i := range entries {
			if entries[i].State == OK {
				if closeErr := entries[i].NS.Close(); closeErr != nil {
					err = errors.Join(err, &Error{Op: "close", Name: entries[i].Name, Err: closeErr})
				}
				l.open.Add(-1)
			}
		}
		entries = entries[:0]
		return err
	}
	for len(found) > 0 {
		e, err := l.look(found[0])
		if errors.Is(err, unix.EMFILE) && l.open.Load() > 0 {
			if len(entries) == 0 {
				time.Sleep(100 * time.Microsecond) // until another part has closed some
				continue
			}
			if err := flush(); err != nil {
				return err
			}
			continue
		}
		name := found[0].Name()
		found = found[1:]
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return errors.Join(&Error{Op: "open", Name: name, Err: err}, flush())
		}
		if entries = append(entries, e); len(entries) == openAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// look looks at one entry.
func (l *lister) look(of fs.DirEntry) (Entry, error) {
	name := of.Name()
	e, err := look(l.at, name)
	if err != nil {
		return e, err
	}
	e.Name = name
	if of.Type() == fs.ModeSymlink {
		e.Link, _ = os.Readlink(l.dir.Path(name)) // gone by now: then it is shown without
		l.dir.expire(name, &e)
	}
	if e.State == OK {
		l.open.Add(1)
	}
	return e, nil
}
