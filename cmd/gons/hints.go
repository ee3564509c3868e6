package main

import (
	"errors"
	"os"
	"strings"

	"gons/internal/exec"
	"gons/internal/links"
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
	var link *links.Error
	isCall := errors.As(err, &call)
	isMount := errors.As(err, &mount)
	switch {
	case errors.As(err, &own):
		return own.hint
	case execHint(err) != "":
		return execHint(err)
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
	case errors.As(err, &link) && errors.Is(err, unix.EPERM):
		return missingRight(unix.CAP_NET_ADMIN)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return missingRight(unix.CAP_SYS_ADMIN)
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

// missingRight says what is missing after EPERM or EACCES for something that takes the capability need, and how to get it.
func missingRight(need int) string {
	name := map[int]string{unix.CAP_SYS_ADMIN: "SYS_ADMIN", unix.CAP_NET_ADMIN: "NET_ADMIN"}[need]
	switch {
	case os.Geteuid() != 0:
		return "this takes root, or CAP_" + name + ": run it with sudo"
	case !hasCapability(need):
		return "root lacks CAP_" + name + " here; in a container: docker run --privileged, or " +
			"--cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt apparmor=unconfined --security-opt seccomp=unconfined"
	case inUserNamespace():
		return "this is a user namespace: only namespaces made in it can be changed or entered, " +
			`and mounts need a mount namespace made in it, as by "unshare --user --map-root-user --mount --net"`
	}
	return "root was refused: look for AppArmor, SELinux, seccomp or file attributes (lsattr)"
}

// hasCapability tells whether the calling thread has the capability, which must be below 32, in its own user namespace.
func hasCapability(number int) bool {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	err := unix.Capget(&header, &data[0])
	return err == nil && data[0].Effective&(1<<number) != 0
}

// inUserNamespace tells whether this is not the initial user namespace, which alone maps all ids.
func inUserNamespace() bool {
	// /proc/self is safe here: all threads share the user namespace.
	uids, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(uids)), " ") != "0 0 4294967295"
}
