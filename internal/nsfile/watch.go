package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// rescanPause is the least time between two looks at all entries, which some changes of mounts call for: that of a
	// namespace whose name is kept, for instance.
	rescanPause = 200 * time.Millisecond
	// linkPause is the time between two looks when there are symlinks: nothing tells when what they lead to goes away.
	linkPause = time.Second
)

// An Event is an entry that became a network namespace or ceased to be one.
type Event struct {
	Time    time.Time
	Gone    bool
	Initial bool  // it was there when Watch began
	Entry   Entry // the handle is open during the call, unless it is gone
}

// A watcher is the state of Watch.
type watcher struct {
	dir     Dir
	visit   func(Event) error
	notify  *watch
	known   map[string]Entry // what has been reported and not yet gone
	pending map[string]bool  // files that are no namespace yet
	links   int              // how many of the known are symlinks
	initial bool
	rescan  bool      // all entries are to be looked at
	scanned time.Time // when that was done last
}

// Watch calls visit for each entry that is a network namespace, then for each that becomes one, which is when it can be used, and
// for each that goes. An entry that gets another
// namespace goes and comes. It is told about the directory too: it need not exist yet, and may be removed and made again.
//
// What is shorter than the look at it is not seen: a name that is made and deleted at once. Watch ends with nil as soon as one of
// the descriptors until has lost its other end, and otherwise with the error of visit or what watching failed with (ENOSPC,
// EMFILE: limits of inotify).
func (d Dir) Watch(until []int, visit func(Event) error) error {
	mounts, err := unix.Open("/proc/thread-self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: "/proc/thread-self/mountinfo", Err: err}
	}
	defer unix.Close(mounts)
	n, err := newWatch(string(d))
	if err != nil {
		return err
	}
	defer n.close()
	w := &watcher{dir: d, visit: visit, notify: n, known: map[string]Entry{}, pending: map[string]bool{}}
	w.initial = true
	if err := w.lookAtAll(); err != nil {
		return err
	}
	w.initial = false
	fds := []unix.PollFd{{Fd: int32(mounts), Events: unix.POLLPRI}, {Fd: int32(n.fd), Events: unix.POLLIN}}
	for _, fd := range until {
		fds = append(fds, unix.PollFd{Fd: int32(fd)}) // POLLERR and POLLHUP need no asking
	}
	for {
		_, err := unix.Poll(fds, w.timeout())
		if err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
		if err != nil {
			continue
		}
		if slices.ContainsFunc(fds[2:], func(p unix.PollFd) bool { return p.Revents != 0 }) {
			return nil
		}
		if err := w.step(fds[0].Revents != 0, fds[1].Revents != 0); err != nil {
			return err
		}
	}
}

// timeout is how long to wait for news, in milliseconds.
func (w *watcher) timeout() int {
	var pause time.Duration
	switch {
	case w.rescan:
		pause = rescanPause
	case w.links > 0:
		pause = linkPause
	default:
		return -1
	}
	return int(max(0, time.Until(w.scanned.Add(pause)))/time.Millisecond) + 1
}

// step takes up what has changed.
func (w *watcher) step(mounts, files bool) error {
	if files {
		changes, err := w.notify.read()
		if err != nil {
			return err
		}
		for _, c := range changes {
			switch {
			case c.everything:
				w.rescan, w.scanned = true, time.Time{}
			case c.gone:
				if err := w.gone(c.name); err != nil {
					return err
				}
			default:
				if err := w.lookAt(c.name); err != nil {
					return err
				}
			}
		}
	}
	if mounts {
		// Most likely it is what was waited for. It can also be about anything else, or about the directory.
		for name := range w.pending {
			if err := w.lookAt(name); err != nil {
				return err
			}
		}
		w.rescan = true
	}
	due := w.rescan && time.Since(w.scanned) >= rescanPause || w.links > 0 && time.Since(w.scanned) >= linkPause
	if due {
		return w.lookAtAll()
	}
	return nil
}

// lookAtAll compares all entries with what is known.
func (w *watcher) lookAtAll() error {
	if err := w.notify.follow(); err != nil {
		return err
	}
	w.rescan, w.scanned = false, time.Now()
	names, err := w.dir.Names()
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	lost := []string{}
	for name := range w.known {
		if !there[name] {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	for _, name := range lost {
		if err := w.gone(name); err != nil {
			return err
		}
	}
	for name := range w.pending {
		if !there[name] {
			delete(w.pending, name)
		}
	}
	for _, name := range names {
		if err := w.lookAt(name); err != nil {
			return err
		}
	}
	return nil
}

// lookAt compares one entry with what is known of it.
func (w *watcher) lookAt(name string) error {
	if isTemporary(name) {
		return nil // a symlink on its way
	}
	e, err := look(unix.AT_FDCWD, w.dir.Path(name))
	if err == nil {
		w.dir.expire(name, &e)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return w.gone(name)
	case err != nil:
		return &Error{Op: "open", Name: name, Err: err}
	case e.State != OK:
		if err := w.gone(name); err != nil {
			return err
		}
		w.pending[name] = true
		return nil
	}
	defer e.NS.Close()
	delete(w.pending, name)
	if old, ok := w.known[name]; ok {
		if old.Dev == e.Dev && old.Ino == e.Ino {
			return nil
		}
		if err := w.gone(name); err != nil {
			return err
		}
	}
	e.Name = name
	e.Link, _ = os.Readlink(w.dir.Path(name))
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

func watchError(path string, err error) error { return fmt.Errorf("watch %q: %w", path, err) }
