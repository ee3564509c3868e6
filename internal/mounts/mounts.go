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

// Share makes dir a shared mount, so that what is mounted in it appears in every mount namespace
// that has a copy. If dir is not a mount point yet it is bind mounted on itself first, together with everything
// mounted below. The mount gets a peer group of its own: as a member of its parent's, each mount in it
// would appear twice.
//
// The caller serialises calls for the same directory; two at once would stack mounts.
func Share(dir string) error {
	err := mount("make shared", "", dir, "", unix.MS_SHARED|unix.MS_REC, "")
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	// EINVAL: not a mount point.
	if err := Bind(dir, dir, unix.MS_REC); err != nil {
		return err
	}
	if err := mount("make private", "", dir, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return err
	}
	return mount("make shared", "", dir, "", unix.MS_SHARED|unix.MS_REC, "")
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
