package nsfile

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A link that could not be made leaves no note about it.
func TestLinkFailsWithoutTrace(t *testing.T) {
	l := lockedDir(t)
	ns, err := OpenPath("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	tooLong := "/" + strings.Repeat("x", unix.PathMax)
	if _, err := l.Link("web", Source{Link: tooLong, Engine: "docker"}, ns, false); !errors.Is(err, unix.ENAMETOOLONG) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Lstat(l.dir.sources()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of notes is left: %v", err)
	}
}

// A note that could not be written to its end leaves no part of it.
func TestNoteFailsWithoutTrace(t *testing.T) {
	l := lockedDir(t)
	notes := l.dir.sources()
	if err := os.Mkdir(notes, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", notes, "tmpfs", 0, "mode=0755,size=4k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(notes, 0); err != nil {
			t.Error(err)
		}
	})
	// More than a page, of which there is one.
	err := l.record("web", Source{Link: "/proc/self/ns/net", Container: strings.Repeat("x", 2*os.Getpagesize())})
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
	if files, err := os.ReadDir(notes); err != nil || len(files) > 0 {
		t.Errorf("there is %v, %v", files, err)
	}
}
