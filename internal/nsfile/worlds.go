package nsfile

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gons/internal/mountinfo"

	"golang.org/x/sys/unix"
)

// A world is a mount namespace as a process sees it.
type world struct {
	pid    int  // of that process, 0 for this one
	elder  bool // the process is an ancestor of this one
	mounts []mountinfo.Mount
}

// A census visits worlds, each once. Reading the mounts of a process takes no rights, unlike telling its namespace. As two mounts
// never have the same id at the same time, the id of its first mount tells one world from another.
type census map[int]bool

// elders visits the world of this thread and those of the ancestors of this process, from the nearest on.
func (c census) elders() iter.Seq[world] {
	return func(yield func(world) bool) {
		more := c.visit(world{}, "thread-self", yield)
		for pid := os.Getppid(); more && pid > 0; pid = parent(pid) {
			more = c.visit(world{pid: pid, elder: true}, strconv.Itoa(pid), yield)
		}
	}
}

// all visits the same worlds and then those of all other processes that can be seen.
func (c census) all() iter.Seq[world] {
	return func(yield func(world) bool) {
		more := true
		for w := range c.elders() {
			if more = yield(w); !more {
				return
			}
		}
		processes, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, p := range processes {
			if pid, err := strconv.Atoi(p.Name()); err == nil && !c.visit(world{pid: pid}, p.Name(), yield) {
				return
			}
		}
	}
}

// visit yields the world of a process unless that was visited before. One whose mounts are not to be told, or that ends
// meanwhile, is left out.
func (c census) visit(w world, process string, yield func(world) bool) (more bool) {
	f, err := os.Open("/proc/" + process + "/mountinfo")
	if err != nil {
		return true
	}
	defer f.Close()
	for m, err := range mountinfo.All(f) {
		if err != nil || len(w.mounts) == 0 && c[m.ID] {
			return true
		}
		w.mounts = append(w.mounts, m)
	}
	if len(w.mounts) == 0 {
		return true
	}
	c[w.mounts[0].ID] = true
	return yield(w)
}

// parent is the parent of a process, 0 if it has none in this PID namespace or is gone.
func parent(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// PID (NAME) STATE PARENT ...; the name can hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	ppid, _ := strconv.Atoi(fields[1])
	return ppid
}

// A location is a file by what all worlds agree on: the file system and the path in it.
type location struct{ dev, path string }

// locate follows a path without symlinks in a world: which file it leads to, and the mount that this one is seen through.
// Mounts that others cover are not met on the way.
func (w *world) locate(path string) (location, mountinfo.Mount) {
	listed := make(map[int]bool, len(w.mounts))
	for _, m := range w.mounts {
		listed[m.ID] = true
	}
	var at mountinfo.Mount
	for range w.mounts { // a bound for what is never circular
		var next mountinfo.Mount
		for _, m := range w.mounts {
			isNext := m.Parent == at.ID && m.ID != at.ID || at.ID == 0 && !listed[m.Parent]
			if _, ok := below(m.Point, path); ok && isNext && (next.ID == 0 || len(m.Point) < len(next.Point)) {
				next = m
			}
		}
		if next.ID == 0 {
			break
		}
		at = next
	}
	rest, _ := below(at.Point, path)
	return location{at.Dev, filepath.Join(at.Root, rest)}, at
}

// mountOn returns whether something is mounted on the file in this world, visible or not.
func (w *world) mountOn(file location) bool {
	byID := make(map[int]*mountinfo.Mount, len(w.mounts))
	for i := range w.mounts {
		byID[w.mounts[i].ID] = &w.mounts[i]
	}
	for _, m := range w.mounts {
		p := byID[m.Parent]
		if p == nil || p.Dev != file.dev {
			continue
		}
		if rest, ok := below(p.Point, m.Point); ok && filepath.Join(p.Root, rest) == file.path {
			return true
		}
	}
	return false
}

// below tells whether path is dir or in it, and the rest of the way.
func below(dir, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, strings.TrimSuffix(dir, "/"))
	return rest, ok && dir != "" && (rest == "" || rest[0] == '/')
}

// resolved is the run directory without symlinks.
func (d Dir) resolved() (string, error) { return filepath.EvalSymlinks(string(d)) }

// mountedElsewhere returns a process in whose world something is mounted on the file of the entry name, though it looks
// plain here. Worlds without a process that can be seen stay unknown.
func (d Dir) mountedElsewhere(name string) (pid int, found bool, err error) {
	dir, err := d.resolved()
	if err != nil {
		return 0, false, err
	}
	var file location
	for w := range (census{}).all() {
		if w.pid == 0 {
			file, _ = w.locate(dir)
			file.path = filepath.Join(file.path, name)
		}
		if w.mountOn(file) {
			if w.pid == 0 {
				w.pid = unix.Getpid()
			}
			return w.pid, true, nil
		}
	}
	return 0, false, nil
}

// A Pin is a mount of a network namespace somewhere.
type Pin struct {
	Ino   uint64 // of the namespace
	PID   int    // a process that sees the mount
	Point string // where, as that process sees it
}

// Pins returns the mounts of network namespaces in all mount namespaces that can be seen.
func Pins() iter.Seq[Pin] {
	return func(yield func(Pin) bool) {
		for w := range (census{}).all() {
			if w.pid == 0 {
				w.pid = unix.Getpid()
			}
			for _, m := range w.mounts {
				var ino uint64
				if n, _ := fmt.Sscanf(m.Root, "net:[%d]", &ino); n == 1 && !yield(Pin{ino, w.pid, m.Point}) {
					return
				}
			}
		}
	}
}
