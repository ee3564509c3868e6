package main

import (
	"errors"
	"os"
	"strings"

	"gons/internal/exec"
	"gons/internal/mounts"
	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// hint returns advice for a known cause of err, and nothing for others.
func hint(err error) string {
	var own *hintError
	var call *os.SyscallError
	var mount *mounts.Error
	var command *exec.CommandError
	isCall := errors.As(err, &call)
	isMount := errors.As(err, &mount)
	switch {
	case errors.As(err, &own):
		return own.hint
	case errors.As(err, &command):
		if errors.Is(err, unix.EACCES) {
			return "it has to be a file that is executable, on a file system that is not mounted noexec"
		}
	case errors.Is(err, nsfile.ErrStale):
		return `a crash or a reboot took the namespace: "gons add" makes it anew, "gons delete" removes the name`
	case errors.Is(err, nsfile.ErrDangling), errors.Is(err, nsfile.ErrForeign) && !errors.Is(err, unix.EISDIR):
		return `"gons delete" removes the name`
	case errors.Is(err, nsfile.ErrExist):
		return `"gons add --if-missing" accepts a namespace that is already there`
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return missingRight()
	case isCall && call.Syscall == "unshare" && errors.Is(err, unix.ENOSPC):
		return `the limit is reached: see "sysctl user.max_net_namespaces user.max_mnt_namespaces"`
	case isCall && call.Syscall == "unshare" && errors.Is(err, unix.EINVAL):
		return "this kernel was built without network namespaces (CONFIG_NET_NS)"
	case isMount && errors.Is(err, unix.ENOSPC):
		return `too many mounts: see "sysctl fs.mount-max"`
	case isMount && mount.Source == nsthread.NetPath && errors.Is(err, unix.ENOENT):
		return "/proc has to be mounted"
	}
	return ""
}

// missingRight says which right is missing after EPERM or EACCES, and how to get it.
func missingRight() string {
	switch {
	case os.Geteuid() != 0:
		return "this takes root, or CAP_SYS_ADMIN: run it with sudo"
	case !hasSysAdmin():
		return "root lacks CAP_SYS_ADMIN here; in a container: docker run --privileged, or " +
			"--cap-add SYS_ADMIN --security-opt apparmor=unconfined --security-opt seccomp=unconfined"
	case inUserNamespace():
		return "this is a user namespace: only namespaces made in it can be changed or entered, " +
			`and mounts need a mount namespace made in it, as by "unshare --user --map-root-user --mount --net"`
	}
	return "root was refused: look for AppArmor, SELinux, seccomp or file attributes (lsattr)"
}

func hasSysAdmin() bool {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	err := unix.Capget(&header, &data[0])
	return err == nil && data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// inUserNamespace tells whether this is not the initial user namespace, which alone maps all ids.
func inUserNamespace() bool {
	// /proc/self is safe here: all threads share the user namespace.
	uids, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(uids)), " ") != "0 0 4294967295"
}
