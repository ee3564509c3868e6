package mountns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gons/internal/mountinfo"
	"gons/internal/mounts"
	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// A View is a mount namespace as a process sees it. It is good for the visit only.
type View struct {
	PID    int  // of that process, as /proc has it
	Own    bool // it is this process, and the mount namespace that of the calling thread
	survey *Survey
	unread io.Reader // mountinfo; nil when mounts has all of it
	mounts []mountinfo.Mount
}

// Mounts returns all mounts, in the order of /proc, and none if they cannot be read, which [Survey.Err] tells. With thousands of names
// that takes milliseconds, so it happens only when it is asked for.
func (v *View) Mounts() []mountinfo.Mount {
	if v.unread == nil {
		return v.mounts
	}
	for m, err := range mountinfo.All(v.unread) {
		if err != nil {
			v.survey.fail(err)
			v.mounts = nil
			break
		}
		v.mounts = append(v.mounts, m)
	}
	v.unread = nil
	return v.mounts
}

// A Survey visits mount namespaces, each once. Reading the mounts of a process takes no rights, unlike telling its namespace. As
// two mounts never have the same id at the same time, the id of its first mount tells one mount namespace from another.
type Survey struct {
	visited map[int]bool
	err     error
}

// Err says why mount namespaces are missing in what was visited, if they could have been seen: the first error in reading /proc. What
// is not to be told is no error.
func (s *Survey) Err() error { return s.err }

// Ancestors visits the mount namespace of this thread and those of the ancestors of this process, from the nearest on.
func (s *Survey) Ancestors() iter.Seq[View] {
	return func(yield func(View) bool) {
		more := s.visit(View{PID: os.Getpid(), Own: true}, "thread-self", yield)
		// In the numbers of /proc: it can be that of an outer PID namespace.
		pid, err := process.Self()
		for err == nil && more {
			of := pid
			if pid, err = process.Parent(of); err != nil {
				err = fmt.Errorf("read /proc/%d/stat: %w", of, err)
			}
			if err != nil || pid == 0 {
				break
			}
			more = s.visit(View{PID: pid}, strconv.Itoa(pid), yield)
		}
		if err != nil {
			s.fail(err)
		}
	}
}

// All visits the same mount namespaces and then those of all other processes that can be seen. A process whose mounts are not to
// be told, or that ends meanwhile, is left out, so a mount namespace without a process that can be seen stays unknown.
func (s *Survey) All() iter.Seq[View] {
	return func(yield func(View) bool) {
		for v := range s.Ancestors() {
			if !yield(v) {
				return
			}
		}
		pids, err := process.List()
		if err != nil {
			s.fail(fmt.Errorf("read /proc: %w", err))
			return
		}
		for _, pid := range pids {
			if !s.visit(View{PID: pid}, strconv.Itoa(pid), yield) {
				return
			}
		}
	}
}

// visit yields the mount namespace of a process unless that was visited before.
func (s *Survey) visit(v View, process string, yield func(View) bool) (more bool) {
	f, err := mountinfo.Open(process)
	if err != nil {
		s.fail(err)
		return true
	}
	defer f.Close()
	// The kernel makes no more lines than are asked for, and the first one begins with the id.
	start := make([]byte, 32)
	n, err := f.Read(start)
	number, _, _ := strings.Cut(string(start[:n]), " ")
	id, bad := strconv.Atoi(number)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		s.fail(err)
		return true
	case bad != nil: // there are no mounts at all
		return true
	case s.visited[id]:
		return true
	}
	if s.visited == nil {
		s.visited = map[int]bool{}
	}
	s.visited[id] = true
	v.survey, v.unread = s, io.MultiReader(bytes.NewReader(start[:n]), f)
	return yield(v)
}

// fail keeps the first error, unless it says that a process is gone (EINVAL is what the mounts of a zombie give), that its mounts are
// not to be told, or that there is no /proc.
func (s *Survey) fail(err error) {
	usual := process.IsGone(err) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
	if !usual && s.err == nil {
		s.err = fmt.Errorf("look for mounts: %w", err)
	}
}

// A Location is a file by what all mount namespaces agree on.
type Location struct {
	Dev  string // the file system, as MAJOR:MINOR
	Path string // in it
}

// Locate follows an absolute path without symlinks: which file it leads to, and the mount that this one is seen through.
// Mounts that others cover are not met on the way.
func (v *View) Locate(path string) (Location, mountinfo.Mount) {
	if v.Own {
		m, err := mounts.Of(path)
		if rest, ok := below(m.Point, path); ok && err == nil {
			return Location{m.Dev, filepath.Join(m.Root, rest)}, m
		}
	}
	all := v.Mounts()
	listed := make(map[int]bool, len(all))
	for _, m := range all {
		listed[m.ID] = true
	}
	var at mountinfo.Mount
	for range all { // a bound for what is never circular
		var next mountinfo.Mount
		for _, m := range all {
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
	return Location{at.Dev, filepath.Join(at.Root, rest)}, at
}

// points returns the files that something is mounted on, visible or not.
func (v *View) points() iter.Seq[Location] {
	return func(yield func(Location) bool) {
		all := v.Mounts()
		byID := make(map[int]*mountinfo.Mount, len(all))
		for i := range all {
			byID[all[i].ID] = &all[i]
		}
		for _, m := range all {
			p := byID[m.Parent]
			if p == nil {
				continue
			}
			rest, ok := below(p.Point, m.Point)
			if ok && !yield(Location{p.Dev, filepath.Join(p.Root, rest)}) {
				return
			}
		}
	}
}

// below tells whether path is dir or in it, and the rest of the way.
func below(dir, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, strings.TrimSuffix(dir, "/"))
	return rest, ok && dir != "" && (rest == "" || rest[0] == '/')
}

// MountedOn tells which of the files something is mounted on, in whatever mount namespace, with a process that sees it. What is a
// bare file here can be a live mount there, and goes when the file is removed (since Linux 3.18). The paths are absolute
// ones of the calling thread, and only their last element may be a symlink; it is not followed. The error is that of [Survey.Err]: then
// nothing says that a file is free.
func MountedOn(files ...string) (map[string]int, error) {
	wanted := map[Location]string{}
	found := map[string]int{}
	var survey Survey
	for v := range survey.All() {
		if v.Own {
			for _, file := range files {
				at, _ := v.Locate(filepath.Dir(file))
				at.Path = filepath.Join(at.Path, filepath.Base(file))
				wanted[at] = file
			}
		}
		for point := range v.points() {
			if file, ok := wanted[point]; ok && found[file] == 0 {
				found[file] = v.PID
			}
		}
	}
	return found, survey.Err()
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
		for v := range (&Survey{}).All() {
			for _, m := range v.Mounts() {
				var ino uint64
				if n, _ := fmt.Sscanf(m.Root, "net:[%d]", &ino); n == 1 && !yield(Pin{ino, v.PID, m.Point}) {
					return
				}
			}
		}
	}
}
