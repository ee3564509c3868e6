package container

import (
	"bytes"
	"fmt"

	"gons/internal/process"

	"golang.org/x/sys/unix"
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
	cgroup, err := process.ReadFile(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/cgroup", pid), nil)
	if err == nil && bytes.Contains(cgroup, []byte(id)) {
		return true
	}
	parent, err := process.Parent(pid)
	if err != nil {
		return false
	}
	command, err := process.ReadFile(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/cmdline", parent), nil)
	return err == nil && bytes.Contains(command, []byte(id))
}
