package nsfile

import (
	"errors"
	"fmt"
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
	// stepMost is how many changes are taken up at a time: what Watch is to end for may come meanwhile.
	stepMost = 1024
)

// An Event is an entry that became a network namespace or ceased to be one.
type Event struct {
	Time    time.Time
	Gone    bool
	Initial bool // it was there when Watch began
	// Entry has an open handle during the call, unless it is gone. One that was too short-lived to be looked at has none either, and
	// Ino is 0 unless it is known from another name that the file had.
	Entry Entry
}

// Watch calls visit for each entry that is a network namespace, then for each that becomes one, which is when it can be used, and
// for each that goes. An entry that gets another namespace goes and comes, as does one that another file is renamed to. Watch is told
// about the directory too: it need not exist yet, and may be removed and made again.
//
// Nothing is missed: of an entry that has gone before it could be looked at both is told, if it can have been a namespace. A file on
// which nothing was mounted is none, and the kernel tells which it was: since Linux 6.15, and if the caller may ask (CAP_SYS_ADMIN),
// only another mount that was as short and at the same time can make it look like one; otherwise, any change of mounts can. When more
// happens than the kernel keeps, all entries are looked at anew.
//
// Watch ends with nil as soon as one of the descriptors until has lost its other end, and otherwise with the error of visit or what
// watching failed with (ENOSPC, EMFILE: limits of inotify).
func (d Dir) Watch(until []int, visit func(Event) error) error {
	mounts, err := newMountWatch()
	if err != nil {
		return err
	}
	return d.watch(mounts, until, visit)
}

// watch is Watch with the news of mounts, which it closes.
func (d Dir) watch(mounts *mountWatch, until []int, visit func(Event) error) error {
	defer mounts.close()
	n, err := newWatch(string(d))
	if err != nil {
		return err
	}
	defer n.close()
	w := &watcher{
		dir: d, visit: visit, notify: n, mounts: mounts,
		known: map[string]Entry{}, pending: map[string]*pending{}, ahead: map[string]*ahead{},
	}
	w.initial = true
	if err := w.lookAtAll(); err != nil {
		return err
	}
	w.initial = false
	fds := []unix.PollFd{mounts.poll(), {Fd: int32(n.fd), Events: unix.POLLIN}}
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
		mounts.changed = mounts.changed || fds[0].Revents != 0
		if err := w.step(); err != nil {
			return err
		}
	}
}

// timeout is how long to wait for news, in milliseconds.
func (w *watcher) timeout() int {
	var pause time.Duration
	switch {
	case len(w.queue) > 0:
		return 0
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
func (w *watcher) step() error {
	if err := w.fetch(); err != nil {
		return err
	}
	if err := w.drain(); err != nil {
		return err
	}
	for range stepMost {
		if len(w.queue) == 0 {
			break
		}
		if err := w.next(); err != nil {
			return err
		}
	}
	if err := w.lookAtMounted(); err != nil {
		return err
	}
	due := w.rescan && time.Since(w.scanned) >= rescanPause || w.links > 0 && time.Since(w.scanned) >= linkPause
	if due {
		return w.lookAtAll()
	}
	return nil
}

func watchError(path string, err error) error { return fmt.Errorf("watch %q: %w", path, err) }
