package nsfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

// Somebody swaps an entry between a namespace and other things all the time: Open never hangs, and what it returns is
// the namespace or an error.
func TestOpenWhileEntryIsSwapped(t *testing.T) {
	dir, run := newDir(t)
	if err := run.Create("lab", nil); err != nil {
		t.Fatal(err)
	}
	var want unix.Stat_t
	if err := unix.Stat(dir.Path("lab"), &want); err != nil {
		t.Fatal(err)
	}
	place := t.TempDir()
	fifo := filepath.Join(place, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	targets := []string{dir.Path("lab"), fifo, "/dev/zero", "/proc/self/ns/uts", place, "/proc/self/mounts", "nowhere", "swap"}
	var stop atomic.Bool
	swapped := make(chan error, 1)
	go func() {
		for i := 0; !stop.Load(); i++ {
			next := dir.Path("next") // on the same file system
			err := os.Symlink(targets[i%len(targets)], next)
			if err == nil {
				err = os.Rename(next, dir.Path("swap"))
			}
			if err != nil {
				swapped <- err
				return
			}
		}
		swapped <- os.Remove(dir.Path("swap"))
	}()
	good, bad := 0, 0
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		ns, err := dir.Open("swap")
		if err != nil {
			known := errors.Is(err, nsfile.ErrNotExist) || errors.Is(err, nsfile.ErrStale) || errors.Is(err, nsfile.ErrDangling) ||
				errors.Is(err, nsfile.ErrForeign)
			if !known {
				t.Errorf("Open: %v", err)
			}
			bad++
			continue
		}
		var got unix.Stat_t
		if err := unix.Fstat(int(ns), &got); err != nil || got.Ino != want.Ino || got.Dev != want.Dev {
			t.Errorf("opened namespace %d, want %d: %v", got.Ino, want.Ino, err)
		}
		ns.Close()
		good++
	}
	stop.Store(true)
	if err := <-swapped; err != nil {
		t.Error(err)
	}
	if good == 0 || bad == 0 {
		t.Errorf("opened %d times, refused %d times: nothing was tested", good, bad)
	}
}

// Looking at what is no namespace does not open it: opening a device can do something.
func TestNothingElseIsOpened(t *testing.T) {
	dir, _ := newDir(t)
	watch, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watch)
	names := []string{"file", "fifo"}
	if err := os.WriteFile(dir.Path("file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(dir.Path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, err := unix.InotifyAddWatch(watch, dir.Path(name), unix.IN_OPEN); err != nil {
			t.Fatal(err)
		}
	}
	if err := dir.List(func([]nsfile.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if ns, err := dir.Open(name); err == nil {
			t.Errorf("Open(%q) = %v", name, ns)
		}
	}
	buffer := make([]byte, 4096)
	if n, err := unix.Read(watch, buffer); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("something was opened: %d bytes of events, %v", n, err)
	}
	// The watch works.
	f, err := os.Open(dir.Path("file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := unix.Read(watch, buffer); n <= 0 {
		t.Errorf("no event for an open: %v", errors.Join(err, io.ErrUnexpectedEOF))
	}
}
