package nsfile

import (
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

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
