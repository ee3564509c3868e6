package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gons/internal/exec"
	"gons/internal/holders"
	"gons/internal/ipgrammar"
	"gons/internal/mounts"
	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

// An ipFailure is what ip(8) says, and exits with, when something could not be done.
type ipFailure struct {
	status int
	text   string
}

func (f *ipFailure) Error() string { return f.text }

// ipFailed is the usual failure.
func ipFailed(format string, args ...any) error {
	return &ipFailure{ipgrammar.StatusFailed, fmt.Sprintf(format, args...)}
}

// Exit statuses of ip(8) for what it was not refused at once.
const (
	ipStatusKernel = 2   // the kernel refused a request over rtnetlink
	ipStatusEnter  = 255 // the namespace cannot be entered
)

// strerror is the reason of err as strerror(3) has it.
func strerror(err error) string {
	var errno unix.Errno
	switch {
	case errors.As(err, &errno):
	case errors.Is(err, nsfile.ErrExist): // whatever else it is
		errno = unix.EEXIST
	case errors.Is(err, nsfile.ErrNotExist), errors.Is(err, nsfile.ErrDangling), errors.Is(err, exec.ErrNotFound),
		errors.Is(err, holders.ErrNoProcess), errors.Is(err, holders.ErrEnded):
		errno = unix.ENOENT
	case errors.Is(err, nsfile.ErrStale), errors.Is(err, nsfile.ErrForeign):
		errno = unix.EINVAL
	default:
		return oneLine(err)
	}
	text := errno.Error() // as in C, but for the first letter
	return strings.ToUpper(text[:1]) + text[1:]
}

// ipSetupError is err, which kept the run directory from being prepared, as ip(8) says it.
func (c *cli) ipSetupError(err error) error {
	var private *nsfile.PrivateError
	if errors.As(err, &private) {
		return err
	}
	var mount *mounts.Error
	if errors.As(err, &mount) {
		switch mount.Op {
		case "make shared", "make private":
			return ipFailed("mount --%s %s failed: %s", strings.ReplaceAll(mount.Op, " ", "-"), mount.Target, strerror(err))
		case "bind mount":
			return ipFailed("mount --bind %s %s failed: %s", mount.Source, mount.Target, strerror(err))
		}
	}
	if _, missing := os.Stat(string(c.dir)); missing != nil {
		return ipFailed("mkdir %s failed: %s", c.dir, strerror(err))
	}
	return ipFailed("Cannot open netns runtime directory \"%s\": %s", c.dir, strerror(err))
}

// ipCreateError is err, which kept the entry name from being made for the namespace of process, as ip(8) says it.
func (c *cli) ipCreateError(name, process string, err error) error {
	var mount *mounts.Error
	var call *os.SyscallError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nsfile.ErrName):
		return c.ipBadName(name)
	case errors.As(err, &mount):
		return ipFailed("Bind /proc/%s/ns/net -> %s failed: %s", process, c.dir.Path(name), strerror(err))
	case errors.As(err, &call) && call.Syscall == "unshare":
		return ipFailed("Failed to create a new network namespace \"%s\": %s", name, strerror(err))
	}
	return ipFailed("Cannot create namespace file \"%s\": %s", c.dir.Path(name), strerror(err))
}

// ipExecError is err, with which a plan failed, as ip(8) says it.
func ipExecError(plan *exec.Plan, err error) error {
	var command *exec.CommandError
	var mount *mounts.Error
	var call *os.SyscallError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &command):
		if reason := unix.Access(command.Command, unix.X_OK); strings.Contains(command.Command, "/") && errors.Is(err, exec.ErrNotFound) {
			err = reason // such as that a part of the path is no directory
		}
		return ipFailed("exec of \"%s\" failed: %s", command.Command, strerror(err))
	case errors.As(err, &mount) && mount.Op == "make slave":
		return &ipFailure{ipStatusEnter, fmt.Sprintf("\"mount --make-rslave /\" failed: %s", strerror(err))}
	case errors.As(err, &call) && call.Syscall == "setns":
		return ipCannotEnter(plan.Name, err)
	case errors.As(err, &call) && call.Syscall == "unshare":
		return &ipFailure{ipStatusEnter, "unshare failed: " + strerror(err)}
	}
	return &ipFailure{ipStatusEnter, oneLine(err)}
}

func ipCannotEnter(name string, err error) error {
	return &ipFailure{ipStatusEnter, fmt.Sprintf("setting the network namespace \"%s\" failed: %s", name, strerror(err))}
}

// ipWarn tells what is missing in a namespace.
func (c *cli) ipWarn(err error) {
	var mount *mounts.Error
	if !errors.As(err, &mount) || mount.Op != "bind mount" {
		c.warn(err)
		return
	}
	fmt.Fprintf(c.stderr, "Bind %s -> %s failed: %s\n", mount.Source, mount.Target, strerror(err))
}
