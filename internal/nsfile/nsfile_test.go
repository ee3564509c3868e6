package nsfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gons/internal/mounts"
	"gons/internal/nsfile"
	"gons/internal/nstest"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

// newDir returns a run directory that is set up, and locked until the end of the test. Notices are an error.
func newDir(t testing.TB) (nsfile.Dir, *nsfile.Locked) {
	t.Helper()
	dir := nsfile.Dir(filepath.Join(t.TempDir(), "netns"))
	run, err := dir.Setup(func(err error) { t.Error("notice:", err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		names, err := dir.Names()
		if err != nil {
			t.Error(err)
		}
		for _, name := range names {
			if err := run.Remove(name); err != nil {
				t.Error(err)
			}
		}
		run.Close()
		if mounted, err := mounts.Unmount(string(dir)); !mounted || err != nil {
			t.Errorf("unmount %s: %v, %v", dir, mounted, err)
		}
	})
	return dir, run
}

func TestCreateFailsInConfigure(t *testing.T) {
	dir, run := newDir(t)
	refused := errors.New("refused")
	err := run.Create("lab", func() error { return refused })
	var about *nsfile.Error
	if !errors.Is(err, refused) || !errors.As(err, &about) || about.Name != "lab" {
		t.Errorf("Create: %v", err)
	}
	if names, err := dir.Names(); err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

func TestErrors(t *testing.T) {
	dir, run := newDir(t)
	if err := run.Create("lab", nil); err != nil {
		t.Fatal(err)
	}
	if err := run.Create("lab", nil); !errors.Is(err, nsfile.ErrExist) || !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create of a name that is there: %v", err)
	}
	if _, err := dir.Open("nix"); !errors.Is(err, nsfile.ErrNotExist) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a name that is not there: %v", err)
	}
	if err := run.Remove("nix"); !errors.Is(err, nsfile.ErrNotExist) {
		t.Errorf("Remove of a name that is not there: %v", err)
	}
	if _, err := dir.Open("../netns/lab"); !errors.Is(err, nsfile.ErrName) {
		t.Errorf("Open of a path: %v", err)
	}
	_, err := dir.Open("nix")
	if got, want := err.Error(), `open "nix": no such name`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A name that was made while its file was taken away by somebody else is not left behind as a mount without a name.
func TestCreateWhileFileIsRemoved(t *testing.T) {
	dir, run := newDir(t)
	err := run.Create("lab", func() error { return os.Remove(dir.Path("lab")) })
	if !errors.Is(err, unix.ENOENT) {
		t.Errorf("Create: %v, want ENOENT from the mount", err)
	}
	// The same, but the name belongs to somebody else by then: it has to stay his.
	err = run.Create("lab", func() error {
		if err := os.Remove(dir.Path("lab")); err != nil {
			return err
		}
		if err := os.Symlink("elsewhere", dir.Path("lab")); err != nil {
			return err
		}
		return errors.New("refused")
	})
	if err == nil {
		t.Error("Create: no error")
	}
	if link, err := os.Readlink(dir.Path("lab")); err != nil || link != "elsewhere" {
		t.Errorf("the symlink of somebody else is %q, %v", link, err)
	}
}

// A symlink that is put in the place of the file leads the mount nowhere.
func TestCreateWhileFileBecomesSymlink(t *testing.T) {
	dir, run := newDir(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run.Create("lab", func() error {
		if err := os.Remove(dir.Path("lab")); err != nil {
			return err
		}
		return os.Symlink(victim, dir.Path("lab"))
	})
	if !errors.Is(err, unix.ENOENT) {
		t.Errorf("Create: %v, want ENOENT from the mount", err)
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
		t.Errorf("the file that the symlink points to: %q, %v", b, err)
	}
}

// Closing a handle and deleting the name ends the namespace; each of the two keeps it alive.
func TestHandleOutlivesName(t *testing.T) {
	dir, run := newDir(t)
	if err := run.Create("lab", nil); err != nil {
		t.Fatal(err)
	}
	ns, err := dir.Open("lab")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	if err := run.Remove("lab"); err != nil {
		t.Fatal(err)
	}
	if err := nsthread.Do(func(thread *nsthread.Thread) error { return thread.SetNet(ns) }); err != nil {
		t.Error(err)
	}
}

// A listing works with as few descriptors as the process may have, and closes those of its entries.
func TestListWithFewDescriptors(t *testing.T) {
	dir, run := newDir(t)
	const n = 150
	for i := range n {
		if err := run.Create(fmt.Sprintf("n%03d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (names []string, sizes []int) {
		err := dir.ListAs(nsfile.Listing{Open: true}, func(_ int, entries []nsfile.Entry) error {
			sizes = append(sizes, len(entries))
			for _, e := range entries {
				names = append(names, e.Name)
				if got, err := netns.GetFromPath(dir.Path(e.Name)); err == nil {
					if !got.Equal(e.NS) || e.State != nsfile.OK {
						t.Errorf("%s: handle %s, want %s", e.Name, e.NS.UniqueId(), got.UniqueId())
					}
					got.Close()
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return names, sizes
	}
	all, _ := count()
	if len(all) != n || all[0] != "n000" || all[n-1] != "n149" {
		t.Errorf("%d entries, %s to %s", len(all), all[0], all[len(all)-1])
	}

	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := unix.Rlimit{Cur: 20, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	few, sizes := count()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if strings.Join(few, " ") != strings.Join(all, " ") {
		t.Errorf("with few descriptors: %d entries in portions of %v", len(few), sizes)
	}
	if len(sizes) < n/20 {
		t.Errorf("%v entries at a time cannot be right with 20 descriptors", sizes)
	}
}

func FuzzCheckName(f *testing.F) {
	for _, name := range []string{"", ".", "..", "a", "a/b", "-x", "a\nb", "\xff", "a\x00", strings.Repeat("x", 256)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		err, newErr := nsfile.CheckName(name), nsfile.CheckNewName(name)
		if err != nil && newErr == nil {
			t.Errorf("%q is good for a new name only", name)
		}
		if err == nil && filepath.Dir(nsfile.Dir("/run/netns").Path(name)) != "/run/netns" {
			t.Errorf("%q leads out of the directory", name)
		}
		for _, err := range []error{err, newErr} {
			if err != nil && !errors.Is(err, nsfile.ErrName) {
				t.Errorf("CheckName(%q) = %v", name, err)
			}
		}
	})
}
