package mounts

import (
	"errors"

	"golang.org/x/sys/unix"
)

// A Propagation says how far the mounts of two mount namespaces still know of each other.
type Propagation int

const (
	Slave   Propagation = iota // what the outside mounts and unmounts later still arrives
	Private                    // nothing arrives
)

// Cut cuts the whole tree of the calling thread's mount namespace off: its mounts no longer reach the others. With
// [Slave] theirs still arrive. The error is [ErrNoMountRoot] where the root directory is no mount point, as in a plain
// chroot: the mount that it lies in cannot be named from there.
func Cut(p Propagation) error {
	op, flag := "make slave", uintptr(unix.MS_SLAVE)
	if p == Private {
		op, flag = "make private", unix.MS_PRIVATE
	}
	err := mount(op, "", "/", "", flag|unix.MS_REC, "")
	if errors.Is(err, unix.EINVAL) {
		return ErrNoMountRoot
	}
	return err
}

// ErrNoMountRoot means that the root directory is not the root of a mount.
var ErrNoMountRoot = errors.New("the root directory is no mount point")
