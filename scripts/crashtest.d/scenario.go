//go:build amd64

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	args   []string // the command; PID in it is a process that setUp has started, PROBE a command that looks around
	again  []string // the command in a form that also accepts the state after it; nil if args is that form
	shared bool     // /run is a shared mount, as systemd has it
	early  bool     // it may be done before the Go runtime starts
	// The states of the entries that the command is about.
	before, after states
	halfway       string   // the state in which a crash may leave them besides
	objects       []string // what an error can name besides the entries and the files
	probed        []string // the entries in which PROBE has to run
	setUp         func(*world) error
}

var (
	isOK = states{subject: "ok"}
	both = states{subject: "ok", "second": "ok"}
)

// A crash may leave the file of a namespace without its mount, before it is mounted or after it was unmounted.
const noMount = "stale"

var scenarios = []*scenario{
	{name: "add-first", args: words("add lab"), again: words("add --if-missing lab"), after: isOK, halfway: noMount},
	{name: "add-shared", args: words("add lab"), again: words("add --if-missing lab"), after: isOK, halfway: noMount, shared: true},
	{
		name: "add", args: words("add --up --id auto lab"), again: words("add --up --id auto --if-missing lab"), after: isOK, halfway: noMount,
		setUp: withOther,
	},
	{
		name: "add-stale", args: words("add lab"), again: words("add --if-missing lab"), before: states{subject: "stale"}, after: isOK,
		setUp: withStale, // between its removal and the new one there is nothing, which is halfway too
	},
	{
		name: "add-several", args: words("add lab second"), again: words("add --if-missing lab second"), after: both, halfway: noMount,
		setUp: withOther,
	},
	{
		name: "attach", args: words("attach lab pid:PID"), again: words("exec lab true"), after: isOK, halfway: noMount,
		objects: []string{"process N", `"pid:N"`},
		setUp:   func(w *world) error { return errors.Join(withOther(w), w.hold()) },
	},
	{
		name: "delete", args: words("delete lab"), again: words("delete --if-exists lab"), before: isOK, halfway: noMount,
		setUp: withBoth,
	},
	{
		name: "add-early", args: words("add lab"), again: words("add --if-missing lab"), after: isOK, halfway: noMount,
		setUp: withOther, early: true,
	},
	{
		name: "delete-early", args: words("delete lab"), again: words("delete --if-exists lab"), before: isOK, halfway: noMount,
		setUp: withBoth, early: true,
	},
	{name: "exec-early", args: words("exec lab PROBE"), before: isOK, after: isOK, probed: []string{subject}, setUp: withEtc, early: true},
	{name: "list-early", args: words("list"), before: both, after: both, setUp: withIDs, early: true},
	{name: "prune", args: words("prune"), before: states{subject: "stale", "dangling": "dangling"}, setUp: withDead},
	{
		name: "attach-docker", args: words("attach-docker web --name lab"), after: isOK, objects: []string{`container "web"`},
		setUp: func(w *world) error { return errors.Join(withOther(w), w.container("one")) },
	},
	{
		name: "attach-docker-again", args: words("attach-docker web --name lab"), before: states{subject: "dangling"}, after: isOK,
		objects: []string{`container "web"`}, setUp: withRestarted,
	},
	{
		name: "attach-docker-bind", args: words("attach-docker web --name lab --bind"), after: isOK, halfway: noMount,
		objects: []string{`container "web"`}, setUp: func(w *world) error { return errors.Join(withOther(w), w.container("one")) },
	},
	{
		// A container that has no file for its namespace: the link leads to its process.
		name: "attach-docker-pid", args: words("attach-docker web --name lab"), after: isOK,
		objects: []string{`container "web"`}, setUp: func(w *world) error { return errors.Join(withOther(w), w.container("")) },
	},
	{name: "exec", args: words("exec lab PROBE"), before: isOK, after: isOK, probed: []string{subject}, setUp: withBoth},
	{name: "exec-etc", args: words("exec lab PROBE"), before: isOK, after: isOK, probed: []string{subject}, setUp: withEtc},
	{
		name: "exec-all", args: words("exec --all PROBE"), before: states{subject: "ok", other: "ok"},
		after: states{subject: "ok", other: "ok"}, probed: []string{subject, other}, setUp: withBoth,
	},
}

// names are the entries that the command is about.
func (s *scenario) names() map[string]bool {
	names := map[string]bool{}
	for name := range s.before {
		names[name] = true
	}
	for name := range s.after {
		names[name] = true
	}
	return names
}

// changes is how many entries the command changes.
func (s *scenario) changes() (n int) {
	for name := range s.names() {
		if s.before[name] != s.after[name] {
			n++
		}
	}
	return n
}

// isPartlyDone tells whether one of the entries is as after the command.
func (s *scenario) isPartlyDone(now states) bool {
	for name := range s.names() {
		if s.before[name] != s.after[name] && now[name] == s.after[name] {
			return true
		}
	}
	return false
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

func withIDs(w *world) error {
	return errors.Join(w.mustGons("add", subject, "second"), w.mustGons("set", subject, "auto"))
}

func withBoth(w *world) error { return w.mustGons("add", other, subject) }

// withStale makes the file that a crash of ip(8) leaves, an hour ago.
func withStale(w *world) error {
	if err := withOther(w); err != nil {
		return err
	}
	path := entryPath(subject)
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
	w.hosts = "127.0.0.1 of-lab\n"
	for name, content := range map[string]string{"hosts": w.hosts, "resolv.conf": "# empty\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return withBoth(w)
}

// withDead makes what prune clears away.
func withDead(w *world) error {
	return errors.Join(withStale(w), os.Chmod(entryPath(subject), os.ModeSticky), os.Symlink("nowhere", entryPath("dangling")))
}

// withRestarted has a name of a container that was started again since.
func withRestarted(w *world) error {
	return errors.Join(withOther(w), w.container("one"), w.mustGons("attach-docker", "web", "--name", subject),
		unix.Unmount(keyDir+"one", 0), os.Remove(keyDir+"one"), w.container("two"))
}

// keyDir is where Docker keeps the namespaces of containers.
const keyDir = "/run/docker/netns/"

// containerID has to be in the command line of the parent of the container's first process, which is the worker.
const containerID = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

// container makes the docker command answer that there is a running container "web", whose namespace is at key, or nowhere.
func (w *world) container(key string) error {
	if err := w.hold(); err != nil {
		return err
	}
	if key != "" {
		key = keyDir + key
		err := errors.Join(
			os.MkdirAll(keyDir, 0o755),
			os.WriteFile(key, nil, 0o444),
			unix.Mount(fmt.Sprintf("/proc/%d/ns/net", w.pid), key, "", unix.MS_BIND, ""),
		)
		if err != nil {
			return err
		}
	}
	answer := fmt.Sprintf(`[{"Id":"%s","Name":"/web","State":{"Status":"running","Pid":%d},`+
		`"NetworkSettings":{"SandboxKey":"%s"},"HostConfig":{"NetworkMode":"default"}}]`, containerID, w.pid, key)
	w.path = "/run/bin" // where no other docker is
	return errors.Join(
		os.MkdirAll(w.path, 0o755),
		os.WriteFile(w.path+"/docker", []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o755),
	)
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

// fill puts what they stand for in the place of PID and PROBE.
func (w *world) fill(args []string) []string {
	filled := slices.Clone(args)
	for i := range filled {
		filled[i] = strings.NewReplacer("PID", strconv.Itoa(w.pid), "PROBE", probePath).Replace(filled[i])
	}
	return filled
}
