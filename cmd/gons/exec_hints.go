package main

import (
	"errors"
	"fmt"

	"gons/internal/exec"
	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// execHint is [hint] for what only exec does.
func execHint(err error) string {
	var mount *mounts.Error
	var creds *exec.CredentialsError
	isMount := errors.As(err, &mount)
	isCreds := errors.As(err, &creds)
	refused := errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EBUSY)
	switch {
	case errors.Is(err, mounts.ErrCannotKeep):
		instead := "--sys fresh"
		if isMount && mount.Target == "/etc" {
			instead = "--etc bind"
		}
		return fmt.Sprintf("the kernel is older than Linux 5.2, or a seccomp filter refuses it; %q does not try", instead)
	case errors.Is(err, exec.ErrUncut):
		return `"--no-mounts" does not try; with /proc in the chroot it can be done`
	case errors.Is(err, mounts.ErrNoTarget), errors.Is(err, mounts.ErrKinds):
		return `"--etc overlay" does it, whatever the machine has there`
	case isMount && mount.Op == mounts.OpOverlay:
		return overlayHint(mount)
	case isMount && mount.Target == "/sys" && refused && inUserNamespace():
		return "in a user namespace sysfs needs a network namespace made there and a /sys of which nothing is hidden, as a rootless " +
			`container has; "--sys none" does not try`
	case isMount && mount.Target == "/sys" && errors.Is(err, unix.ENOENT):
		return `there is no directory /sys; "--sys none" does not try`
	case isMount && mount.Target == "/sys":
		return `the command sees /sys as it is outside; "--sys none" does not try`
	case isMount && mount.Target == "/" && refused:
		return `look for AppArmor, SELinux or seccomp; "--no-mounts" makes no mounts`
	case isCreds && errors.Is(err, unix.EINVAL):
		return "this user namespace has no such id: see /proc/self/uid_map and /proc/self/gid_map"
	case isCreds && errors.Is(err, unix.EPERM) && inUserNamespace():
		return "this user namespace does not allow it (setgroups is denied in one that a user made: see /proc/self/setgroups)"
	case isCreds && errors.Is(err, unix.EPERM):
		return fmt.Sprintf("this takes root, or %s", creds.Needs)
	}
	return ""
}

// overlayHint says why there can be no overlay, and what comes of it.
func overlayHint(err error) string {
	why := ""
	switch {
	case errors.Is(err, unix.EINVAL):
		why = "the kernel lays only two overlays over each other, and those of containers and of an exec around this one count; "
	case errors.Is(err, unix.ENODEV):
		why = "this kernel has no overlays, or cannot load them now; "
	}
	return why + `without one, as with "--etc bind", the machine's own file comes back when the machine replaces it`
}

// warnWithHint is warn, with advice.
func (c *cli) warnWithHint(err error) {
	c.warn(err)
	if hint := hint(err); hint != "" {
		fmt.Fprintf(c.stderr, "gons: hint: %s\n", hint)
	}
}
