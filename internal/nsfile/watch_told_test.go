package nsfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What never was a namespace is not told, as an add that fails.
func TestWatchTellsNoPlainFiles(t *testing.T) {
	eachMountWatch(t, func(t *testing.T, w *watched) {
		w.file("stale")
		for i := range storm {
			w.file("failed")
			w.unlink("failed")
			name := fmt.Sprint("other", i)
			w.must(unix.Mkdir(w.dir.Path(name), 0))
			w.must(unix.Rmdir(w.dir.Path(name)))
			w.file(name)
			w.must(unix.Rename(w.dir.Path(name), w.dir.Path("to")))
			w.unlink("to")
		}
		w.unlink("stale")
		if told := w.end(); len(told) > 0 {
			t.Errorf("told: %q", told)
		}
	})
}

// The namespace of what could not be looked at is unknown, that of the others is told.
func TestWatchKnowsWhatItSaw(t *testing.T) {
	eachMountWatch(t, func(t *testing.T, w *watched) {
		w.add("seen")
		for deadline := time.Now().Add(10 * time.Second); w.count.Load() == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("it was not told")
			}
		}
		w.standStill()
		w.remove("seen")
		w.add("unseen")
		w.remove("unseen")
		w.add("seen")
		w.goOn()
		told := w.end()
		w.remove("seen")
		if want := []string{"+seen", "-seen", "+unseen", "-unseen", "+seen"}; !slices.Equal(told, want) {
			t.Fatalf("told %q, want %q", told, want)
		}
		for i, e := range w.told {
			seen := e.Entry.Name == "seen"
			if known := e.Entry.Ino != 0; known != seen {
				t.Errorf("%s is namespace %d", told[i], e.Entry.Ino)
			}
			if open := e.Entry.NS.IsOpen(); !e.Gone && open != seen {
				t.Errorf("%s: there is a handle: %t", told[i], open)
			}
		}
	})
}

// With a mount that is there for long, a failed add beside it does not look like one that was short, where mounts are told one by one.
func TestWatchTellsMountsApart(t *testing.T) {
	eachMountWatch(t, func(t *testing.T, w *watched) {
		w.standStill()
		elsewhere := t.TempDir()
		w.must(unix.Mount("none", elsewhere, "tmpfs", 0, ""))
		w.file("failed")
		w.unlink("failed")
		w.add("works")
		w.goOn()
		told := w.end()
		w.must(unix.Unmount(elsewhere, 0))
		w.remove("works")
		want := []string{"+works"}
		if !w.precise {
			want = []string{"+failed", "-failed", "+works"}
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

// Mounts are told apart by where they are.
func TestMountWatch(t *testing.T) {
	news, err := newMountWatch()
	if err != nil {
		t.Fatal(err)
	}
	defer news.close()
	dir := t.TempDir()
	news.follow(Dir(dir))
	name := "line\nfeed \\"
	target := filepath.Join(dir, name)
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		do   func() error
		want mountNews
	}{
		{func() error { return unix.Mount("/proc/thread-self/ns/net", target, "", unix.MS_BIND, "") }, mountNews{attached: []string{name}}},
		{func() error { return unix.Unmount(target, unix.MNT_DETACH) }, mountNews{detached: []string{name}, others: true}},
		{func() error { return unix.Mount("none", dir, "tmpfs", 0, "") }, mountNews{everything: true}},
		{func() error { return unix.Unmount(dir, unix.MNT_DETACH) }, mountNews{rescan: true, others: true}},
		{func() error {
			return errors.Join(unix.Mount("none", dir, "tmpfs", 0, ""), unix.Unmount(dir, unix.MNT_DETACH))
		}, mountNews{brief: 1, others: true}},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		got, err := news.read()
		if err != nil {
			t.Fatal(err)
		}
		want := step.want
		if !news.precise() {
			want = mountNews{brief: 1, others: true, rescan: true}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if len(news.points) > 0 {
		t.Errorf("remembered for ever: %v", news.points)
	}
}
