package nsfile

import (
	"errors"
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

// A Listing says how entries are listed. The zero value lists all of them, one after another, without opening any.
type Listing struct {
	// Parts is how many parts are listed at the same time, fewer where there are few entries. Then visit is called from
	// several goroutines; the calls for one part come one after another. In the order of their numbers, from 0 on, the parts are
	// in name order.
	Parts int
	// Keep, if not nil, tells by the name which entries are looked at.
	Keep func(name string) bool
	// Open has the handle of each entry that is [OK] open while visit runs.
	Open bool
}

// List calls visit with all entries in name order, some at a time, until visit returns an error. No namespace is opened. An entry that
// goes away meanwhile is left out. A directory that does not exist has no entries; one that cannot be read is an error
// ([DirError]), as is a lack of descriptors (EMFILE).
func (d Dir) List(visit func([]Entry) error) error {
	return d.ListAs(Listing{}, func(_ int, entries []Entry) error { return visit(entries) })
}

// ListAs is [Dir.List] in another way. A part in which visit returns an error ends, the others go on.
func (d Dir) ListAs(how Listing, visit func(part int, entries []Entry) error) error {
	found, err := d.read()
	if err != nil {
		return err
	}
	if how.Keep != nil {
		found = slices.DeleteFunc(found, func(e fs.DirEntry) bool { return !how.Keep(e.Name()) })
	}
	return d.list(how, found, visit)
}

func (d Dir) list(how Listing, found []fs.DirEntry, visit func(part int, entries []Entry) error) error {
	if len(found) == 0 {
		return nil
	}
	// Looked up from here, an entry does not take the walk along the whole path.
	at, err := unix.Open(string(d), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return d.readError(err)
	}
	defer unix.Close(at)
	all := lister{dir: d, at: at, open: how.Open}
	parts := max(1, min(how.Parts, len(found)/worthPart))
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
	open bool         // as in Listing
	held atomic.Int64 // how many entries all parts have open or are looking at
}

// list lists one part.
func (l *lister) list(found []fs.DirEntry, visit func([]Entry) error) error {
	entries := make([]Entry, 0, min(len(found), openAtOnce))
	flush := func() error {
		err := visit(entries)
		for i := range entries {
			if l.open && entries[i].State == OK {
				if closeErr := entries[i].NS.Close(); closeErr != nil {
					err = errors.Join(err, &Error{Op: "close", Name: entries[i].Name, Err: closeErr})
				}
				l.held.Add(-1)
			}
		}
		entries = entries[:0]
		return err
	}
	for len(found) > 0 {
		e, err := l.look(found[0])
		if errors.Is(err, unix.EMFILE) && l.held.Load() > 0 {
			if !l.open || len(entries) == 0 {
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

// look looks at one entry. If it then is open it counts as held.
func (l *lister) look(of fs.DirEntry) (e Entry, err error) {
	l.held.Add(1)
	name := of.Name()
	if l.open {
		e, err = look(l.at, name)
	} else {
		e, err = glance(l.at, name)
	}
	if err == nil {
		e.Name = name
		if of.Type() == fs.ModeSymlink {
			e.Link, err = l.dir.readLink(name)
			if err == nil {
				err = l.dir.expire(name, &e)
			} else if e.State == OK && l.open {
				_ = e.NS.Close()
			}
		}
	}
	if err != nil || !l.open || e.State != OK {
		l.held.Add(-1)
	}
	return e, err
}

// readLink is where the symlink name leads to. It is "" when it is gone by now, or is no symlink any more.
func (d Dir) readLink(name string) (string, error) {
	link, err := os.Readlink(d.Path(name))
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINVAL) {
		return "", nil
	}
	return link, err
}
