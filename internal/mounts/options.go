package mounts

import (
	"golang.org/x/sys/unix"
)

// options are the options of a mount as statfs(2) reports them.
type options uintptr

const (
	// sameFlags have the same values in statfs(2), mount(2) and, but for the last two, fsmount(2).
	sameFlags  = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME
	stRelatime = 0x1000
)

// mountFlags returns the options as mount(2) takes them. A new mount that has other access time options than the one it
// stands for is refused in a user namespace.
func (o options) mountFlags() uintptr {
	flags := uintptr(o) & sameFlags
	switch {
	case o&stRelatime != 0:
		flags |= unix.MS_RELATIME
	case o&unix.MS_NOATIME == 0 && o != 0:
		flags |= unix.MS_STRICTATIME
	}
	return flags
}

// attributes returns the options as fsmount(2) takes them.
func (o options) attributes() int { return Attributes(uintptr(o)) }

// Attributes turns the options of a mount as statfs(2) reports them into those that fsmount(2) takes. It may be called before the Go runtime
// starts.
func Attributes(o uintptr) int {
	attr := int(o) & (unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	switch {
	case o&unix.MS_NOATIME != 0:
		attr |= unix.MOUNT_ATTR_NOATIME
	case o&stRelatime == 0 && o != 0:
		attr |= unix.MOUNT_ATTR_STRICTATIME
	}
	if o&unix.MS_NODIRATIME != 0 {
		attr |= unix.MOUNT_ATTR_NODIRATIME
	}
	return attr
}

// sourceMax is the longest source that fsconfig(2) takes.
const sourceMax = 255

// detached makes a new mount of the file system type that is attached nowhere (Linux 5.2). Unlike mount(2) it
// never makes the file system itself read-only, which all its other mounts would share.
func (o options) detached(fstype, source string) (int, error) {
	context, err := unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(context)
	if len(source) > sourceMax {
		source = source[:sourceMax]
	}
	if err := unix.FsconfigSetString(context, "source", source); err != nil {
		return -1, err
	}
	if err := unix.FsconfigCreate(context); err != nil {
		return -1, err
	}
	return unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, o.attributes())
}

// try finds out with mount(2) alone whether target can be covered, and leaves it as it was.
func (o options) try(fstype, source, target string) error {
	if err := mount("mount "+fstype, source, target, fstype, o.mountFlags(), ""); err != nil {
		return err
	}
	_, err := Unmount(target)
	return err
}
