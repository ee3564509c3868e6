package nsfile

import (
	"maps"
	"slices"
	"time"

	"github.com/vishvananda/netns"
)

const (
	// queueMost bounds what is read ahead; the kernel keeps some more.
	queueMost = 1 << 15
	// pendingTime is how long an empty file can be the beginning of an entry, for as much as nobody has seen the entry itself.
	pendingTime = 10 * time.Second
)

// A watcher is the state of Watch.
type watcher struct {
	dir     Dir
	visit   func(Event) error
	notify  *watch
	mounts  *mountWatch
	known   map[string]Entry    // what has been reported and not yet gone
	pending map[string]*pending // files that are no namespace yet
	links   int                 // how many of the known are symlinks
	initial bool
	rescan  bool      // all entries are to be looked at
	scanned time.Time // when that was done last

	queue []*change         // what is to be taken up yet
	ahead map[string]*ahead // what is in the queue about a name
	moved moved             // the file that has been renamed last

	brief   int             // how many mounts were seen that may have been on any file
	fetched int             // brief when the queue was filled last
	mounted map[string]bool // entries on which something has been mounted or unmounted
	others  bool            // something else has
}

// An ahead is what is in the queue about a name.
type ahead struct {
	n    int
	last *change
	came []*change
}

// A pending is a file that is no namespace, or has not been one when it was looked at.
type pending struct {
	born    time.Time // zero if it was there already
	since   int       // brief before that
	plain   bool      // an empty file, which becomes a namespace by a mount
	mounted bool      // which has happened
	looked  bool      // it was seen not to be one: a file that is not plain will not become one unnoticed
}

// A moved is what a file was before it got another name.
type moved struct {
	cookie  uint32
	entry   Entry // if known
	known   bool
	pending *pending
}

// fetch appends to the queue what has happened to files. What happened to mounts before that is counted from the last fetch on: a
// file is there before its mount, so the mount of a file that is news can have been seen since then at the earliest.
func (w *watcher) fetch() error {
	for len(w.queue) < queueMost {
		changes, err := w.notify.read()
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			break
		}
		now := time.Now()
		for i := range changes {
			changes[i].at, changes[i].since = now, w.fetched
			w.enqueue(&changes[i])
		}
	}
	w.fetched = w.brief
	return nil
}

// enqueue appends one change to the queue.
func (w *watcher) enqueue(c *change) {
	about := w.ahead[c.name]
	switch {
	case isTemporary(c.name):
		return // a symlink on its way
	case c.kind == opened:
		if about != nil && about.last.kind == came {
			about.last.plain = true
		} else if p := w.pending[c.name]; about == nil && p != nil {
			p.plain = true
		}
		return
	case c.kind != everything:
		if about == nil {
			about = &ahead{}
			w.ahead[c.name] = about
		}
		about.n++
		about.last = c
		if c.kind == came {
			about.came = append(about.came, c)
		}
	}
	w.queue = append(w.queue, c)
}

// next takes up the first change of the queue.
func (w *watcher) next() error {
	c := w.queue[0]
	w.queue[0] = nil
	w.queue = w.queue[1:]
	if c.kind == everything {
		w.rescan, w.scanned = true, time.Time{}
		return nil
	}
	if about := w.ahead[c.name]; about.n > 1 {
		about.n--
		if c.kind == came {
			about.came = about.came[1:]
		}
	} else {
		delete(w.ahead, c.name)
	}
	switch {
	case c.wd != w.notify.wd: // it is about a directory that was watched before
		return nil
	case c.kind == went:
		return w.went(c)
	}
	return w.came(c)
}

// came is told that a file has appeared.
func (w *watcher) came(c *change) error {
	if err := w.left(c.name); err != nil { // it has been replaced
		return err
	}
	if c.directory {
		return nil
	}
	p := &pending{born: c.at, since: c.since, plain: c.plain, mounted: c.mounted}
	from := w.moved
	isMoved := c.cookie != 0 && c.cookie == from.cookie
	if isMoved && from.pending != nil {
		p = from.pending
	}
	w.pending[c.name] = p
	if w.ahead[c.name] == nil {
		return w.lookAt(c.name)
	}
	if isMoved && from.known {
		return w.add(c.name, from.entry)
	}
	return w.missed(c.name)
}

// went is told that a file has disappeared.
func (w *watcher) went(c *change) error {
	err := w.missed(c.name)
	entry, known := w.known[c.name]
	entry.NS = netns.None()
	w.moved = moved{cookie: c.cookie, entry: entry, known: known, pending: w.pending[c.name]}
	if err != nil {
		return err
	}
	return w.gone(c.name)
}

// left is what becomes of an entry that is not there any more.
func (w *watcher) left(name string) error {
	if err := w.missed(name); err != nil {
		return err
	}
	return w.gone(name)
}

// missed reports an entry that has gone before it was seen as a namespace, if it can have been one.
func (w *watcher) missed(name string) error {
	p := w.pending[name]
	switch {
	case p == nil:
		return nil
	case p.plain:
		if err := w.drain(); err != nil {
			return err
		}
		if young := !p.born.IsZero() && time.Since(p.born) < pendingTime; !p.mounted && (!young || w.brief <= p.since) {
			return nil
		}
	case p.born.IsZero() || p.looked:
		return nil
	}
	return w.add(name, Entry{})
}

// drain takes note of what has happened to mounts.
func (w *watcher) drain() error {
	news, err := w.mounts.read()
	if err != nil {
		return err
	}
	if len(news.attached) > 0 {
		if err := w.fetch(); err != nil { // the files, at least
			return err
		}
	}
	w.brief += news.brief
	w.others = w.others || news.others
	w.rescan = w.rescan || news.rescan
	if news.everything {
		w.rescan, w.scanned = true, time.Time{}
	}
	for _, name := range news.attached {
		about, p := w.ahead[name], w.pending[name]
		if about != nil {
			// It was on the file that is there, or on one that is news yet.
			for _, c := range about.came {
				c.mounted = true
			}
		}
		if p != nil && (about == nil || !p.born.IsZero()) {
			p.mounted = true
		}
	}
	for _, name := range slices.Concat(news.attached, news.detached) {
		if w.mounted == nil {
			w.mounted = map[string]bool{}
		}
		w.mounted[name] = true
	}
	return nil
}

// lookAtMounted looks at the entries that mounts have changed.
func (w *watcher) lookAtMounted() error {
	names := slices.Sorted(maps.Keys(w.mounted))
	if w.others {
		// Which entry it was is unknown, or it is where symlinks lead to. Most likely it is one of those that are waited for.
		for name, p := range w.pending {
			if !p.plain || !w.mounts.precise() {
				names = append(names, name)
			}
		}
		w.rescan = w.rescan || w.links > 0
	}
	w.mounted, w.others = nil, false
	for _, name := range names {
		if err := w.lookAt(name); err != nil {
			return err
		}
	}
	return nil
}
