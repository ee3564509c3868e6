package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"gons/internal/mounts"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// A plain file younger than this may be the work of an ip(8) that is just about to mount the namespace on it, which it does
// without the lock. An older one was left behind.
const creationTime = 2 * time.Second

// ownMode are the permissions of the file of an entry that gons makes while it holds the lock; ip(8), and gons without the lock, use 0.
// Nobody else can be making an entry of gons while the lock is held, so a bare file of this mode was left behind, however
// young it is. On a file without permissions the sticky bit has no other meaning, and a mount hides it.
const ownMode = unix.S_ISVTX

// Create makes a new network namespace and the entry name for it. configure, if not nil, runs on a thread that
// is in the new namespace, before the entry can be seen to work; if it fails there will be no entry.
//
// A stale entry of that name is replaced, with a notice, unless it works in another mount namespace ([ElsewhereError]). The
// error is an [Error]: [ErrName], [ErrExist], or what the kernel
// refused (EPERM, EROFS, ENOSPC as told at [nsthread.Thread.NewNet]); on every error nothing is left behind.
func (l *Locked) Create(name string, configure func() error) error {
	return l.create(nsthread.Do, name, configure)
}

// CreateLast is Create for the main goroutine of a process that has nothing else to do with namespaces after it: it takes no other
// thread, and leaves the main thread in the new namespace.
func (l *Locked) CreateLast(name string, configure func() error) error {
	return l.create(nsthread.Final, name, configure)
}

// CreateMany calls fn with a Create that uses one thread for all of them, because starting one takes time. fn runs on that thread, which
// is in the last namespace that was made.
func (l *Locked) CreateMany(fn func(create func(name string, configure func() error) error)) {
	_ = nsthread.Do(func(t *nsthread.Thread) error {
		here := func(do func(*nsthread.Thread) error) error { return do(t) }
		fn(func(name string, configure func() error) error { return l.create(here, name, configure) })
		return nil
	})
}

func (l *Locked) create(do func(func(*nsthread.Thread) error) error, name string, configure func() error) error {
	if err := CheckNewName(name); err != nil {
		return err
	}
	err := do(func(t *nsthread.Thread) error {
		return l.pin(name, nsthread.NetPath, func() error {
			if err := t.NewNet(); err != nil {
				return fmt.Errorf("make a network namespace: %w", err)
			}
			if configure == nil {
				return nil
			}
			return configure()
		})
	})
	if err != nil {
		return &Error{Op: "add", Name: name, Err: err}
	}
	return nil
}

// pin makes the file of the entry, lets prepare provide the namespace at source, and bind mounts it: last, because the
// entry works from that moment on.
func (l *Locked) pin(name, source string, prepare func() error) error {
	l.begin(name)
	defer l.end(name)
	file, err := l.claim(name)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	err = prepare()
	if err == nil {
		err = l.bind(source, name, file)
	}
	if err != nil {
		return errors.Join(err, l.unclaim(name, file))
	}
	return nil
}

// bind mounts the namespace at source on the file of the entry name.
func (l *Locked) bind(source, name string, file int) error {
	if l.relay != nil {
		return l.relay.bind(source, name, file)
	}
	return bindOn(source, file, l.dir.Path(name))
}

// bindOn mounts source on the open file, which path says the name of. By path somebody else's file, or what his symlink
// leads to, could be hit.
func bindOn(source string, file int, path string) error {
	err := mounts.Bind(source, fmt.Sprintf("/proc/thread-self/fd/%d", file), 0)
	var failed *mounts.Error
	if errors.As(err, &failed) {
		failed.Target = path
	}
	return err
}

// begin waits until no other goroutine is making the entry name: they all have the lock.
func (l *Locked) begin(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.making[name] {
		l.made.Wait()
	}
	l.making[name] = true
}

func (l *Locked) end(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.making, name)
	l.made.Broadcast()
}

// claim creates the empty file of the entry name and returns a descriptor of it.
func (l *Locked) claim(name string) (int, error) {
	mode := uint32(0)
	if l.held {
		mode = ownMode
	}
	for {
		fd, err := openBeneath(l.at, name, unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL, mode)
		switch {
		case err == nil:
			return fd, nil
		case !errors.Is(err, unix.EEXIST):
			return 0, fmt.Errorf("create %q: %w", l.dir.Path(name), err)
		}
		if err := l.heal(name); err != nil {
			return 0, err
		}
	}
}

// heal removes the stale entry name. It returns nil when it makes sense to try again, and the reason why the name is
// taken otherwise.
func (l *Locked) heal(name string) error {
	giveUp := time.Now().Add(creationTime)
	for {
		e, err := look(l.at, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.State == OK {
			_ = e.NS.Close()
			return ErrExist
		}
		var st unix.Stat_t
		if err := unix.Fstatat(l.at, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return nil //nolint:nilerr // It went away between the two looks: try again.
		}
		switch {
		case e.State != Stale || st.Mode&unix.S_IFMT == unix.S_IFLNK:
			return taken(e.State.err())
		case st.Size > 0:
			return taken(errors.New("it is a plain file with content"))
		case !l.held:
			return taken(fmt.Errorf("%w, and without the lock it cannot be replaced safely", ErrStale))
		}
		isOwn := st.Mode&0o7777 == ownMode
		// A clock that was set back makes the file look younger than it is, so the wait has a limit of its own.
		born := time.Unix(st.Mtim.Unix())
		if !isOwn && time.Since(born) < creationTime && time.Now().Before(giveUp) {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		// What is mounted on it in another mount namespace goes with the file, a namespace that is in use there.
		switch pid, found, err := l.dir.mountedElsewhere(name); {
		case err != nil:
			return err
		case found:
			return &ElsewhereError{PID: pid}
		}
		if err := unix.Unlinkat(l.at, name, 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("remove %q: %w", l.dir.Path(name), err)
		}
		l.notify(fmt.Errorf("%q was stale, a plain file without a namespace; made anew", name))
		return nil
	}
}

// taken is ErrExist for a name that is taken by something other than a namespace.
func taken(by error) error { return fmt.Errorf("%w: %w", ErrExist, by) }

// unclaim removes the file of the entry name again, unless it is not the one that was claimed any more: somebody else may have deleted
// that and made his own. The open descriptor keeps the inode number from being used again.
func (l *Locked) unclaim(name string, file int) error {
	var ours, there unix.Stat_t
	err := unix.Fstat(file, &ours)
	if err == nil {
		err = unix.Fstatat(l.at, name, &there, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err == nil && ours.Dev == there.Dev && ours.Ino == there.Ino {
		err = unix.Unlinkat(l.at, name, 0)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove %q: %w", l.dir.Path(name), err)
	}
	return nil
}
