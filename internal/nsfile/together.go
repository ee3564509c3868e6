package nsfile

import (
	"errors"
	"os"
	"time"

	"gons/internal/mounts"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// worthTogether is for how many names it takes less time to make a copy of the mount namespace than that saves.
const worthTogether = 64

// RemoveTogether is [Locked.Remove] for all the names, in a fraction of the time. It returns the errors by name, without those that are nil, and
// false if the names have to be removed one by one: they are few, or other things are mounted in the directory as well, or the kernel is older than
// Linux 6.8.
//
// First all namespaces are unmounted in one step, then the files are removed. A name that is made without the lock, by ip(8) or a container engine, in the
// last tenth of a millisecond before that step, loses its namespace too: that of ip(8) is removed as if it had been made before.
func (l *Locked) RemoveTogether(names []string) (errs map[string]error, ok bool) {
	var limit unix.Rlimit
	if len(names) < worthTogether || !l.held || l.relay != nil ||
		unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || uint64(len(names)) > limit.Cur/2 ||
		unix.Faccessat(l.at, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS) != nil {
		return nil, false
	}
	err := nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.OwnFiles(); err != nil {
			return err
		}
		unmount := l.prepareUnmount() // takes a while, in which another core can be used
		held, err := l.holdAll(names)
		defer held.close()
		if err := unmount(held.count(), err); err != nil {
			return err
		}
		errs = map[string]error{}
		for i, name := range names {
			if err := l.removeUnmounted(name, held.fds[i], held.mounted[i]); err != nil {
				errs[name] = &Error{Op: "delete", Name: name, Err: err}
				continue
			}
			l.forget(name)
		}
		return nil
	})
	if err != nil {
		return nil, false // whatever it is: one by one it will be told
	}
	l.removeUnmeant()
	return errs, true
}

// heldFiles keep what is mounted on names, or their files. The descriptors open nothing (O_PATH).
type heldFiles struct {
	fds     []int
	mounted []bool
}

// holdAll holds all the names, if nothing else is mounted in the directory.
func (l *Locked) holdAll(names []string) (held heldFiles, err error) {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if err := CheckName(name); err != nil {
			return held, err
		}
		if seen[name] {
			return held, ErrNotExist // by the time that it is its turn again
		}
		seen[name] = true
		fd, err := unix.Openat(l.at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return held, err
		}
		held.fds = append(held.fds, fd)
	}
	held.mounted, err = mounts.OnlyThese(string(l.dir), held.fds)
	return held, err
}

// count is how many of them are mounts.
func (h heldFiles) count() (n int) {
	for _, mounted := range h.mounted {
		if mounted {
			n++
		}
	}
	return n
}

func (h heldFiles) close() {
	for _, fd := range h.fds {
		_ = unix.Close(fd)
	}
}

// prepareUnmount begins to make the copy of the mount namespace that it takes to unmount all that is mounted in the directory. That is done when the
// result is called with the number of mounts, unless with an error, which is returned then.
func (l *Locked) prepareUnmount() func(int, error) error {
	count := 0
	goOn, done := make(chan error), make(chan error)
	go func() {
		done <- nsthread.Do(func(t *nsthread.Thread) error {
			err := t.NewMount()
			if other := <-goOn; other != nil {
				err = other
			}
			if err != nil {
				return err
			}
			return mounts.UnmountBelow(string(l.dir), count)
		})
	}()
	return func(n int, err error) error {
		count = n
		goOn <- err
		return <-done
	}
}

// removeUnmounted removes the file of a name. If that cannot be done what was mounted on it, of which fd is a descriptor, is put back.
func (l *Locked) removeUnmounted(name string, fd int, wasMounted bool) error {
	err := unix.Unlinkat(l.at, name, 0)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT):
		return l.remove(name) // it is mounted still, or again; it is none of those that can be removed
	case !wasMounted:
		return err
	}
	return l.putBack(name, Entry{NS: netns.NsHandle(fd)}, err)
}

// removeUnmeant removes the empty files of names that were made without the lock while all was unmounted, and that are not mounted
// in the time that this takes at most.
func (l *Locked) removeUnmeant() {
	entries, err := os.ReadDir(string(l.dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		for giveUp := time.Now().Add(creationTime); ; time.Sleep(time.Millisecond) {
			var st unix.Stat_t
			err := unix.Fstatat(l.at, e.Name(), &st, unix.AT_SYMLINK_NOFOLLOW)
			if err != nil || st.Mode != unix.S_IFREG || st.Size > 0 || time.Since(time.Unix(st.Mtim.Unix())) > 2*creationTime {
				break
			}
			if time.Now().After(giveUp) {
				_ = unix.Unlinkat(l.at, e.Name(), 0)
				break
			}
		}
	}
}
