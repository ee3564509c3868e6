package nsfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// openDir opens the directory anew, as another process would.
func openDir(t *testing.T, dir string) int {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestFlockWaits(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	var work sync.WaitGroup
	for range 30 {
		work.Go(func() {
			fd := openDir(t, dir)
			defer unix.Close(fd)
			if err := flock(fd, time.Minute); err != nil {
				t.Error(err)
			}
			if !mu.TryLock() {
				t.Error("two have the lock")
				return
			}
			time.Sleep(time.Millisecond)
			mu.Unlock()
		})
	}
	work.Wait()
}

func TestFlockGivesUp(t *testing.T) {
	dir := t.TempDir()
	holder := openDir(t, dir)
	if err := flock(holder, 0); err != nil {
		t.Fatal(err)
	}
	fd := openDir(t, dir)
	start := time.Now()
	if err := flock(fd, 50*time.Millisecond); !errors.Is(err, errLockTimeout) {
		t.Errorf("flock: %v, want errLockTimeout", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("giving up took %v", took)
	}
	// What was left waiting does not keep the lock when it gets it.
	_ = unix.Close(fd)
	_ = unix.Close(holder)
	next := openDir(t, dir)
	defer unix.Close(next)
	if err := flock(next, time.Minute); err != nil {
		t.Error(err)
	}
}

// While one waits for the lock, who has it makes the directory a mount of its own, with the first name in it. That is the name which
// is then deleted, and not the file below.
func TestLockDuringFirstUse(t *testing.T) {
	dir := Dir(filepath.Join(t.TempDir(), "netns"))
	first, err := dir.LockNew(func(err error) { t.Error("notice:", err) })
	if err != nil {
		t.Fatal(err)
	}
	waits, removed := make(chan struct{}), make(chan error)
	go func() {
		second, err := dir.openTrusted()
		close(waits)
		if err == nil {
			var l *Locked
			if l, err = dir.lock(second, func(err error) { t.Error("notice:", err) }); err == nil {
				err = l.Remove("lab")
				l.Close()
			}
		}
		removed <- err
	}()
	<-waits
	if err := first.prepare(home{}); err != nil {
		t.Fatal(err)
	}
	if err := first.Create("lab", nil); err != nil {
		t.Fatal(err)
	}
	first.Close()
	if err := <-removed; err != nil {
		t.Error(err)
	}
	if names, err := dir.Names(); err != nil || len(names) > 0 {
		t.Errorf("left are %v, %v", names, err)
	}
	if mounted, err := mounts.Unmount(string(dir)); !mounted || err != nil {
		t.Errorf("the directory is no mount: %v", err)
	}
}

// While one waits for the lock, the directory is removed and made anew: the lock of the old one says nothing about the new one.
func TestLockOfRemovedDirectory(t *testing.T) {
	dir := Dir(filepath.Join(t.TempDir(), "netns"))
	first, err := dir.LockNew(func(err error) { t.Error("notice:", err) })
	if err != nil {
		t.Fatal(err)
	}
	old, err := dir.openTrusted()
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, os.Remove(string(dir)), os.Mkdir(string(dir), 0o755))
	first.Close()
	if l, err := dir.lock(old, func(error) {}); !errors.Is(err, errMoved) {
		t.Errorf("the lock of the old directory: %v, %v, want errMoved", l, err)
	}
	// Removed again and again, it is locked in the end.
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !stop.Load() {
			_ = unix.Rmdir(string(dir))
			time.Sleep(time.Millisecond)
		}
	}()
	for range 200 {
		l, err := dir.LockNew(func(err error) { t.Error("notice:", err) })
		if err == nil {
			l.Close()
		} else if !errors.Is(err, errMoved) && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	stop.Store(true)
	<-ended
	l, err := dir.LockNew(func(err error) { t.Error("notice:", err) })
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// The umask neither decides about the directories nor changes, however many are made at once.
func TestMakeDirUmask(t *testing.T) {
	const umask = 0o077
	before := unix.Umask(umask)
	defer unix.Umask(before)
	parent := t.TempDir()
	var work sync.WaitGroup
	for i := range 50 {
		work.Go(func() {
			path := filepath.Join(parent, strconv.Itoa(i%5), strconv.Itoa(i))
			var st unix.Stat_t
			err := makeDir(path)
			if err == nil {
				err = unix.Stat(path, &st)
			}
			if err != nil || st.Mode&0o7777 != 0o755 {
				t.Errorf("%s: mode %#o, %v", path, st.Mode&0o7777, err)
			}
		})
	}
	work.Wait()
	if now := unix.Umask(umask); now != umask {
		t.Errorf("the umask is %#o, want %#o", now, umask)
	}
}
