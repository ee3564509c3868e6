package mounts

import (
	"golang.org/x/sys/unix"
)

const sysDir = "/sys"

// A SysMode says what a command sees at /sys.
type SysMode int

const (
	SysKeep  SysMode = iota // the devices of its namespace, and everything that is mounted below /sys
	SysFresh                // the devices of its namespace alone
	SysNone                 // what was there
)

// Sys is [SysView.Mount] for a new mount namespace.
func Sys(source string, mode SysMode, warn func(error)) error {
	return new(SysView).Mount(source, mode, warn)
}

// A SysView is the /sys of one mount namespace. The zero value is that of a new one.
type SysView struct {
	// Lasting says that it is going to be replaced again. What is mounted below is then each time what was found the first time, whatever has become of
	// it since. The caller calls Close.
	Lasting bool

	found, complete bool
	below           keptMounts // copies of what was found
}

// CanLast tells whether Mount can be called again. It takes Linux 6.15, which makes copies of what is mounted nowhere.
func (v *SysView) CanLast() bool { return v.complete }

// Close gives up what was kept for the next time.
func (v *SysView) Close() {
	v.below.drop()
	v.below, v.found, v.complete = nil, false, false
}

// Mount replaces /sys by a new sysfs, which shows the devices of the network namespace that the thread is in. source
// is what /proc/mounts will name as the device. The options of the old /sys are kept, read-only before all. Where the old
// one cannot be unmounted, as in a user namespace, the new one is put on top of it.
//
// Mounts below that cannot be kept are passed to warn as an [Error]. The returned error is an [Error] too, and means that
// /sys is as it was: ENOENT if there is none, EPERM or EBUSY where sysfs is refused (rootless containers).
func (v *SysView) Mount(source string, mode SysMode, warn func(error)) error {
	if mode == SysNone {
		return nil
	}
	var st unix.Statfs_t
	if err := unix.Statfs(sysDir, &st); err != nil {
		return &Error{Op: "mount sysfs", Source: source, Target: sysDir, Err: err}
	}
	old := options(0)
	replace := st.Type == unix.SYSFS_MAGIC
	if replace {
		old = options(st.Flags)
	}
	// The new one is made before the old one goes: a refusal leaves everything as it is.
	fresh, err := old.detached("sysfs", source)
	if err == nil {
		defer unix.Close(fresh)
	} else if err := old.try("sysfs", source, sysDir); err != nil {
		return err
	}
	var below keptMounts
	if mode == SysKeep {
		below = v.keep(warn)
	}
	if replace {
		_, _ = Unmount(sysDir) // refused in a user namespace; stacking works
	}
	if err == nil {
		err = moveMount(fresh, sysDir)
	}
	if err != nil {
		if err := mount("mount sysfs", source, sysDir, "sysfs", old.mountFlags(), ""); err != nil {
			below.drop()
			return err
		}
	}
	below.restore(warn)
	return nil
}

// keep returns copies of what is, or was the first time, mounted below.
func (v *SysView) keep(warn func(error)) keptMounts {
	if v.found {
		below, err := v.below.copies()
		if err != nil {
			warn(&Error{Op: "keep the mounts below", Target: sysDir, Err: err})
		}
		return below
	}
	below := keep(sysDir, nil, warn)
	if v.Lasting {
		copies, err := below.copies()
		v.below, v.found, v.complete = copies, true, err == nil
	}
	return below
}
