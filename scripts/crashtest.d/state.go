//go:build amd64

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// states are those of the entries, as gons list says, by name. An entry that is not there is missing, or "".
type states map[string]string

// states asks gons for the entries.
func (w *world) states() (states, error) {
	out, err := w.runGons("list", "--json")
	if err != nil {
		return nil, err
	}
	var list []struct{ Name, State string }
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		return nil, fmt.Errorf("gons list --json: %w: %s", err, out)
	}
	now := states{}
	for _, e := range list {
		now[e.Name] = e.State
	}
	return now, nil
}

// check compares the world with what gons says of it and with what it was. isCrash says that temporary files may be left.
func (w *world) check(s *scenario, now states, isCrash bool) error {
	for name := range now {
		if _, isKnown := w.others[name]; !isKnown && !s.names()[name] {
			return fmt.Errorf("there is an entry more: %q", name)
		}
	}
	for name, ns := range w.others {
		if got, err := inode(entryPath(name)); err != nil || got != ns || now[name] != "ok" {
			return fmt.Errorf("%q was namespace %d and is %d, %s: %w", name, ns, got, now[name], err)
		}
	}
	for name := range s.names() {
		if now[name] != "ok" {
			continue
		}
		if err := w.enter(name); err != nil {
			return err
		}
	}
	if err := w.checkMounts(now); err != nil || isCrash {
		return err
	}
	return checkFiles(now)
}

// enter runs a program in an entry that gons list calls ok, and expects it to be in that very namespace.
func (w *world) enter(name string) error {
	ns, err := inode(entryPath(name))
	if err != nil {
		return err
	}
	out, err := w.runGons("exec", name, "/usr/bin/readlink", "/proc/thread-self/ns/net")
	if want := fmt.Sprintf("net:[%d]\n", ns); err != nil || out != want {
		return fmt.Errorf("%q is said to be ok and is %s, but: %s %w", name, want, out, err)
	}
	return nil
}

// inode is the number of the namespace, or the file, that the path leads to.
func inode(path string) (uint64, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return st.Ino, err
}

// checkMounts expects the mounts that were there before. The run directory may be one now, once, and on each entry that works may be one.
func (w *world) checkMounts(now states) error {
	count := mountPoints()
	for point := range w.mounts {
		count[point] += 0
	}
	for point, n := range count {
		name, isEntry := strings.CutPrefix(point, runDir+"/")
		switch was := w.mounts[point]; {
		case isEntry && now[name] == "ok" && n <= 1: // none for a symlink
		case isEntry && n == 0:
		case isEntry && now[name] != "ok":
			return fmt.Errorf("%d mounts on %s, which is %q", n, point, now[name])
		case point == runDir && n <= 1:
		case n != was:
			return fmt.Errorf("%d mounts on %s, %d before", n, point, was)
		}
	}
	return nil
}

// mountPoints lists what is mounted in this mount namespace, with how often.
func mountPoints() map[string]int {
	points := map[string]int{}
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return map[string]int{err.Error(): 1}
	}
	for line := range strings.Lines(string(info)) {
		points[strings.Fields(line)[4]]++
	}
	return points
}

// checkFiles looks for files that are no entries: links that were to be renamed, and notes about entries that are gone.
func checkFiles(now states) error {
	for _, dir := range []string{runDir, runDir + ".gons"} {
		files, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		for _, f := range files {
			if now[f.Name()] == "" {
				return fmt.Errorf("a file is left: %s", filepath.Join(dir, f.Name()))
			}
		}
	}
	return nil
}
