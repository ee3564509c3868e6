//go:build amd64

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// judge tells what is wrong after a case: with the state, with the text, or when the command is given again.
func (w *world) judge(s *scenario, r request, run run) error {
	if err := w.settle(); err != nil {
		return err
	}
	now, err := w.states()
	if err != nil {
		return err
	}
	isCrash, err := crashed(r, run)
	if err != nil {
		return err
	}
	switch {
	case isCrash:
		err = s.judgeCrash(now)
	case run.status == 0:
		if err = s.judgeSuccess(r, now); err == nil {
			err = w.judgeProbes(s, r, run.output)
		}
	default:
		if err = s.judgeFailure(r, now); err == nil {
			err = w.judgeText(s, r, run)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: exit status %d: %s", err, run.status, run.output)
	}
	// A crash may leave what the next command clears away.
	if err := w.check(s, now, isCrash); err != nil {
		return err
	}
	args := s.args
	if s.again != nil && s.isPartlyDone(now) {
		args = s.again
	}
	if err := w.mustGons(args...); err != nil {
		return fmt.Errorf("again, after %v: %w", now, err)
	}
	for name := range s.names() {
		if _, err := os.Lstat(entryPath(name)); s.after[name] == "" && !os.IsNotExist(err) {
			return fmt.Errorf("again: %q is there: %w", name, err)
		}
	}
	if err := w.check(s, w.with(s.after), false); err != nil { // with a look into the namespaces
		return fmt.Errorf("again: %w", err)
	}
	return nil
}

// brokeDown is what the runtime of Go says when it gives up.
var brokeDown = regexp.MustCompile(`(?m)^(fatal error: |runtime: |panic: |SIG|unexpected signal)|failed to create new OS thread`)

// crashed tells whether the command was ended in the midst. The error is for one that had no reason to end like that.
func crashed(r request, run run) (bool, error) {
	isBroken := brokeDown.MatchString(run.output)
	switch {
	case run.killed == unix.SIGKILL && r.isKill() && !r.Point.Child:
		return true, nil
	case run.killed == unix.SIGPIPE && r.How == "EPIPE" && isOutput(r.Point): // as every program that nobody listens to
		return true, nil
	case run.killed != 0 && r.Point.isOfRuntime() && !r.isKill(): // it cannot even say that it gives up
		return true, nil
	case run.killed != 0:
		return false, fmt.Errorf("it was killed by %v: %s", run.killed, run.output)
	case isBroken && r.Point.isOfRuntime() && !r.isKill(): // there is no thread, no memory: the runtime of Go gives up
		return true, nil
	case isBroken:
		return false, fmt.Errorf("it broke down: %s", run.output)
	case r.isKill() && !r.Point.Child:
		return false, fmt.Errorf("it was to be killed, but ended with exit status %d: %s", run.status, run.output)
	}
	return false, nil
}

// isOutput tells whether the call writes what gons has to say.
func isOutput(p point) bool { return p.Key == "write(1)" || p.Key == "write(2)" }

// judgeCrash: each name is as before, or as after, or what the same command repairs.
func (s *scenario) judgeCrash(now states) error {
	for name := range s.names() {
		if !slices.Contains([]string{s.before[name], s.after[name], s.halfway}, now[name]) {
			return fmt.Errorf("the state of %q is %q after a crash", name, now[name])
		}
	}
	return nil
}

// judgeSuccess: each name is as it has to be after the command.
func (s *scenario) judgeSuccess(r request, now states) error {
	for name := range s.names() {
		if now[name] != s.after[name] && !(s.isMisled(r, name) && slices.Contains([]string{s.before[name], s.halfway}, now[name])) {
			return fmt.Errorf("the state of %q is %q after success", name, now[name])
		}
	}
	return nil
}

// isMisled tells whether the kernel was made to say what only means that there is nothing to do for the command: to ask again would
// be to ask the same kernel.
func (s *scenario) isMisled(r request, name string) bool {
	isAbout := slices.ContainsFunc(r.Point.files(), func(file string) bool {
		return file == name || strings.TrimPrefix(file, "/var") == entryPath(name)
	})
	switch r.How {
	case "ENOENT": // what is to be gone is gone, or its directory
		return s.after[name] == "" && (isAbout || isRunDir(r.Point))
	case "EACCES": // a symlink that gons may not follow leads who knows where, so it is left
		return s.args[0] == "prune" && isAbout && r.Point.Call == "openat"
	}
	return false
}

// isRunDir tells whether the call is about the run directory, or one on the way to it.
func isRunDir(p point) bool { return p.isOnWayTo(runDir) || p.isOnWayTo("/var"+runDir) }

// judgeFailure: the names are as before. Of several names some may be done already, but not all, or there was nothing that failed.
func (s *scenario) judgeFailure(r request, now states) error {
	done := 0
	for name := range s.names() {
		switch {
		case s.before[name] != s.after[name] && now[name] == s.after[name]:
			done++
		case now[name] == s.before[name]:
		case now[name] == "" && s.before[name] == "stale": // what is dead is cleared away before it is made anew
		default:
			return fmt.Errorf("the state of %q is %q after a failure", name, now[name])
		}
	}
	// The result is told last of all, when there is nothing to be undone any more.
	if changes := s.changes(); done == changes && changes > 0 && r.Point.Key != "write(1)" {
		return fmt.Errorf("all is done after a failure")
	}
	return nil
}
