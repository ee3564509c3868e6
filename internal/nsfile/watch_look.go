package nsfile

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// lookAtAll compares all entries with what is known.
func (w *watcher) lookAtAll() error {
	if err := w.notify.follow(); err != nil {
		return err
	}
	w.mounts.follow(w.dir)
	w.rescan, w.scanned = false, time.Now()
	names, err := w.dir.Names()
	if err != nil {
		return err
	}
	// What has happened until then has the last word about its names, see lookAt.
	if err := w.fetch(); err != nil {
		return err
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	lost := []string{}
	for name := range w.known {
		if !there[name] && w.ahead[name] == nil {
			lost = append(lost, name)
		}
	}
	for name := range w.pending {
		if !there[name] && w.ahead[name] == nil {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	for _, name := range lost {
		if err := w.left(name); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := w.lookAt(name); err != nil {
			return err
		}
	}
	return nil
}

// lookAt compares one entry with what is known of it, unless there is more to be taken up about it: what is there now can be
// another one already.
func (w *watcher) lookAt(name string) error {
	if isTemporary(name) {
		return nil // a symlink on its way
	}
	e, err := look(unix.AT_FDCWD, w.dir.Path(name))
	if err == nil {
		err = w.dir.expire(name, &e)
	}
	if err == nil && e.State == OK {
		defer e.NS.Close()
		e.Link, _ = os.Readlink(w.dir.Path(name))
	}
	if err := w.fetch(); err != nil {
		return err
	}
	old, known := w.known[name]
	if about := w.ahead[name]; about != nil {
		// If all that has happened is that it has gone, then it was that one.
		if err != nil || e.State != OK || about.n > 1 || about.last.kind != went || known && old.Ino == 0 {
			return nil
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if known {
			return w.gone(name)
		}
		return nil // that will be told
	case err != nil:
		return &Error{Op: "open", Name: name, Err: err}
	case e.State != OK:
		return w.unusable(name, e.State)
	case known && old.Dev == e.Dev && old.Ino == e.Ino:
		delete(w.pending, name)
		return nil
	case known:
		if err := w.gone(name); err != nil {
			return err
		}
	}
	return w.add(name, e)
}

// unusable notes that an entry is there and is no namespace.
func (w *watcher) unusable(name string, s State) error {
	p := w.pending[name]
	if err := w.gone(name); err != nil {
		return err
	}
	if p == nil {
		p = &pending{}
	}
	p.plain = s == Stale
	p.looked = true
	w.pending[name] = p
	return nil
}

// add reports that an entry is a namespace.
func (w *watcher) add(name string, e Entry) error {
	delete(w.pending, name)
	e.Name = name
	if e.Ino == 0 {
		e.NS = netns.None()
	}
	if e.Link != "" {
		w.links++
	}
	w.known[name] = e
	return w.visit(Event{Time: time.Now(), Initial: w.initial, Entry: e})
}

// gone reports that an entry is no namespace any more, if it was one.
func (w *watcher) gone(name string) error {
	delete(w.pending, name)
	e, ok := w.known[name]
	if !ok {
		return nil
	}
	delete(w.known, name)
	if e.Link != "" {
		w.links--
	}
	return w.visit(Event{Time: time.Now(), Gone: true, Entry: e})
}
