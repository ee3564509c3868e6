package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// subject is the entry that a command is about; other is one that it has nothing to do with.
const (
	subject = "lab"
	other   = "other"
)

// A scenario is a command and what it finds.
type scenario struct {
	name   string
	args   []string // the command; PID in it is a process that setUp has started
	again  []string // the command in a form that also accepts the state after it; nil if args is that form
	shared bool     // /run is a shared mount, as systemd has it
	// The states of subject: "" for no entry, or what gons list says.
	before, after string
	more          []string // names of further entries
	setUp         func(*world) error
}

var scenarios = []*scenario{
	{name: "add-first", args: words("add lab"), again: words("add --if-missing lab"), after: "ok"},
	{name: "add-shared", args: words("add lab"), again: words("add --if-missing lab"), after: "ok", shared: true},
	{name: "add", args: words("add --up lab"), again: words("add --up --if-missing lab"), after: "ok", setUp: withOther},
	{
		name: "add-stale", args: words("add lab"), again: words("add --if-missing lab"), before: "stale", after: "ok",
		setUp: withStale,
	},
	{
		name: "attach", args: words("attach lab pid:PID"), again: words("exec lab true"), after: "ok",
		setUp: func(w *world) error { return errors.Join(withOther(w), w.hold()) },
	},
	{name: "delete", args: words("delete lab"), again: words("delete --if-exists lab"), before: "ok", setUp: withBoth},
	{name: "exec", args: words("exec lab true"), before: "ok", after: "ok", setUp: withBoth},
	{name: "exec-etc", args: words("exec lab true"), before: "ok", after: "ok", setUp: withEtc},
}

func words(s string) []string { return strings.Fields(s) }

func find(name string) *scenario {
	for _, s := range scenarios {
		if s.name == name {
			return s
		}
	}
	panic("no scenario " + name)
}

func withOther(w *world) error { return w.mustGons("add", other) }

func withBoth(w *world) error { return w.mustGons("add", other, subject) }

// withStale makes the file that a crash of ip(8) leaves, an hour ago.
func withStale(w *world) error {
	if err := withOther(w); err != nil {
		return err
	}
	path := filepath.Join(runDir, subject)
	if err := os.WriteFile(path, nil, 0); err != nil {
		return err
	}
	return exec.Command("touch", "-d", "1 hour ago", path).Run()
}

func withEtc(w *world) error {
	dir := filepath.Join(etcDir, subject)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"hosts", "resolv.conf"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("# empty\n"), 0o644); err != nil {
			return err
		}
	}
	return withBoth(w)
}

// hold starts a process in a new network namespace: the one that PID stands for on the command line.
func (w *world) hold() error {
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start a process in a network namespace: %w", err)
	}
	w.holders = append(w.holders, cmd)
	w.pid = cmd.Process.Pid
	return nil
}

// withoutPID puts PID in the place of the id of the process.
func (w *world) withoutPID(text string) string {
	if w.pid == 0 {
		return text
	}
	return regexp.MustCompile(`\b`+strconv.Itoa(w.pid)+`\b`).ReplaceAllString(text, "PID")
}

// fill puts the id of the process in the place of PID.
func (w *world) fill(args []string) []string {
	filled := slices.Clone(args)
	for i := range filled {
		filled[i] = strings.Replace(filled[i], "PID", strconv.Itoa(w.pid), 1)
	}
	return filled
}
