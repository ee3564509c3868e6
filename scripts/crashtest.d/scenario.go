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
	{name: "prune", args: words("prune"), before: "stale", more: words("dangling"), setUp: withDead},
	{
		name: "attach-docker", args: words("attach-docker web --name lab"), after: "ok",
		setUp: func(w *world) error { return errors.Join(withOther(w), w.container("one")) },
	},
	{
		name: "attach-docker-again", args: words("attach-docker web --name lab"), before: "dangling", after: "ok", setUp: withRestarted,
	},
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

// withDead makes what prune clears away.
func withDead(w *world) error {
	return errors.Join(withStale(w), os.Chmod(filepath.Join(runDir, subject), os.ModeSticky), os.Symlink("nowhere", filepath.Join(runDir, "dangling")))
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

// container makes the docker command answer that there is a running container "web", whose namespace is at key.
func (w *world) container(key string) error {
	if err := w.hold(); err != nil {
		return err
	}
	answer := fmt.Sprintf(`[{"Id":"%s","Name":"/web","State":{"Status":"running","Pid":%d},`+
		`"NetworkSettings":{"SandboxKey":"%s"},"HostConfig":{"NetworkMode":"default"}}]`, containerID, w.pid, keyDir+key)
	return errors.Join(
		os.MkdirAll(keyDir, 0o755), os.MkdirAll("/run/bin", 0o755),
		os.WriteFile(keyDir+key, nil, 0o444),
		unix.Mount(fmt.Sprintf("/proc/%d/ns/net", w.pid), keyDir+key, "", unix.MS_BIND, ""),
		os.WriteFile("/run/bin/docker", []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o755),
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
