package nsfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gons/internal/mounts"
	"gons/internal/nstest"
	"gons/internal/nsthread"
	"gons/internal/trust"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// ownNS is a handle of the network namespace of the test.
func ownNS(t *testing.T) netns.NsHandle {
	t.Helper()
	ns, err := OpenPath(nsthread.NetPath)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ns.Close() })
	return ns
}

func mustDo(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// After the lock is taken somebody puts another directory in the place of the run directory, with things of the same names in it:
// whatever is done is done in the directory that was locked.
func TestDirectoryIsSwapped(t *testing.T) {
	top := t.TempDir()
	dir := Dir(filepath.Join(top, "parent", "netns"))
	l, err := dir.Setup(func(err error) { t.Error("notice:", err) })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, name := range []string{"pinned", "mounted"} {
		if err := l.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	ns := ownNS(t)
	src := Source{Link: "/proc/self/ns/net", Engine: "docker", ID: "1", Container: "linked"}
	_, err = l.Link("linked", src, ns, false)
	mustDo(t, err, os.WriteFile(dir.Path("stale"), nil, 0), os.Chmod(dir.Path("stale"), ownMode|0o1000))

	real := Dir(filepath.Join(top, "real", "netns"))
	mustDo(t, os.Rename(filepath.Join(top, "parent"), filepath.Join(top, "real")), os.MkdirAll(string(dir), 0o755))
	victims := []string{"pinned", "mounted", "linked", "stale", "new", "new-link"}
	for _, name := range victims {
		mustDo(t, os.WriteFile(dir.Path(name), []byte("precious"), 0o600))
	}
	mustDo(t, mounts.Bind("/proc/thread-self/ns/uts", dir.Path("mounted"), 0))
	defer func() {
		for _, path := range []string{dir.Path("mounted"), real.Path("new"), string(real)} {
			if mounted, err := mounts.Unmount(path); !mounted || err != nil {
				t.Errorf("%s is no mount any more: %v", path, err)
			}
		}
	}()

	if err := l.Create("new", nil); err != nil {
		t.Error(err)
	}
	src.Container = "new-link"
	if _, err := l.Link("new-link", src, ns, false); err != nil {
		t.Error(err)
	}
	src.Link = "/proc/thread-self/ns/net"
	if change, err := l.Link("linked", src, ns, true); change != Renewed || err != nil {
		t.Errorf("Link: %v, %v", change, err)
	}
	for _, name := range []string{"pinned", "mounted", "stale"} {
		if err := l.Remove(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range victims {
		content, err := os.ReadFile(dir.Path(name))
		if name == "mounted" {
			if bytes.Equal(content, []byte("precious")) {
				t.Error("what was mounted in the other directory is unmounted")
			}
			continue
		}
		if err != nil || string(content) != "precious" {
			t.Errorf("%s in the other directory: %q, %v", name, content, err)
		}
	}
	if ns, err := real.Open("new"); err != nil {
		t.Error(err)
	} else {
		ns.Close()
	}
	names, err := real.Names()
	if want := "[linked new new-link]"; err != nil || fmt.Sprint(names) != want {
		t.Errorf("in the locked directory are %v, %v, want %s", names, err, want)
	}
	if link, err := os.Readlink(real.Path("linked")); link != src.Link {
		t.Errorf("linked is %q, %v", link, err)
	}
}

// A name leads to the file of that name in the directory and nowhere else, on an old kernel too.
func TestOpenBeneath(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	mustDo(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600), os.WriteFile(outside, []byte("precious"), 0o600),
		os.Symlink("file", filepath.Join(dir, "near")), os.Symlink(outside, filepath.Join(dir, "far")))
	at := openDir(t, dir)
	defer unix.Close(at)
	try := func(what string) {
		for name, want := range map[string]error{"file": nil, "near": unix.ELOOP, "far": unix.ELOOP, "nothing": unix.ENOENT} {
			fd, err := openBeneath(at, name, unix.O_RDWR, 0)
			if !errors.Is(err, want) {
				t.Errorf("%s, %s: %v, want %v", what, name, err, want)
			}
			if err == nil {
				_ = unix.Close(fd)
			}
			if fd, err := openBeneath(at, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL, 0o600); err == nil {
				_ = unix.Close(fd)
				if name != "nothing" {
					t.Errorf("%s: %s was made anew", what, name)
				}
				mustDo(t, os.Remove(filepath.Join(dir, name)))
			}
		}
		var st unix.Stat_t
		fd, err := openBeneath(at, "far", unix.O_PATH, 0)
		if err == nil {
			err = errors.Join(unix.Fstat(fd, &st), unix.Close(fd))
		}
		if err != nil || st.Mode&unix.S_IFMT != unix.S_IFLNK {
			t.Errorf("%s: O_PATH of a symlink: mode %#o, %v", what, st.Mode, err)
		}
	}
	try("as it is")
	for name, want := range map[string]error{"../" + filepath.Base(dir) + "/file": unix.EXDEV, outside: unix.EXDEV, "/proc/self/exe": unix.EXDEV} {
		if fd, err := openBeneath(at, name, unix.O_RDONLY, 0); !errors.Is(err, want) {
			t.Errorf("%s: %d, %v, want %v", name, fd, err, want)
		}
	}
	for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM} {
		err := nsthread.Do(func(*nsthread.Thread) error {
			if err := nstest.Forbid(unix.SYS_OPENAT2, errno); err != nil {
				return err
			}
			if _, err := unix.Openat2(at, "file", &unix.OpenHow{}); !errors.Is(err, errno) {
				return fmt.Errorf("openat2 is not forbidden: %w", err)
			}
			try(errno.Error())
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// In another mount namespace the entry must be the very file that was made here.
func TestRelayOpensTheSameFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	mustDo(t, os.WriteFile(path("ours"), nil, 0), os.WriteFile(path("theirs"), nil, 0), os.Symlink("ours", path("link")))
	file, err := os.Open(path("ours"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := &relay{point: dir}
	fd, err := r.open("ours", int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.Close(fd)
	for name, want := range map[string]error{"theirs": errMoved, "link": errMoved, "nothing": unix.ENOENT} {
		if fd, err := r.open(name, int(file.Fd())); !errors.Is(err, want) {
			t.Errorf("%s: %d, %v, want %v", name, fd, err, want)
		}
	}
}

// The directory of the records is a symlink: nothing is read, written or removed where it leads to.
func TestRecordsThroughSymlink(t *testing.T) {
	l := lockedDir(t)
	l.warn = func(error) {} // that there is no record is told
	victim := t.TempDir()
	content := `{"link":"/proc/self/ns/net","engine":"docker","id":"1","container":"web"}`
	mustDo(t, os.WriteFile(filepath.Join(victim, "web"), []byte(content), 0o600), os.WriteFile(filepath.Join(victim, "gone"), nil, 0o600),
		os.Symlink(victim, l.dir.sources()))
	src := Source{Link: "/proc/self/ns/net", Engine: "docker", ID: "2", Container: "web"}
	if change, err := l.Link("web", src, ownNS(t), false); change != Made || err != nil {
		t.Errorf("Link: %v, %v", change, err)
	}
	if src, ok := l.dir.Source(Entry{Name: "web", Link: src.Link}); ok {
		t.Errorf("a record is read: %v", src)
	}
	if err := l.Remove("web"); err != nil {
		t.Error(err)
	}
	if err := l.Prune(func(e Entry) { t.Errorf("%s is pruned", e.Name) }); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(filepath.Join(victim, "web")); string(got) != content {
		t.Errorf("the file with the name of the entry: %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(victim, "gone")); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(l.dir.sources()); err != nil {
		t.Error(err)
	}
}

// Somebody who may add names to the directory, as in /tmp, does so between the look at the owner and the use of the name.
func TestStickyDirectoryIsRaced(t *testing.T) {
	nstest.NeedRoot(t)
	dir := Dir(filepath.Join(t.TempDir(), "netns"))
	mustDo(t, os.Mkdir(string(dir), 0o755), unix.Chmod(string(dir), 0o1777))
	private := filepath.Dir(filepath.Dir(string(dir)))
	mustDo(t, unix.Chmod(private, 0o755)) // so that a stranger can go there
	var stop atomic.Bool
	var made atomic.Int64
	ended := make(chan error)
	go func() {
		ended <- nsthread.Do(func(*nsthread.Thread) error {
			const stranger = 1234
			if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, stranger, stranger, stranger); errno != 0 {
				return errno
			}
			for !stop.Load() {
				if err := unix.Symlink("/proc/self/ns/net", dir.Path("x")); err != nil {
					return err
				}
				made.Add(1)
				_ = unix.Unlink(dir.Path("x"))
			}
			return nil
		})
	}()
	refused, missing := 0, 0
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline) || refused == 0 || missing == 0; {
		ns, err := dir.Open("x")
		var other *trust.Error
		switch {
		case err == nil:
			t.Errorf("after %d and %d attempts the symlink of somebody else is followed", refused, missing)
			ns.Close()
			deadline = time.Time{}
			refused, missing = 1, 1
		case errors.As(err, &other):
			refused++
		case errors.Is(err, ErrNotExist):
			missing++
		default:
			t.Fatal(err)
		}
	}
	stop.Store(true)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
