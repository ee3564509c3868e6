package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gons/internal/container"
	"gons/internal/exec"
	"gons/internal/links"
	"gons/internal/mounts"
	"gons/internal/nsfile"
	"gons/internal/nsthread"
	"gons/internal/trust"

	"golang.org/x/sys/unix"
)

// hint returns advice for a known cause of err, and nothing for others.
func hint(err error) string {
	var own *hintError
	var call *os.SyscallError
	var mount *mounts.Error
	var engine *container.Error
	var command *exec.CommandError
	var untrusted *trust.Error
	var link *links.Error
	var entry *nsfile.Error
	var dir *nsfile.DirError
	var private *nsfile.PrivateError
	var elsewhere *nsfile.ElsewhereError
	isCall := errors.As(err, &call)
	isMount := errors.As(err, &mount)
	switch {
	case errors.As(err, &own):
		return own.hint
	case errors.As(err, &engine):
		return containerHint(engine)
	case execHint(err) != "":
		return execHint(err)
	case errors.As(err, &command):
		if errors.Is(err, unix.EACCES) {
			return "it has to be a file that is executable, on a file system that is not mounted noexec"
		}
		if errors.Is(err, exec.ErrNotFound) && command.Command != "" && !strings.Contains(command.Command, "/") {
			return "no directory of PATH has it; sudo can set a PATH of its own"
		}
	case errors.As(err, &private) && private.PID != 0:
		return fmt.Sprintf(`go where it is in use, "nsenter --mount --target %d", or mount a file system of its own on it`, private.PID)
	case errors.As(err, &private):
		return "its origin is outside this container: share it both ways (docker run --volume DIR:DIR:rshared)"
	case errors.As(err, &elsewhere):
		return fmt.Sprintf(`"nsenter --mount --target %d" leads there; "gons delete" removes the name for everybody`, elsewhere.PID)
	case errors.As(err, &dir) && errors.Is(err, unix.ENOTDIR):
		return "GONS_RUN_DIR names another one"
	case errors.As(err, &untrusted):
		return fmt.Sprintf("nobody but root may be able to change it: chown root %[1]q; chmod go-w %[1]q", untrusted.Path)
	case errors.Is(err, nsfile.ErrName):
		return "a name is a file name of 1 to 255 bytes; a new one is UTF-8 without control characters and does not begin with a dash"
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
	case errors.As(err, &entry) && errors.Is(err, unix.EBUSY) && inUserNamespace():
		return missingRight(unix.CAP_SYS_ADMIN)
	case errors.As(err, &entry) && errors.Is(err, unix.ENOSPC):
		return `the file system of the run directory is full: see "df" and "df --inodes"`
	case errors.As(err, &entry) && errors.Is(err, unix.EROFS):
		return "the run directory is on a file system that is mounted read-only; GONS_RUN_DIR names another"
	case errors.Is(err, unix.EMFILE):
		return `more open files are allowed after "ulimit -n"`
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

// containerHint is the advice for a container that was not found or cannot be used.
func containerHint(e *container.Error) string {
	switch {
	case errors.Is(e, container.ErrNoCommand):
		return fmt.Sprintf("install %[1]q, or add the directory it is in to PATH; it is what gons asks about containers", e.Engine)
	case errors.Is(e, container.ErrTimeout):
		return fmt.Sprintf("try \"%s ps\": if that hangs too the engine needs help", e.Engine)
	case errors.Is(e, container.ErrDown):
		return fmt.Sprintf("start the engine, and see what \"%s info\" says", e.Engine)
	case errors.Is(e, container.ErrDenied):
		return "run it with sudo, or as a user who may use the engine's socket"
	case errors.Is(e, container.ErrNotExist) && e.Engine == container.Podman:
		return "\"podman ps --all\" shows what there is; each user sees only the containers of that user"
	case errors.Is(e, container.ErrNotExist), errors.Is(e, container.ErrName):
		return fmt.Sprintf("\"%s ps --all\" shows what there is", e.Engine)
	case errors.Is(e, container.ErrAmbiguous):
		return "give more digits of the id, or the name"
	case errors.Is(e, container.ErrStopped):
		return fmt.Sprintf("a container has a network namespace only while it runs: \"%s start\" it first", e.Engine)
	case errors.Is(e, container.ErrElsewhere):
		return elsewhereHint(e.Engine)
	case errors.Is(e, unix.EPERM), errors.Is(e, unix.EACCES):
		return missingRight(unix.CAP_SYS_ADMIN)
	}
	return ""
}

// elsewhereHint says where an engine may be whose processes are not here.
func elsewhereHint(engine container.Engine) string {
	variable := "DOCKER_HOST"
	if engine == container.Podman {
		variable = "CONTAINER_HOST"
	}
	if host := os.Getenv(variable); host != "" {
		return fmt.Sprintf("%s is %q: run gons where that engine runs", variable, host)
	}
	if engine == container.Docker {
		return "the engine runs on another machine (\"docker context show\"), in a virtual machine (Docker Desktop) or " +
			"outside of this PID namespace: run gons there"
	}
	return "the engine runs on another machine (\"podman system connection list\"), in a virtual machine (podman machine) or " +
		"outside of this PID namespace: run gons there"
}
