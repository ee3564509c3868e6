package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	runDir = "/run/netns"
	etcDir = "/run/etc-netns"
)

// A world is the Linux of one worker.
type world struct {
	gons, dir string // the binary; a directory for the log of strace
	holders   []*exec.Cmd
	pid       int           // of the last holder
	delay     time.Duration // how long strace holds a thread that is to be killed at the exit of a call
	otherNS   uint64        // what the entry "other" was before the command
}

// An entry is what gons list --json says of one.
type entry struct {
	Name  string `json:"name"`
	State string `json:"state"`
	NS    uint64 `json:"ns"`
}

func (w *world) env() []string {
	return append(os.Environ(), "PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin", "GONS_ETC_DIR="+etcDir, "GONS_RUN_DIR=", "GOTRACEBACK=single")
}

// prepare makes the state that the command finds.
func (w *world) prepare(s *scenario) error {
	flags := uintptr(unix.MS_PRIVATE)
	if s.shared {
		flags = unix.MS_SHARED
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	if err := unix.Mount("", "/run", "", flags, ""); err != nil {
		return err
	}
	if s.setUp != nil {
		if err := s.setUp(w); err != nil {
			return err
		}
	}
	entries, err := w.list()
	w.otherNS = entries[other].NS
	return err
}

// end takes everything away again.
func (w *world) end() {
	for _, h := range w.holders {
		_ = h.Process.Kill()
		_ = h.Wait()
	}
	w.holders, w.pid = nil, 0
	_ = unix.Unmount("/run", unix.MNT_DETACH) // with all that is mounted below
}

// runGons runs gons without strace.
func (w *world) runGons(args ...string) (string, error) {
	args = w.fill(args)
	cmd := exec.Command(w.gons, args...)
	cmd.Env = w.env()
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("gons %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errors.String()))
	}
	return string(out), err
}

func (w *world) mustGons(args ...string) error {
	_, err := w.runGons(args...)
	return err
}

func (w *world) list() (map[string]entry, error) {
	out, err := w.runGons("list", "--json")
	if err != nil {
		return nil, err
	}
	var list []entry
	err = json.Unmarshal([]byte(out), &list)
	entries := map[string]entry{}
	for _, e := range list {
		entries[e.Name] = e
	}
	return entries, err
}

// strays lists the processes that are neither this one nor one of the holders.
func (w *world) strays() (pids []int) {
	names, _ := os.ReadDir("/proc")
	for _, e := range names {
		pid, err := strconv.Atoi(e.Name())
		isHolder := slices.ContainsFunc(w.holders, func(h *exec.Cmd) bool { return h.Process.Pid == pid })
		if err == nil && pid != 1 && !isHolder {
			pids = append(pids, pid)
		}
	}
	return pids
}

// settle waits until all other processes have ended; those of gons that lost their parent are reaped here.
func (w *world) settle() error {
	for deadline := time.Now().Add(3 * time.Second); ; time.Sleep(time.Millisecond) {
		pids := w.strays()
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
		if time.Now().After(deadline) {
			w.killAll()
			return fmt.Errorf("a process was left behind: %v", pids)
		}
	}
}

func (w *world) killAll() {
	for _, pid := range w.strays() {
		_ = unix.Kill(pid, unix.SIGKILL)
		_, err := unix.Wait4(pid, nil, 0, nil)
		if err != nil && !errors.Is(err, unix.ECHILD) {
			fmt.Fprintln(os.Stderr, "crashtest:", err)
		}
	}
}
