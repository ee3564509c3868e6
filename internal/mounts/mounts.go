package mounts

import (
	"errors"

	"golang.org/x/sys/unix"
)

func mount(op, source, target, fstype string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		return &Error{Op: op, Source: source, Target: target, Flags: flags, Err: err}
	}
	return nil
}

// Bind mounts source, a file or a directory, on target; symlinks are followed on both sides. flags is
// [unix.MS_REC] to take along what is mounted below source, or 0.
func Bind(source, target string, flags uintptr) error {
	return mount("bind mount", source, target, "", unix.MS_BIND|flags, "")
}

// Unmount takes the topmost mount off target, lazily, and reports whether there was one. It never
// follows a symlink: target itself must be the mount point.
func Unmount(target string) (bool, error) {
	const flags = unix.MNT_DETACH | unix.UMOUNT_NOFOLLOW
	err := unix.Unmount(target, flags)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EINVAL):
		return false, nil
	}
	return false, &Error{Op: "unmount", Target: target, Err: err}
}
