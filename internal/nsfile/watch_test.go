package nsfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A watched is a run directory that is watched in the background. Its entry "keep" is a namespace.
type watched struct {
	t    *testing.T
	dir  Dir
	told []Event
	// count is how many events there are in told, for those who wait.
	count   atomic.Int64
	precise bool
	hold    chan struct{} // Watch stands still until it is closed
	done    chan error
}

// eachMountWatch runs the test with all that can tell of mounts here.
func eachMountWatch(t *testing.T, test func(t *testing.T, w *watched)) {
	run := func(name string, news func() (*mountWatch, error)) {
		t.Run(name, func(t *testing.T) { test(t, startWatch(t, news)) })
	}
	run("mountinfo", newMountinfoWatch)
	best, err := newMountWatch()
	if err != nil {
		t.Fatal(err)
	}
	defer best.close()
	if best.precise() {
		run("fanotify", newMountWatch)
	}
}

func startWatch(t *testing.T, news func() (*mountWatch, error)) *watched {
	t.Helper()
	w := &watched{t: t, dir: Dir(filepath.Join(t.TempDir(), "run")), hold: make(chan struct{}), done: make(chan error, 1)}
	if err := os.Mkdir(string(w.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	w.add("keep")
	t.Cleanup(func() { w.remove("keep") })
	m, err := news()
	if err != nil {
		t.Fatal(err)
	}
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.precise = m.precise()
	ready := make(chan struct{})
	go func() {
		defer to.Close()
		w.done <- w.dir.watch(m, []int{int(to.Fd())}, func(e Event) error {
			switch e.Entry.Name {
			case "keep":
				close(ready)
			case "stop":
				<-w.hold
			case "last":
				from.Close() // which ends it
			default:
				var st unix.Stat_t
				if !e.Gone && e.Entry.NS.IsOpen() && (unix.Fstat(int(e.Entry.NS), &st) != nil || st.Ino != e.Entry.Ino) {
					t.Errorf("%s has a handle of something else", e.Entry.Name)
				}
				w.told = append(w.told, e)
				w.count.Add(1)
			}
			return nil
		})
	}()
	<-ready
	return w
}

// must ends the test if there is an error. It is for what has to be fast.
func (w *watched) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

func (w *watched) file(name string) {
	fd, err := unix.Open(w.dir.Path(name), unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0)
	w.must(err)
	w.must(unix.Close(fd))
}

func (w *watched) add(name string) {
	w.file(name)
	w.must(unix.Mount("/proc/thread-self/ns/net", w.dir.Path(name), "", unix.MS_BIND, ""))
}

func (w *watched) remove(name string) {
	w.must(unix.Unmount(w.dir.Path(name), unix.MNT_DETACH))
	w.must(unix.Unlink(w.dir.Path(name)))
}

func (w *watched) link(name string)   { w.must(unix.Symlink("keep", w.dir.Path(name))) }
func (w *watched) unlink(name string) { w.must(unix.Unlink(w.dir.Path(name))) }

// standStill lets Watch go on with what happens from now on after goOn only.
func (w *watched) standStill() { w.link("stop") }
func (w *watched) goOn()       { close(w.hold) }

// end waits until everything has been told, and returns the events as "+NAME" and "-NAME".
func (w *watched) end() []string {
	w.t.Helper()
	w.link("last")
	select {
	case err := <-w.done:
		w.must(err)
	case <-time.After(30 * time.Second):
		w.t.Fatal("the last event is missing")
	}
	var text []string
	for _, e := range w.told {
		if e.Gone {
			text = append(text, "-"+e.Entry.Name)
		} else {
			text = append(text, "+"+e.Entry.Name)
		}
	}
	return text
}

// wantPairs checks that each of the names has come and gone n times, in turns.
func wantPairs(t *testing.T, told []string, n int, names ...string) {
	t.Helper()
	count := map[string]int{}
	for i, event := range told {
		name := event[1:]
		if there := count[name]%2 == 1; there != (event[0] == '-') {
			t.Fatalf("event %d, %s, is not in turn", i, event)
		}
		count[name]++
	}
	for _, name := range names {
		if count[name] != 2*n {
			t.Errorf("%q: %d events, want %d", name, count[name], 2*n)
		}
		delete(count, name)
	}
	if len(count) > 0 {
		t.Errorf("names that never were: %v", count)
	}
}

const storm = 1000

// However short-lived names are, all of them are told.
func TestWatchMissesNothing(t *testing.T) {
	var many []string
	for i := range storm {
		many = append(many, fmt.Sprint("n", i))
	}
	for _, test := range []struct {
		what  string
		do    func(w *watched)
		n     int
		names []string
	}{
		{"the same name", func(w *watched) {
			for range storm {
				w.add("same")
				w.remove("same")
			}
		}, storm, []string{"same"}},
		{"different names", func(w *watched) {
			for _, name := range many {
				w.add(name)
				w.remove(name)
			}
		}, 1, many},
		{"many at once", func(w *watched) {
			for _, name := range many {
				w.add(name)
			}
			for _, name := range many {
				w.remove(name)
			}
		}, 1, many},
		{"symlinks", func(w *watched) {
			for range storm {
				w.link("link")
				w.unlink("link")
			}
		}, storm, []string{"link"}},
		{"renamed over", func(w *watched) {
			for range storm {
				w.link("from")
				w.must(unix.Rename(w.dir.Path("from"), w.dir.Path("to")))
			}
			w.unlink("to")
		}, storm, []string{"from", "to"}},
		{"two at a time", func(w *watched) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range storm {
					w.add("a")
					w.remove("a")
				}
			}()
			for range storm {
				w.add("b")
				w.remove("b")
			}
			<-done
		}, storm, []string{"a", "b"}},
		{"nobody looks", func(w *watched) {
			w.standStill()
			for range storm {
				w.add("a")
				w.remove("a")
				w.link("b")
				w.unlink("b")
			}
			w.goOn()
		}, storm, []string{"a", "b"}},
	} {
		t.Run(strings.ReplaceAll(test.what, " ", "-"), func(t *testing.T) {
			eachMountWatch(t, func(t *testing.T, w *watched) {
				test.do(w)
				wantPairs(t, w.end(), test.n, test.names...)
			})
		})
	}
}
