package container

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// IsProcess tells whether the process pid of this PID namespace is the first one of the container with that id, or of its
// cgroup. A number alone says nothing: it can be one of another machine, or have been given to another process since.
//
// The engines write the id into the path of the cgroup, and into the command line of the process that starts the container
// and stays its parent (containerd-shim, conmon); rootless containers may have no cgroup of their own.
func IsProcess(pid int, id string) bool {
	if pid <= 0 || !isID(id) {
		return false
	}
	cgroup, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err == nil && bytes.Contains(cgroup, []byte(id)) {
		return true
	}
	parent, err := parentOf(pid)
	if err != nil {
		return false
	}
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", parent))
	return err == nil && bytes.Contains(command, []byte(id))
}

// parentOf returns the parent of a process.
func parentOf(pid int) (int, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name of the program, in parentheses, can hold anything; what follows the last one is fixed (proc_pid_stat(5)).
	_, rest, _ := strings.Cut(string(stat[max(0, bytes.LastIndexByte(stat, ')')):]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0, fmt.Errorf("read the parent of process %d: no such field", pid)
	}
	return strconv.Atoi(fields[1])
}
