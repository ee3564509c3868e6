package mounts

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// ErrOthers is the reason of an [Error] for a directory in which there are other mounts than those that are meant.
var ErrOthers = errors.New("other mounts are in the way")

// OnlyThese returns nil if what is mounted in the directory dir is what the descriptors are of, and nothing else, such as a directory or a mount
// that another one covers. Descriptors of what is not mounted there do not matter. The error is an [Error], with [ErrOthers] or what the kernel refused, such as
// ENOSYS before Linux 6.8. mounted tells which descriptors are of mounts.
func OnlyThese(dir string, fds []int) (mounted []bool, err error) {
	mounted, err = onlyThese(dir, fds)
	if err != nil {
		return nil, &Error{Op: "look for mounts in", Target: dir, Err: err}
	}
	return mounted, nil
}

func onlyThese(dir string, fds []int) ([]bool, error) {
	top, err := mountID(dir)
	if err != nil {
		return nil, err
	}
	below, err := mountIDs(top)
	if err != nil {
		return nil, err
	}
	slices.Sort(below)
	found := 0
	mounted := make([]bool, len(fds))
	for i, fd := range fds {
		var st unix.Statx_t
		if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE|unix.STATX_MNT_ID_UNIQUE, &st); err != nil {
			return nil, err
		}
		if _, mounted[i] = slices.BinarySearch(below, st.Mnt_id); mounted[i] && st.Mode&unix.S_IFMT != unix.S_IFDIR {
			found++
		}
	}
	if found != len(below) {
		return nil, ErrOthers
	}
	return mounted, nil
}

// UnmountBelow takes all that is mounted in the directory dir off in one step: in the mount namespace of the calling thread, which has to be a
// copy made for this and is of no other use afterwards, and in every other one of the same peer group, as the one that the copy was made of.
// There dir itself stays mounted. One by one it takes far longer, because each umount2(2) waits until no processor uses the mount any more.
//
// There have to be count mounts in it at the last moment: what is mounted in the tenth of a millisecond after that goes as well.
//
// The error is an [Error], with [ErrOthers] or what the kernel refused, such as ENOSYS before Linux 6.8; then nothing is done. There is none if
// the mount namespaces have no peer group in common, and nothing happens elsewhere.
func UnmountBelow(dir string, count int) error {
	top, err := mountID(dir)
	if err == nil {
		err = separate(top)
	}
	if err == nil {
		var below []uint64
		if below, err = mountIDs(top); err == nil && len(below) != count {
			err = ErrOthers
		}
	}
	if err != nil {
		return &Error{Op: "unmount what is mounted in", Target: dir, Err: err}
	}
	// What is mounted in it goes with it, and the peer group of that is the one that the others know of.
	_, err = Unmount(dir)
	return err
}

// separate makes the mount that the mount id is mounted in private, so that nobody else is told when that one goes.
func separate(id uint64) error {
	buf := make([]byte, statmountStrings+unix.PathMax)
	mount, err := statMount(id, buf)
	if err != nil {
		return err
	}
	parent, err := statMount(mount.parent, buf)
	if err != nil {
		return err
	}
	if there, err := mountID(parent.path); err != nil || there != parent.id {
		return fmt.Errorf("%q is covered: %w", parent.path, errors.Join(ErrOthers, err))
	}
	return unix.Mount("", parent.path, "", unix.MS_PRIVATE, "")
}
