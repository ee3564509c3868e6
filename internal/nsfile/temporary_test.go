package nsfile

import (
	"os"
	"slices"
	"testing"
)

// What is on its way to be renamed is nothing that anybody is told about.
func TestTemporariesAreInvisible(t *testing.T) {
	l := lockedDir(t)
	ns, err := OpenPath("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	var seen []string
	ready, done := make(chan struct{}), make(chan error)
	go func() {
		done <- l.dir.Watch([]int{int(to.Fd())}, func(e Event) error {
			seen = append(seen, e.Entry.Name)
			switch e.Entry.Name {
			case "first":
				close(ready)
			case "last":
				return from.Close() // which ends it
			}
			return nil
		})
	}()
	symlinks := func(names ...string) {
		for _, name := range names {
			if err := os.Symlink("/proc/self/ns/net", l.dir.Path(name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	symlinks(temporaryPrefix+"before", "first")
	select {
	case <-ready:
	case err := <-done:
		t.Fatalf("watching ended: %v", err)
	}
	symlinks(temporaryPrefix+"later", "last")
	if err := <-done; err != nil {
		t.Error(err)
	}
	to.Close()
	want := []string{"first", "last"}
	if !slices.Equal(seen, want) {
		t.Errorf("told about %q, want %q", seen, want)
	}
	if names, err := l.dir.NamesOf(ns); err != nil || !slices.Equal(names, want) {
		t.Errorf("the namespace has the names %q, %v, want %q", names, err, want)
	}
}
