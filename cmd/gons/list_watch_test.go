package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A ptmx is gons at a pseudo-terminal of its own.
type ptmx struct {
	t      *testing.T
	cmd    *osexec.Cmd
	master *os.File
	mu     sync.Mutex
	seen   bytes.Buffer
	ended  chan error
}

func startAtTerminal(t *testing.T, columns, lines uint16, cmd *osexec.Cmd) *ptmx {
	t.Helper()
	master, slave := openPTY(t)
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: lines, Col: columns}); err != nil {
		t.Fatal(err)
	}
	p := &ptmx{t: t, cmd: cmd, master: master, ended: make(chan error, 1)}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf) // EIO when the other end is closed
			p.mu.Lock()
			p.seen.Write(buf[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { p.ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-read; master.Close() })
	return p
}

func (p *ptmx) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.String()
}

// await waits until what was written after the first from bytes satisfies ok.
func (p *ptmx) await(what string, from int, ok func(string) bool) {
	p.t.Helper()
	for range 1000 {
		if ok(p.screen()[from:]) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Fatalf("no %s in %q", what, p.screen()[from:])
}

func (p *ptmx) awaitText(text string, from int) {
	p.t.Helper()
	p.await(fmt.Sprintf("%q", text), from, func(s string) bool { return strings.Contains(s, text) })
}

func (p *ptmx) press(key string) {
	p.t.Helper()
	if _, err := io.WriteString(p.master, key); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the end of the program.
func (p *ptmx) end() error {
	p.t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(20 * time.Second):
		p.t.Fatalf("it goes on: %q", p.screen())
		return nil
	}
}

// watchedDir is a run directory that need not be there yet.
func watchedDir(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "run")
	t.Cleanup(func() {
		if err := unmountBelow(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func mustRun(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := gons(dir, args...).CombinedOutput(); err != nil {
		t.Fatalf("gons %q: %v\n%s", args, err, out)
	}
}

func TestListAtTerminal(t *testing.T) {
	dir := watchedDir(t)
	mustRun(t, dir, "add", "red", "a-name-that-is-much-too-long-for-this", "漢字")
	p := startAtTerminal(t, 30, 24, gons(dir, "list", "-o", "NAME,STATE,SOURCE"))
	if err := p.end(); err != nil {
		t.Fatal(err)
	}
	want := "NAME             STATE  SOURCE\r\n" +
		"a-name-that-is…  ok     bind\r\n" +
		"red              ok     bind\r\n" +
		"漢字             ok     bind\r\n"
	p.awaitText("漢字             ok     bind\r\n", 0)
	if got := p.screen(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The table follows what happens, and Ctrl-C gives the terminal back as it was.
func TestListWatch(t *testing.T) {
	dir := watchedDir(t)
	p := startAtTerminal(t, 60, 6, gons(dir, "list", "--watch", "-o", "NAME,STATE,PROCS"))
	p.awaitText("NAME  STATE  PROCS", 0)
	if !strings.HasPrefix(p.screen(), toSecondScreen) {
		t.Errorf("it begins with %q", p.screen())
	}
	at := len(p.screen())
	mustRun(t, dir, "add", "red")
	p.awaitText("red   ok     0", at)

	at = len(p.screen())
	inside := gons(dir, "exec", "red", "sleep", "1000")
	if err := inside.Start(); err != nil {
		t.Fatal(err)
	}
	p.awaitText("red   ok     1", at)
	if err := inside.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = inside.Wait()

	at = len(p.screen())
	mustRun(t, dir, "add", "b1", "b2", "b3", "b4", "b5", "b6")
	// Six lines: the heading, three names or two and a warning, how many more there are, and a free one.
	p.await("rest of the names", at, func(s string) bool {
		return strings.Contains(s, "... and 4 more") || strings.Contains(s, "... and 5 more") && strings.Contains(s, "gons: warning: ")
	})
	at = len(p.screen())
	mustRun(t, dir, "delete", "--all")
	p.await("empty table", at, func(s string) bool {
		i := strings.LastIndex(s, toTop)
		return i >= 0 && strings.HasSuffix(s, clearRest) && !strings.Contains(s[i:], "red")
	})

	p.press("\x03")
	if err := p.end(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	p.await("first screen", 0, func(s string) bool { return strings.HasSuffix(s, toFirstScreen) })
}

// What is stopped leaves the terminal to others.
func TestListWatchSuspended(t *testing.T) {
	p := startAtTerminal(t, 60, 6, gons(t.TempDir(), "list", "-w"))
	p.awaitText("NAME", 0)
	if err := p.cmd.Process.Signal(unix.SIGTSTP); err != nil {
		t.Fatal(err)
	}
	p.awaitText(toFirstScreen, 0)
	stopped := func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		return err == nil && strings.Contains(string(stat), ") T ")
	}
	for n := 0; !stopped(); n++ {
		if n == 500 {
			t.Fatal("it does not stop")
		}
		time.Sleep(10 * time.Millisecond)
	}
	at := len(p.screen())
	if err := p.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.awaitText(toSecondScreen, at)
	p.awaitText("NAME", at)
	if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.end(); err != nil {
		t.Error(err)
	}
	p.await("first screen", at, func(s string) bool { return strings.HasSuffix(s, toFirstScreen) })
}
