package main

import (
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"gons/internal/nsfile"
	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// until returns the lines before the one that is written for the name last, which it makes.
func (m *monitor) until(dir nsfile.Dir, last string) (lines []string) {
	m.t.Helper()
	if err := os.Symlink("/proc/self/ns/net", dir.Path(last)); err != nil {
		m.t.Fatal(err)
	}
	late := time.After(time.Minute)
	for {
		select {
		case line, ok := <-m.lines:
			switch {
			case !ok:
				m.t.Fatalf("monitor ended after %d lines", len(lines))
			case strings.Contains(line, last):
				return lines
			}
			lines = append(lines, line)
		case <-late:
			m.t.Fatalf("monitor wrote %d lines, the last is missing", len(lines))
		}
	}
}

// ip(8) and gons, one process for all or for each, are never too fast.
func TestMonitorOfFastNames(t *testing.T) {
	ip := nstest.NeedTool(t, "ip")
	dir := nsfile.Dir(nstest.RunDir)
	t.Cleanup(func() {
		if err := unmountBelow(string(dir)); err != nil {
			t.Error(err)
		}
	})
	const n = 1000
	same, different, many := strings.Builder{}, strings.Builder{}, []string{"add"}
	for i := range n {
		fmt.Fprintf(&same, "netns add same\nnetns del same\n")
		fmt.Fprintf(&different, "netns add n%d\nnetns del n%[1]d\n", i)
		many = append(many, fmt.Sprint("n", i))
	}
	batch := func(lines string) *osexec.Cmd {
		cmd := osexec.Command(ip, "-batch", "-")
		cmd.Stdin = strings.NewReader(lines)
		return cmd
	}
	if err := os.MkdirAll(string(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	m := startMonitor(t, dir, "--initial")
	m.until(dir, "begin")
	for _, test := range []struct {
		what  string
		pairs int
		do    []*osexec.Cmd
	}{
		{"first use", 1, []*osexec.Cmd{gons(string(dir), "add", "first"), gons(string(dir), "delete", "first")}},
		{"ip -batch, one name", n, []*osexec.Cmd{batch(same.String())}},
		{"ip -batch, different names", n, []*osexec.Cmd{batch(different.String())}},
		{"gons, all at once", n, []*osexec.Cmd{gons(string(dir), many...), gons(string(dir), "delete", "--match", "n*")}},
		{"a process for each", 50, func() (each []*osexec.Cmd) {
			for range 50 {
				each = append(each, gons(string(dir), "add", "same"), gons(string(dir), "delete", "same"))
			}
			return each
		}()},
	} {
		for _, cmd := range test.do {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", test.what, err, out)
			}
		}
		last := "last" + strings.NewReplacer(" ", "", ",", "", "-", "").Replace(test.what)
		there, pairs := map[string]bool{}, 0
		for i, line := range m.until(dir, last) {
			kind, name, _ := strings.Cut(line, " ")
			if there[name] != (kind == "delete") {
				t.Fatalf("%s: line %d, %q, is not in turn", test.what, i, line)
			}
			if there[name] = !there[name]; !there[name] {
				pairs++
			}
		}
		for name, left := range there {
			if left {
				t.Errorf("%s: %q was not deleted", test.what, name)
			}
		}
		if pairs != test.pairs {
			t.Errorf("%s: %d came and went, want %d", test.what, pairs, test.pairs)
		}
	}
	m.end(unix.SIGTERM)
}

// What was too short for a look has no ns.
func TestMonitorOfFastNamesJSON(t *testing.T) {
	c, _, _ := newCLI(t)
	c.testRun(t, 0, "add", "first")
	m := startMonitor(t, c.dir, "--initial", "--json")
	m.next(1)
	if err := m.cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c.testRun(t, 0, "add", "short")
	c.testRun(t, 0, "delete", "short")
	c.testRun(t, 0, "add", "stays")
	if err := m.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	ns := inode(t, c.dir.Path("stays"))
	for i, want := range []string{
		`{"event":"add","name":"short"}`,
		`{"event":"delete","name":"short"}`,
		fmt.Sprintf(`{"event":"add","name":"stays","ns":%d}`, ns),
	} {
		var got map[string]any
		d := json.NewDecoder(strings.NewReader(m.next(1)[0]))
		d.UseNumber()
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		delete(got, "time")
		if text, err := json.Marshal(got); err != nil || string(text) != want {
			t.Errorf("event %d is %s, %v, want %s", i, text, err, want)
		}
	}
	m.end(unix.SIGTERM)
}
