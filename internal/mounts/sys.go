package mounts

import (
	"golang.org/x/sys/unix"
)

// keptSysFlags are the mount options of /sys that a replacement inherits. statfs(2) reports them with the same
// values that mount(2) takes.
const keptSysFlags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// Sys replaces /sys by a new sysfs, which shows the devices of the network namespace that the thread is in. source
// is what /proc/mounts will name as the device. A read-only /sys stays read-only. Where the old one cannot be
// unmounted, as in a user namespace, the new one is put on top of it.
//
// The error is an [Error]: ENOENT if there is no /sys, EPERM or EBUSY where sysfs is refused (rootless containers).
func Sys(source string) error {
	var st unix.Statfs_t
	if err := unix.Statfs("/sys", &st); err != nil {
		return &Error{Op: "mount sysfs", Target: "/sys", Err: err}
	}
	var flags uintptr
	if st.Type == unix.SYSFS_MAGIC {
		flags = uintptr(st.Flags) & keptSysFlags
		// A refusal is not final: mount(2) below decides whether stacking is allowed.
		_, _ = Unmount("/sys")
	}
	return mount("mount sysfs", source, "/sys", "sysfs", flags, "")
}
