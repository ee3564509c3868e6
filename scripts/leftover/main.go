// Leftover runs a command and fails if something is left of it: a process, however it got away from its parent, and with it its
// descriptors and namespaces; a mount; a name of a network namespace. It looks from outside, at what is the command's own whatever else
// happens on the machine: processes that lose their parent become children of leftover, and as root the command has a private
// copy of the mounts, where nothing arrives that others mount. A name in the machine's run directories counts if it is not mounted
// outside, as a name is that somebody else has made.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long processes may take to end after the command.
const patience = 5 * time.Second

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "leftover:", err)
		status = max(status, 1)
	}
	os.Exit(status)
}

func run(command []string) (status int, err error) {
	if len(command) == 0 {
		return 2, errors.New("no command")
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 1, os.NewSyscallError("prctl", err)
	}
	from, to, err := os.Pipe()
	if err != nil {
		return 1, err
	}
	defer to.Close()
	// It waits until the state before is known.
	script := `read -r _ <&3; exec 3<&-; exec "$@"`
	attr := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		script = "mount --make-rprivate / || exit; " + script
		attr.Cloneflags = unix.CLONE_NEWNS
	}
	cmd := exec.Command("sh", append([]string{"-c", script, "sh"}, command...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles, cmd.SysProcAttr = []*os.File{from}, attr
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	from.Close()
	// Open, it is about that mount namespace even when the process has ended.
	mounts, err := os.Open(fmt.Sprintf("/proc/%d/mountinfo", cmd.Process.Pid))
	if err != nil {
		return 1, err
	}
	defer mounts.Close()
	pointsBefore, err := points(mounts)
	if err != nil {
		return 1, err
	}
	namesBefore := names()
	if _, err := fmt.Fprintln(to, "go"); err != nil {
		return 1, err
	}
	status, err = wait(cmd.Process.Pid)
	if err != nil {
		return 1, err
	}

	var left []string
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if left, err = descendants(); err != nil || len(left) == 0 || time.Now().After(deadline) {
			break
		}
	}
	pointsAfter, mountErr := points(mounts)
	if err := errors.Join(err, mountErr); err != nil {
		return 1, err
	}
	for _, point := range more(pointsBefore, pointsAfter) {
		left = append(left, "mount on "+point)
	}
	for _, name := range more(namesBefore, names()) {
		left = append(left, "name "+name)
	}
	if len(left) > 0 {
		return 1, fmt.Errorf("something is left:\n%s", strings.Join(left, "\n"))
	}
	return status, nil
}

// wait reaps children until the one with the pid has ended.
func wait(pid int) (int, error) {
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 1, os.NewSyscallError("wait4", err)
		case ended == pid && status.Signaled():
			return 128 + int(status.Signal()), nil
		case ended == pid:
			return status.ExitStatus(), nil
		}
	}
}

// descendants describes the processes that are left, after it has reaped those that have ended.
func descendants() (left []string, err error) {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if pid <= 0 && !errors.Is(err, unix.EINTR) {
			break
		}
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	about := map[int]string{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		// The name, in parentheses, can hold anything. Behind it are the state and the parent (proc_pid_stat(5)).
		end := bytes.LastIndexByte(text, ')')
		fields := strings.Fields(string(text[end+1:]))
		if len(fields) < 2 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
		about[pid] = string(text[:end+1])
	}
	for next := []int{os.Getpid()}; len(next) > 0; next = next[1:] {
		for _, child := range children[next[0]] {
			net, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", child))
			left = append(left, strings.TrimSpace(fmt.Sprintf("process %s %s", about[child], net)))
			next = append(next, child)
		}
	}
	return left, nil
}

// points are the mount points in a mountinfo file, each as often as something is mounted there.
func points(mounts *os.File) (map[string]int, error) {
	if _, err := mounts.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(mounts)
	found := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 4 {
			found[fields[4]]++
		}
	}
	return found, err
}

// names are the entries of the machine's run directories that are not mounted in the mount namespace of leftover.
func names() map[string]int {
	found := map[string]int{}
	outside, _ := os.ReadFile("/proc/thread-self/mountinfo")
	for _, dir := range []string{"/run/netns", "/var/run/netns", "/etc/netns"} {
		entries, _ := os.ReadDir(dir) // usually there is none
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			mounted := filepath.Join(strings.TrimPrefix(dir, "/var"), e.Name()) // /var/run is a symlink nearly everywhere
			if !bytes.Contains(outside, []byte(" "+path+" ")) && !bytes.Contains(outside, []byte(" "+mounted+" ")) {
				found[path]++
			}
		}
	}
	return found
}

// more is what there is more of than before.
func more(before, after map[string]int) (keys []string) {
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if after[key] > before[key] {
			keys = append(keys, key)
		}
	}
	return keys
}
