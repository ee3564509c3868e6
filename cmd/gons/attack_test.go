package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"gons/internal/nstest"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// No error, warning or result hands a control character of a name, a path or an argument on to the terminal.
func TestNothingReachesTheTerminal(t *testing.T) {
	const evil = "e\x1b]0;owned\x07\x1b[2J\u009b31m\u202e\xff\r\n\tx"
	dir := filepath.Join(newTree(t, unix.MS_PRIVATE), evil)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(dir, name+evil) }
	for _, err := range []error{
		os.WriteFile(file("stale"), nil, 0),
		os.Symlink(evil, file("dangling")),
		os.Mkdir(file("dir"), 0o755),
		unix.Mkfifo(file("fifo"), 0o600),
		os.WriteFile(file("content"), []byte(evil), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	words := []string{"stale" + evil, "dangling" + evil, "dir" + evil, "pid:" + evil, "docker:" + evil, "/" + evil, "--" + evil, "-o" + evil}
	var lines [][]string
	for _, m := range makers() {
		lines = append(lines, []string{m.name}, []string{m.name, "new", evil}, []string{m.name, evil, evil, evil})
		for _, word := range words {
			lines = append(lines, []string{m.name, word})
		}
	}
	lines = append(lines, []string{evil}, []string{"help", evil}, []string{"--" + evil})
	for _, args := range lines {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		cmd := gons(dir, args...)
		withLimit := osexec.CommandContext(ctx, cmd.Path)
		withLimit.Args, withLimit.Env = cmd.Args, append(cmd.Env, "PATH=/nowhere") // no engines
		out, _ := withLimit.CombinedOutput()
		cancel()
		for len(out) > 0 {
			r, size := utf8.DecodeRune(out)
			if r == utf8.RuneError && size == 1 || r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("gons %q prints %q", args, out)
				break
			}
			out = out[size:]
		}
	}
}

// A run directory with 100,000 entries is listed and cleared in seconds, on a busy machine in a minute.
func TestManyEntries(t *testing.T) {
	const n = 100_000
	dir := newTree(t, unix.MS_PRIVATE)
	if out, err := gons(dir, "add", "zz").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i := range n {
		if err := unix.Mknod(filepath.Join(dir, fmt.Sprint("n", i)), unix.S_IFREG, 0); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	out, err := gons(dir, "list", "--json").Output()
	var list []struct{ Name, State string }
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	if err != nil || len(list) != n+1 || list[n].Name != "zz" || list[n].State != "ok" {
		t.Fatalf("%d entries listed: %v", len(list), err)
	}
	if out, err := gons(dir, "exec", "zz", "true").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = gons(dir, "exec", "zzz", "true").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte(`did you mean "zz"?`)) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := gons(dir, "delete", "--all").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d entries are left: %v", len(left), err)
	}
	if took := time.Since(start); took > 3*time.Minute {
		t.Errorf("took %v", took)
	}
}

// A directory that vanishes between two uses, or while it is used, gives errors and no hang; afterwards everything works.
func TestRunDirectoryVanishes(t *testing.T) {
	dir := newTree(t, unix.MS_PRIVATE)
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = unix.Unmount(dir, unix.MNT_DETACH)
			_ = os.RemoveAll(dir)
			time.Sleep(time.Millisecond)
		}
	}()
	for i := range 60 {
		args := [][]string{{"add", "a"}, {"list"}, {"delete", "a"}, {"exec", "a", "true"}, {"attach", "b", "pid:1"}}[i%5]
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		cmd := gons(dir, args...)
		withLimit := osexec.CommandContext(ctx, cmd.Path)
		withLimit.Args, withLimit.Env = cmd.Args, cmd.Env
		out, _ := withLimit.CombinedOutput()
		if ctx.Err() != nil || strings.Contains(string(out), "goroutine") {
			t.Errorf("gons %v: %v\n%s", args, ctx.Err(), out)
		}
		cancel()
	}
	close(stop)
	<-ended
	for _, args := range [][]string{{"add", "--if-missing", "a"}, {"exec", "a", "true"}, {"delete", "--all"}} {
		if out, err := gons(dir, args...).CombinedOutput(); err != nil {
			t.Errorf("gons %v: %v\n%s", args, err, out)
		}
	}
	points, err := mountPoints(dir + "/")
	if err != nil || len(points) > 0 {
		t.Errorf("left mounted: %v, %v", points, err)
	}
}

// On an old kernel, or under a filter that does not know the new system calls, all that matters works without them.
func TestOldKernel(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM} {
		dir := newTree(t, unix.MS_PRIVATE)
		run := func(args ...string) {
			t.Helper()
			var out []byte
			err := nsthread.Do(func(*nsthread.Thread) (err error) {
				for _, call := range []uint32{unix.SYS_OPENAT2, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_MOUNT_SETATTR, sysListmount} {
					if err := nstest.Forbid(call, errno); err != nil {
						return err
					}
				}
				out, err = gons(dir, args...).CombinedOutput() // a child of this thread
				return err
			})
			if err != nil {
				t.Errorf("%v: gons %v: %v\n%s", errno, args, err, out)
			}
		}
		run("add", "--up", "one", "two")
		run("attach", "three", "one")
		run("exec", "three", "true")
		run("list")
		run("set", "one", "auto")
		run("delete", "one")
		run("exec", "three", "true")
		run("delete", "--all")
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v: left are %v, %v", errno, left, err)
		}
	}
}

// sysListmount is the number of listmount(2), the same on all architectures.
const sysListmount = 458
