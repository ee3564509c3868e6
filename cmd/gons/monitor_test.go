package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

// A monitor is a running gons monitor.
type monitor struct {
	t     *testing.T
	cmd   *osexec.Cmd
	lines chan string
	out   *os.File
}

func startMonitor(t *testing.T, dir nsfile.Dir, flags ...string) *monitor {
	t.Helper()
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	m := &monitor{t: t, cmd: gons(string(dir), append([]string{"monitor"}, flags...)...), lines: make(chan string, 10000), out: from}
	m.cmd.Stdout, m.cmd.Stderr = to, os.Stderr
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	to.Close()
	go func() {
		defer close(m.lines)
		for s := bufio.NewScanner(from); s.Scan(); {
			m.lines <- s.Text()
		}
	}()
	t.Cleanup(func() { _ = m.cmd.Process.Kill(); from.Close() })
	return m
}

// next returns the next n lines, sorted.
func (m *monitor) next(n int) []string {
	m.t.Helper()
	var lines []string
	late := time.After(20 * time.Second)
	for len(lines) < n {
		select {
		case line, ok := <-m.lines:
			if !ok {
				m.t.Fatalf("monitor ended after %q", lines)
			}
			lines = append(lines, line)
		case <-late:
			m.t.Fatalf("monitor wrote %d lines, the last of %d is missing: %q", len(lines), n, lines[max(0, len(lines)-5):])
		}
	}
	slices.Sort(lines)
	return lines
}

func (m *monitor) want(lines ...string) {
	m.t.Helper()
	got := m.next(len(lines))
	for i := range got {
		if got[i] != lines[i] {
			m.t.Fatalf("of %d lines monitor wrote %q, want %q", len(lines), got[i:min(i+5, len(got))], lines[i:min(i+5, len(lines))])
		}
	}
}

// end sends the signal and waits; there must be no more lines, and the status must be 0.
func (m *monitor) end(signal unix.Signal) {
	m.t.Helper()
	if err := m.cmd.Process.Signal(signal); err != nil {
		m.t.Error(err)
	}
	for line := range m.lines {
		m.t.Errorf("one more line: %q", line)
	}
	if err := m.cmd.Wait(); err != nil {
		m.t.Errorf("monitor ended with %v", err)
	}
}

// Whatever becomes of names and of their directory is told.
func TestMonitor(t *testing.T) {
	c, _, _ := newCLI(t)
	dir := string(c.dir)
	m := startMonitor(t, c.dir, "--initial")
	time.Sleep(50 * time.Millisecond) // so that the directory is missing when it starts
	c.testRun(t, 0, "add", "b")
	m.want("add b")
	c.testRun(t, 0, "exec", "--match", "b", "true") // it works as soon as it is told

	steps := []struct {
		do   func() error
		want []string
	}{
		{func() error { return os.Symlink("b", c.dir.Path("a")) }, []string{"add a"}},
		{func() error { return os.Rename(c.dir.Path("a"), c.dir.Path("c")) }, []string{"add c", "delete a"}},
		{func() error { return os.WriteFile(c.dir.Path("plain"), nil, 0o600) }, nil},
		{func() error { return os.Mkdir(c.dir.Path("directory"), 0o700) }, nil},
		{func() error { return os.Remove(c.dir.Path("c")) }, []string{"delete c"}},
		{func() error { return os.Symlink("/proc/self/ns/net", c.dir.Path("line\nfeed")) }, []string{`add line\nfeed`}},
		{func() error { return os.Remove(c.dir.Path("line\nfeed")) }, []string{`delete line\nfeed`}},
		{func() error { return unix.Mount(c.dir.Path("b"), c.dir.Path("plain"), "", unix.MS_BIND, "") }, []string{"add plain"}},
		{func() error { return unix.Unmount(c.dir.Path("b"), unix.MNT_DETACH) }, []string{"delete b"}},
		{func() error { c.testRun(t, 0, "delete", "b", "plain"); return nil }, []string{"delete plain"}},
		{func() error { return os.Remove(c.dir.Path("directory")) }, nil},
		// The directory itself goes and comes back, at last as a symlink's target.
		{func() error { c.testRun(t, 0, "add", "d"); return nil }, []string{"add d"}},
		{func() error {
			if err := unmountBelow(dir); err != nil {
				return err
			}
			return os.RemoveAll(dir)
		}, []string{"delete d"}},
		{func() error { c.testRun(t, 0, "add", "e"); return nil }, []string{"add e"}},
		{func() error { return unix.Mount("none", dir, "tmpfs", 0, "") }, []string{"delete e"}},
		{func() error { return unix.Unmount(dir, unix.MNT_DETACH) }, []string{"add e"}},
		{func() error {
			if err := unmountBelow(dir); err != nil {
				return err
			}
			return os.Rename(dir, dir+".old")
		}, []string{"delete e"}},
		{func() error { return os.MkdirAll(dir+".new/run", 0o755) }, nil},
		{func() error { return os.Symlink(dir+".new/run", dir) }, nil},
		{func() error { return os.Symlink("/proc/self/ns/net", filepath.Join(dir, "f")) }, []string{"add f"}},
		{func() error { return os.Remove(filepath.Join(dir, "f")) }, []string{"delete f"}},
	}
	for i, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		m.want(s.want...)
	}
	m.end(unix.SIGINT)
}

