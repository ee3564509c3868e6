package nsfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// lockedDir is a run directory of the test, locked.
func lockedDir(t *testing.T) *Locked {
	t.Helper()
	l, err := Dir(filepath.Join(t.TempDir(), "run")).LockNew(func(err error) { t.Errorf("warning: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// A link that is replaced always leads to a namespace for those who look meanwhile, and the name on its way is never listed.
func TestLinkReplacesAtomically(t *testing.T) {
	l := lockedDir(t)
	ns, err := OpenPath("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	paths := []string{"/proc/self/ns/net", "/proc/thread-self/ns/net"}
	link := func(i int) (Change, error) {
		return l.Link("web", Source{Link: paths[i%2], Engine: "docker", ID: "1", Container: "web"}, ns, true)
	}
	if change, err := link(0); change != Made || err != nil {
		t.Fatalf("the first link: %v, %v", change, err)
	}
	stop, done := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := os.Readlink(l.dir.Path("web")); err != nil {
				done <- err
				return
			}
			if names, err := l.dir.Names(); err != nil || !slices.Equal(names, []string{"web"}) {
				done <- errors.Join(err, errors.New("other names are listed"))
				return
			}
		}
	}()
	for i := range 2000 {
		if change, err := link(i + 1); change != Renewed || err != nil {
			t.Fatalf("link %d: %v, %v", i, change, err)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if change, err := link(0); change != None || err != nil {
		t.Errorf("the same link again: %v, %v", change, err)
	}
}

// The note of a link is believed only for that very link.
func TestSource(t *testing.T) {
	l := lockedDir(t)
	ns, err := OpenPath("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	src := Source{Link: fmt.Sprintf("/proc/%d/ns/net", os.Getpid()), Engine: "docker", ID: "1", Container: "web", Follow: true}
	if _, err := l.Link("web", src, ns, false); err != nil {
		t.Fatal(err)
	}
	if src.Start, err = startOf(src.Link); err != nil || src.Start == 0 {
		t.Errorf("this process was started at %d, %v", src.Start, err)
	}
	entry := Entry{Name: "web", Link: src.Link}
	if got, ok := l.dir.Source(entry); !ok || got != src {
		t.Errorf("source is %+v, %v, want %+v", got, ok, src)
	}
	if _, ok := l.dir.Source(Entry{Name: "web", Link: "/elsewhere"}); ok {
		t.Error("the note counts for another link")
	}
	note := filepath.Join(l.dir.sources(), "web")
	for _, content := range []string{"", "{", "[]", `{"link":7}`} {
		if err := os.WriteFile(note, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := l.dir.Source(entry); ok {
			t.Errorf("a damaged note counts: %q", content)
		}
	}
	if err := errors.Join(os.Remove(note), unix.Mkfifo(note, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.dir.Source(entry); ok { // and must not hang
		t.Error("a FIFO counts as a note")
	}
	if err := l.Remove("web"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(l.dir.sources()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of the notes is still there: %v", err)
	}
}

// A file that is stale here but a mount elsewhere is alive: to remove it would take the mount away there.
func TestPruneSparesOtherMountNamespaces(t *testing.T) {
	l := lockedDir(t)
	for _, name := range []string{"alive", "dead"} {
		if err := os.WriteFile(l.dir.Path(name), nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"to-alive": l.dir.Path("alive"), "to-dead": "/nowhere"} {
		if err := os.Symlink(target, l.dir.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	other := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c",
		`mount --bind /proc/self/ns/net "$1" && echo ready && read line`, "sh", l.dir.Path("alive"))
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = other.Wait()
	}()
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatalf("the other mount namespace: %v", err)
	}
	// Nothing as young as this is taken for abandoned.
	dead, err := l.dir.Dead()
	if err != nil || len(dead) != 1 || dead[0].Name != "to-dead" {
		t.Errorf("dead at once: %+v, %v", dead, err)
	}
	time.Sleep(creationTime + 100*time.Millisecond)
	var gone []string
	if err := l.Prune(func(e Entry) { gone = append(gone, e.Name) }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"dead", "to-dead"}; !slices.Equal(gone, want) {
		t.Errorf("pruned %q, want %q", gone, want)
	}
	if names, err := l.dir.Names(); err != nil || !slices.Equal(names, []string{"alive", "to-alive"}) {
		t.Errorf("left are %q, %v", names, err)
	}
}
