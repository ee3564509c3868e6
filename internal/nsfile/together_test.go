package nsfile_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manyNames makes as many names as are worth to be removed together.
func manyNames(t *testing.T, create func(string, func() error) error) (names []string) {
	t.Helper()
	for i := range 70 {
		names = append(names, fmt.Sprintf("n%d", i))
		if err := create(names[i], nil); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func TestRemoveTogether(t *testing.T) {
	dir, run := newDir(t)
	names := manyNames(t, run.Create)
	for what, wrong := range map[string][]string{
		"few":         names[:10],
		"not all":     names[1:],
		"one twice":   append(slices.Clone(names), names[0]),
		"a bad one":   append(slices.Clone(names), "a/b"),
		"one missing": append(slices.Clone(names), "missing"),
	} {
		if errs, ok := run.RemoveTogether(wrong); ok {
			t.Errorf("%s: done, with %v", what, errs)
		}
		if left, err := dir.Names(); err != nil || len(left) != len(names) {
			t.Fatalf("%s: left are %q, %v", what, left, err)
		}
	}
	ns, err := dir.Open(names[5])
	if err != nil {
		t.Fatalf("after all that: %v", err)
	}
	_ = ns.Close()
	if errs, ok := run.RemoveTogether(names); !ok || len(errs) > 0 {
		t.Errorf("RemoveTogether: %v, %v", errs, ok)
	}
	if left, err := dir.Names(); err != nil || len(left) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

// What ip(8) makes without the lock, while all that is mounted is being unmounted, becomes a working name or none.
func TestRemoveTogetherMeetsAnother(t *testing.T) {
	dir, run := newDir(t)
	names := manyNames(t, run.Create)
	plain := func(name string, mode os.FileMode) {
		if err := os.WriteFile(dir.Path(name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	plain("lost", 0)   // as if its namespace was unmounted with the others
	plain("coming", 0) // as if its namespace was not mounted yet
	plain("own", 0o600)
	plain("old", 0)
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(dir.Path("old"), hour, hour); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		time.Sleep(300 * time.Millisecond)
		done <- unix.Mount("/proc/thread-self/ns/net", dir.Path("coming"), "", unix.MS_BIND, "")
	}()
	if errs, ok := run.RemoveTogether(names); !ok || len(errs) > 0 {
		t.Errorf("RemoveTogether: %v, %v", errs, ok)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if left, err := dir.Names(); err != nil || !slices.Equal(left, []string{"coming", "old", "own"}) {
		t.Errorf("left are %q, %v", left, err)
	}
}