func TestMonitorJSON(t *testing.T) {
	c, _, _ := newCLI(t)
	c.testRun(t, 0, "add", "a")
	if err := os.Symlink("a", c.dir.Path("\xff")); err != nil {
		t.Fatal(err)
	}
	ns := inode(t, c.dir.Path("a"))
	m := startMonitor(t, c.dir, "--initial", "--json")
	for _, want := range []monitored{
		{Event: "add", Initial: true, Name: "a", NS: ns},
		{Event: "add", Initial: true, Name: "\ufffd", RawName: []byte{0xff}, NS: ns, Link: "a"},
		{Event: "delete", Name: "\ufffd", RawName: []byte{0xff}, NS: ns, Link: "a"},
		{Event: "delete", Name: "a", NS: ns},
	} {
		if want.Event == "delete" {
			c.testRun(t, 0, "delete", strings.Replace(want.Name, "\ufffd", "\xff", 1))
		}
		var got monitored
		if err := json.Unmarshal([]byte(m.next(1)[0]), &got); err != nil {
			t.Fatal(err)
		}
		if age := time.Since(got.Time); age < 0 || age > time.Minute {
			t.Errorf("it happened %v ago", age)
		}
		got.Time = time.Time{}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	m.end(unix.SIGTERM)
}

// Nothing is missed and nothing is told twice, one by one and when more happens than the kernel keeps.
func TestMonitorMissesNothing(t *testing.T) {
	c, _, _ := newCLI(t)
	run, err := c.dir.Setup(func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	create := func(name string) {
		if err := run.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(name string) {
		if err := run.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	create("first")
	m := startMonitor(t, c.dir, "--initial")
	m.want("add first")
	for range 20 {
		create("same")
		m.want("add same") // at once: what comes later is not needed for it
		remove("same")
		m.want("delete same")
	}

	// More happens than the kernel keeps for a monitor that does not come to look.
	create("before")
	m.want("add before")
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err != nil {
		t.Fatal(err)
	}
	queue, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || queue > 1<<17 {
		t.Fatalf("a queue of %s events: %v", text, err)
	}
	if err := m.cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for i := range queue {
		if err := os.WriteFile(c.dir.Path(fmt.Sprint("plain", i%10)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(c.dir.Path(fmt.Sprint("plain", i%10))); err != nil {
			t.Fatal(err)
		}
	}
	remove("before")
	create("after")
	if err := m.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	m.want("add after", "delete before")
	m.end(unix.SIGHUP)
}

// When the reader goes, monitor ends, even if there is nothing to write.
func TestMonitorWithoutReader(t *testing.T) {
	c, _, _ := newCLI(t)
	m := startMonitor(t, c.dir)
	time.Sleep(50 * time.Millisecond)
	m.out.Close()
	if err := m.cmd.Wait(); err != nil {
		t.Errorf("monitor ended with %v", err)
	}
}
