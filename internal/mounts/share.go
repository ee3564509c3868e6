package mounts

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Share makes dir a shared mount, so that what is mounted in it appears in every mount namespace
// that has a copy. If dir is not a mount point yet it is bind mounted on itself first, together with everything
// mounted below. The mount gets a peer group of its own: as a member of its parent's, each mount in it
// would appear twice.
//
// The caller serialises calls for the same directory; two at once would stack mounts.
func Share(dir string) error { return share(dir, true) }

// ShareConnected is [Share] for a directory of which other mount namespaces have copies: they stay connected. Before Linux 5.12, and
// where a container forbids the new calls, the directory has to stay a member of its parent's peer group for that.
func ShareConnected(dir string) error { return share(dir, false) }

func share(dir string, alone bool) error {
	err := mount("make shared", "", dir, "", unix.MS_SHARED|unix.MS_REC, "")
	if !errors.Is(err, unix.EINVAL) || isMountPoint(dir) {
		return err
	}
	tree, err := sharedCopy(dir)
	if err != nil {
		return shareInSteps(dir, alone) // an old kernel, or a container that forbids the new calls
	}
	defer unix.Close(tree)
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, dir, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return &Error{Op: "bind mount", Source: dir, Target: dir, Flags: unix.MS_REC, Err: err}
	}
	return nil
}

// sharedCopy returns dir and what is mounted below as a tree that is mounted nowhere and has a peer group of its own. Mounting
// it is one step: whenever gons is killed, the directory is ready or untouched. It takes Linux 5.12.
func sharedCopy(dir string) (int, error) {
	tree, err := unix.OpenTree(unix.AT_FDCWD, dir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return -1, err
	}
	for _, propagation := range []uint64{unix.MS_PRIVATE, unix.MS_SHARED} {
		attr := unix.MountAttr{Propagation: propagation}
		if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
			_ = unix.Close(tree)
			return -1, err
		}
	}
	return tree, nil
}

// shareInSteps is share for a directory that is no mount point, with mount(2) alone. The first step reaches the copies in other mount
// namespaces, but none after the mount is made private does.
func shareInSteps(dir string, alone bool) error {
	if err := Bind(dir, dir, unix.MS_REC); err != nil {
		return err
	}
	if alone {
		if err := mount("make private", "", dir, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
			return err
		}
	}
	return mount("make shared", "", dir, "", unix.MS_SHARED|unix.MS_REC, "")
}

// isMountPoint tells whether it is known (Linux 5.8) that something is mounted on dir.
func isMountPoint(dir string) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, dir, 0, 0, &st)
	return err == nil && st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
