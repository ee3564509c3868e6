package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"gons/internal/mounts"
	"gons/internal/nsthread"
	"gons/internal/trust"

	"golang.org/x/sys/unix"
)

// lockWait bounds the wait for the lock. Any user who can read the directory can hold it for as long as he likes.
const lockWait = 5 * time.Second

// lockTries bounds how often a directory is locked that somebody else removes and makes anew.
const lockTries = 10

// A Locked is a run directory that this process alone may change, as long as everybody asks for the lock.
type Locked struct {
	dir  Dir
	fd   int // has the lock
	at   int // the directory, to look names up in: by its path it could be another one by now
	held bool
	warn func(error)

	relay     *relay // where entries are mounted; nil: here
	noSources bool   // there are no notes of where links come from

	mu     sync.Mutex // makes warn safe for concurrent use
	making map[string]bool
	made   *sync.Cond // signals a change of making, with mu
}

// Setup makes the directory if need be, locks it, and makes it a shared mount: here, or in the mount namespace that a copy
// in this one depends on, as in gons exec, so that all who use the directory can use the names. What is worth telling but no
// failure goes to warn, here and in the methods of the result; warn is never called twice at the same time. The caller calls Close.
//
// The error is a [PrivateError], a [DirError], a [trust.Error] if others than root and the caller can write to the directory, an errno or
// a [mounts.Error]; EPERM and EACCES mean that CAP_SYS_ADMIN, or the right to write there, is missing.
func (d Dir) Setup(warn func(error)) (*Locked, error) {
	for try := 1; ; try++ {
		l, err := d.setup(warn)
		var private *PrivateError
		vanished := errors.Is(err, fs.ErrNotExist) || errors.Is(err, errMoved)
		if !vanished || errors.As(err, &private) || try == lockTries {
			return l, err
		}
	}
}

// setup is Setup for a directory that nobody removes meanwhile.
func (d Dir) setup(warn func(error)) (*Locked, error) {
	if err := d.make(); err != nil {
		return nil, err
	}
	h, err := d.findHome() // before the lock is taken, as it can take a while
	if err != nil {
		return nil, err
	}
	l, err := d.Lock(warn)
	if err != nil {
		return nil, err
	}
	if err := l.prepare(h); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// prepare makes the directory ready for new entries, which are to be mounted at h.
func (l *Locked) prepare(h home) (err error) {
	if h.pid == 0 {
		if err := mounts.Share(string(l.dir)); err != nil {
			return err
		}
		return l.reopen()
	}
	if l.relay, err = newRelay(h, l.fd); err != nil {
		return &PrivateError{Dir: l.dir, PID: h.pid, Err: err}
	}
	return nil
}

// Lock locks a directory that exists, without preparing it for new entries; otherwise it is like [Dir.Setup].
func (d Dir) Lock(warn func(error)) (*Locked, error) {
	for try := 1; ; try++ {
		fd, err := d.openTrusted()
		if err != nil {
			return nil, err
		}
		l, err := d.lock(fd, warn)
		if !errors.Is(err, errMoved) || try == lockTries {
			return l, err
		}
	}
}

// lock waits for the lock of the open directory fd. The error is errMoved if that has been removed by then, and another one made.
func (d Dir) lock(fd int, warn func(error)) (*Locked, error) {
	l := &Locked{dir: d, fd: fd, at: fd, warn: warn, making: map[string]bool{}}
	l.made = sync.NewCond(&l.mu)
	if err := flock(fd, lockWait); err != nil {
		l.notify(fmt.Errorf("lock run directory %q: %w; going on without the lock", d, err))
	} else {
		l.held = true
	}
	if err := l.reopen(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// openTrusted opens the directory if nobody else can change it, nor put another one in its place.
func (d Dir) openTrusted() (int, error) {
	var other *trust.Error
	err := trust.Above(string(d))
	if errors.As(err, &other) {
		return -1, err
	}
	fd := -1
	if err == nil {
		fd, err = unix.Open(string(d), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return -1, d.readError(err)
	}
	if err := trust.Open(fd, string(d), true); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// reopen looks names up from now on in what is mounted on the directory. That can be more than when it was opened: gons and ip(8) make
// it a mount of its own before its first entry, while they have the lock.
func (l *Locked) reopen() error {
	var before, now unix.Statx_t
	const what = unix.STATX_MNT_ID | unix.STATX_INO // Linux 5.8
	err := errors.Join(unix.Statx(l.at, "", unix.AT_EMPTY_PATH, what, &before), unix.Statx(unix.AT_FDCWD, string(l.dir), 0, what, &now))
	if err == nil && before.Mask&now.Mask&what == what && before.Mnt_id == now.Mnt_id && before.Ino == now.Ino {
		return nil
	}
	at, err := unix.Open(string(l.dir), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return l.dir.readError(err)
	}
	if l.at != l.fd {
		_ = unix.Close(l.at)
	}
	l.at = at // and closed with the rest
	var locked, there unix.Stat_t
	if err := errors.Join(unix.Fstat(l.fd, &locked), unix.Fstat(at, &there)); err != nil {
		return fmt.Errorf("look at run directory %q: %w", l.dir, err)
	}
	if locked.Dev != there.Dev || locked.Ino != there.Ino {
		return fmt.Errorf("use run directory %q: %w", l.dir, errMoved)
	}
	return nil
}

// Close gives the lock back.
func (l *Locked) Close() {
	if l.at != l.fd {
		_ = unix.Close(l.at)
	}
	_ = unix.Close(l.fd)
	if l.relay != nil {
		l.relay.close()
	}
}

func (l *Locked) notify(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.warn(err)
}

// errLockTimeout is what flock gives up with.
var errLockTimeout = errors.New("another process has held it for too long")

// flock takes an exclusive flock(2) on fd. The kernel serves those who wait in the order in which they came, but knows no
// time limit; after wait, the goroutine that waits is left to itself, and lets go of the lock when it gets it.
func flock(fd int, wait time.Duration) error {
	err := error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return err
	}
	// The lock belongs to what both descriptors stand for, and ends with the last one that is closed.
	waiter, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		err := error(unix.EINTR)
		for errors.Is(err, unix.EINTR) {
			err = unix.Flock(waiter, unix.LOCK_EX)
		}
		_ = unix.Close(waiter)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(wait):
		return errLockTimeout
	}
}

// make makes the directory, unless somebody else could lead that astray.
func (d Dir) make() error {
	var other *trust.Error
	if err := trust.Above(string(d)); errors.As(err, &other) {
		return err
	}
	return makeDir(string(d))
}

// makeDir makes path and its missing parents, readable for everybody whatever the umask: a directory that only root can read
// looks empty to all others. The umask is set aside, as a chmod(2) afterwards can be too late: gons may be killed before. That
// happens on a thread of its own, because all others have it in common.
func makeDir(path string) error {
	if err := unix.Access(path, unix.F_OK); err == nil {
		return nil
	}
	return nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.OwnDir(); err != nil {
			return fmt.Errorf("make run directory %q: %w", path, err)
		}
		unix.Umask(0)
		return mkdirAll(path)
	})
}

func mkdirAll(path string) error {
	err := unix.Mkdir(path, 0o755)
	if errors.Is(err, unix.ENOENT) && path != "/" {
		if err := mkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		err = unix.Mkdir(path, 0o755)
	}
	if err == nil || errors.Is(err, unix.EEXIST) {
		return nil
	}
	return fmt.Errorf("make run directory %q: %w", path, err)
}
