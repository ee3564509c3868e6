//go:build amd64

package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
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
	gons, self, dir string // the binary; that of this program; a directory for the output
	holders         []*exec.Cmd
	pid             int               // of the last holder
	others          map[string]uint64 // the entries that the command has nothing to do with: their namespaces
	mounts          map[string]int    // before the command
	hosts           string            // what exec is to put on /etc/hosts
	path            string            // where commands are
	early           bool              // the command may be done before the Go runtime starts
}

func (w *world) env() []string {
	env := []string{"PATH=" + w.path, "GONS_ETC_DIR=" + etcDir, "GOTRACEBACK=single"}
	if w.early {
		return env
	}
	// Without the signals by which the scheduler interrupts goroutines fewer calls are made twice. With this nothing is done before the runtime starts.
	return append(env, "GODEBUG=asyncpreemptoff=1")
}

// prepare makes the state that the command finds.
func (w *world) prepare(s *scenario) error {
	w.path = "/usr/sbin:/usr/bin:/sbin:/bin"
	w.early = s.early
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
	if err := w.writeProbe(); err != nil {
		return err
	}
	if s.setUp != nil {
		if err := s.setUp(w); err != nil {
			return err
		}
	}
	w.others = map[string]uint64{}
	if ns, err := inode(entryPath(other)); err == nil && !s.names()[other] {
		w.others[other] = ns
	}
	w.mounts = mountPoints()
	return nil
}

// end takes everything away again.
func (w *world) end() {
	for _, h := range w.holders {
		_ = h.Process.Kill()
		_ = h.Wait()
	}
	w.holders, w.pid, w.hosts = nil, 0, ""
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

// entryPath is the file of an entry.
func entryPath(name string) string { return filepath.Join(runDir, name) }

// with adds the entries that the command has nothing to do with.
func (w *world) with(now states) states {
	all := states{}
	maps.Copy(all, now)
	for name := range w.others {
		all[name] = "ok"
	}
	return all
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

// settleLimit is far more than the stand-in of an engine needs to end.
const settleLimit = 10 * time.Second

// settle waits until all other processes have ended; those of gons that lost their parent are reaped here.
func (w *world) settle() error {
	for deadline := time.Now().Add(settleLimit); ; time.Sleep(time.Millisecond) {
		pids := w.strays()
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			var ws unix.WaitStatus
			if _, err := unix.Wait4(pid, &ws, unix.WNOHANG|unix.WALL, nil); err == nil && ws.Stopped() {
				_ = unix.PtraceDetach(pid) // born when gons was killed, before the tracer knew of it
			}
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
