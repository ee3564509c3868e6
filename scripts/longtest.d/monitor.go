package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const runDir = "/run/netns"

// testMonitor lets names come and go, and checks that gons monitor tells each time.
func testMonitor(gons string, events int) error {
	if err := os.Mkdir(runDir, 0o755); err != nil {
		return err
	}
	p, err := start(exec.Command(gons, "monitor", "--initial"))
	if err != nil {
		return err
	}
	defer func() { _ = p.cmd.Process.Kill() }()
	there := map[string]bool{}
	if err := p.follow(there, "ready"); err != nil {
		return err
	}
	began, told := time.Now(), 0
	for range parts {
		n := events / parts
		if err := makeEvents(n); err != nil {
			return err
		}
		for range n {
			line, err := p.next()
			if err == nil {
				err = turn(there, line)
			}
			if err != nil {
				return fmt.Errorf("monitor, event %d: %w", told, err)
			}
			told++
		}
		if err := p.measure(); err != nil {
			return err
		}
	}
	fmt.Printf("monitor: %d events in %.1f s, all told; ", told, time.Since(began).Seconds())
	if err := p.constant(); err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	if err := testOverflow(p, there); err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	if err := p.measure(); err != nil {
		return err
	}
	if now := p.samples[len(p.samples)-1]; now.fds != p.samples[0].fds {
		return fmt.Errorf("monitor: %d descriptors in place of %d after it was stopped", now.fds, p.samples[0].fds)
	}
	return p.end()
}

// turn takes up an event: a name comes only when it is not there, and goes only when it is.
func turn(there map[string]bool, line string) error {
	kind, name, _ := strings.Cut(line, " ")
	if there[name] != (kind == "delete") {
		return fmt.Errorf("%q is not in turn", line)
	}
	if there[name] = kind == "add"; !there[name] {
		delete(there, name)
	}
	return nil
}

// follow makes an entry and takes up the events until that one's.
func (p *program) follow(there map[string]bool, last string) error {
	if err := os.Symlink("/proc/thread-self/ns/net", filepath.Join(runDir, last)); err != nil {
		return err
	}
	for !there[last] {
		line, err := p.next()
		if err == nil {
			err = turn(there, line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeEvents makes n events: half of them by ip(8), two at the same time, half by symlinks.
func makeEvents(n int) error {
	var tools [2]*exec.Cmd
	batch := n / 8 // pairs, that is two events each
	for i := range tools {
		lines := strings.Repeat(fmt.Sprintf("netns add ip%d\nnetns delete ip%[1]d\n", i), batch)
		tools[i] = exec.Command("ip", "-batch", "-")
		tools[i].Stdin = strings.NewReader(lines)
		tools[i].Stderr = os.Stderr
		if err := tools[i].Start(); err != nil {
			return err
		}
	}
	var err error
	link := filepath.Join(runDir, "link")
	for i := range n/2 - 2*batch {
		err = errors.Join(err, os.Symlink("/proc/thread-self/ns/net", link), os.Remove(link))
		if i%100 == 0 {
			time.Sleep(5 * time.Millisecond) // the queue of the kernel is not to overflow yet
		}
	}
	return errors.Join(err, tools[0].Wait(), tools[1].Wait())
}

// testOverflow stops the monitor while more happens than the kernel keeps for it.
func testOverflow(p *program, there map[string]bool) error {
	const names = 40
	if err := p.cmd.Process.Signal(unix.SIGSTOP); err != nil {
		return err
	}
	path := func(i int) string { return filepath.Join(runDir, fmt.Sprint("over", i)) }
	queue := 16384
	if text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events"); err == nil {
		_, _ = fmt.Sscan(string(text), &queue)
	}
	for i := range queue/2 + names {
		err := os.Symlink("/proc/thread-self/ns/net", path(i%names))
		if err == nil {
			err = os.Remove(path(i % names))
		}
		if err != nil {
			return err
		}
	}
	for i := 0; i < names; i += 3 {
		if err := os.Symlink("/proc/thread-self/ns/net", path(i)); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(runDir, "ready")); err != nil {
		return err
	}
	if err := p.cmd.Process.Signal(unix.SIGCONT); err != nil {
		return err
	}
	// What comes after the overflow is told in order again, but the fresh look can come later.
	if err := p.follow(there, "again"); err != nil {
		return err
	}
	entries, err := os.ReadDir(runDir)
	if err != nil {
		return err
	}
	var want []string
	for _, e := range entries {
		want = append(want, e.Name())
	}
	for {
		if slices.Equal(slices.Sorted(maps.Keys(there)), want) {
			fmt.Printf("monitor: after an overflow, it told of the %d names that there are\n", len(want))
			return nil
		}
		line, err := p.next()
		if err == nil {
			err = turn(there, line)
		}
		if err != nil {
			return fmt.Errorf("after an overflow: %w; told %q, there are %q", err, slices.Sorted(maps.Keys(there)), want)
		}
	}
}
