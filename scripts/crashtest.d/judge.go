package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// judge tells what is wrong after a case: with the state, with the text, or when the command is given again.
func (w *world) judge(s *scenario, r request, run run) error {
	if err := w.settle(); err != nil {
		return err
	}
	entries, err := w.list()
	if err != nil {
		return err
	}
	state := entries[subject].State
	if s.before == "stale" && s.after != "" && state == "" { // cleared away before it is made anew
		state = "stale"
	}
	isCrash := run.isKilled || strings.Contains(r.How, "EPIPE") || runtimeCalls[r.Point.Call] && brokeDown.MatchString(run.output)
	switch {
	case isCrash: // before, after, or what the next command repairs
		if !slices.Contains([]string{s.before, s.after, "stale"}, state) {
			return fmt.Errorf("the state is %q", state)
		}
	case r.Point.Call == "unlinkat" && r.How == "ENOENT": // a lie that gons cannot see through: it is to be gone, and is said to be
	case run.status == 0:
		if state != s.after {
			return fmt.Errorf("exit status 0, but the state is %q: %s", state, run.output)
		}
	default:
		// When the result cannot be written all is done.
		isDone := state == s.after && (r.Point.Call == "write" || len(s.more) > 0) // or one of several could not be done
		if state != s.before && !isDone {
			return fmt.Errorf("exit status %d, but the state is %q: %s", run.status, state, run.output)
		}
		if err := judgeText(s, r, run); err != nil {
			return err
		}
	}
	if err := w.check(s, entries[subject].State); err != nil {
		return err
	}
	args := s.args
	if s.again != nil && state == s.after {
		args = s.again
	}
	if err := w.mustGons(args...); err != nil {
		return fmt.Errorf("again: %w", err)
	}
	if err := w.check(s, s.after); err != nil {
		return fmt.Errorf("again: %w", err)
	}
	if err := w.mustGons("delete", "--all"); err != nil {
		return err
	}
	if points := mountPoints(); len(points) > 0 {
		return fmt.Errorf("mounts are left when all names are deleted: %q", points)
	}
	return nil
}

var (
	// brokeDown is what the runtime of Go says when it gives up.
	brokeDown = regexp.MustCompile(`(?m)^(fatal error: |runtime: |panic: |SIG|unexpected signal)|failed to create new OS thread`)
	// An error says the operation, its object and the reason.
	errorText = regexp.MustCompile(`(?m)^gons: error: [a-z].*("|/|namespace|ids|sysfs).*: .+$`)
)

// judgeText checks the error text of a command that failed because of a system call.
func judgeText(s *scenario, r request, run run) error {
	switch {
	case brokeDown.MatchString(run.output):
		return fmt.Errorf("gons broke down: %s", run.output)
	case r.How == "ENOEXEC" && r.Point.Call == "execve": // what is no program may be a script: the shell has the word
	case !errorText.MatchString(run.output):
		return fmt.Errorf("the error does not say what failed: %q", run.output)
	case s.args[0] == "exec" && run.status < 125:
		return fmt.Errorf("exit status %d of exec is the command's: %s", run.status, run.output)
	}
	return nil
}

// check compares the run directory with what it has to be when subject is in the given state.
func (w *world) check(s *scenario, state string) error {
	entries, err := w.list()
	if err != nil {
		return err
	}
	if got := entries[subject].State; got != state {
		return fmt.Errorf("the state is %q, want %q", got, state)
	}
	if w.otherNS != 0 && entries[other].NS != w.otherNS {
		return fmt.Errorf("%q was namespace %d and is %v", other, w.otherNS, entries[other])
	}
	delete(entries, other)
	delete(entries, subject)
	for name := range entries {
		if !slices.Contains(s.more, name) {
			return fmt.Errorf("there is an entry more: %v", entries[name])
		}
	}
	points := mountPoints()
	for _, name := range []string{subject, other} {
		if err := w.enter(name); err != nil {
			return err
		}
	}
	slices.Sort(points)
	if once := slices.Compact(slices.Clone(points)); len(once) != len(points) {
		return fmt.Errorf("mounted more than once: %q", points)
	}
	for _, point := range points {
		if _, err := os.Lstat(point); err != nil {
			return fmt.Errorf("a mount without a name: %s", point)
		}
	}
	return nil
}

// enter runs a program in an entry that gons list calls ok, and expects it to be in that very namespace.
func (w *world) enter(name string) error {
	entries, err := w.list()
	if err != nil || entries[name].State != "ok" {
		return err
	}
	out, err := w.runGons("exec", name, "readlink", "/proc/thread-self/ns/net")
	if want := fmt.Sprintf("net:[%d]\n", entries[name].NS); err != nil || out != want {
		return fmt.Errorf("%q is said to be ok and to be %s, but: %s %w", name, want, out, err)
	}
	return nil
}

// mountPoints lists what is mounted in the run directory.
func mountPoints() (points []string) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return []string{err.Error()}
	}
	for line := range strings.Lines(string(info)) {
		if fields := strings.Fields(line); filepath.Dir(fields[4]) == runDir {
			points = append(points, fields[4])
		}
	}
	return points
}
