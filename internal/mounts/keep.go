package mounts

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// ErrCannotKeep is the reason of an [Error] for mounts that get lost where the kernel has no open_tree(2), before Linux 5.2, or a
// seccomp filter refuses it.
var ErrCannotKeep = errors.New("this takes open_tree(2) and move_mount(2)")

// A kept is a copy of a tree of mounts that is attached nowhere.
type kept struct {
	path string
	tree int
}

// A keptMounts is what was mounted below one directory. It must be restored or dropped.
type keptMounts []kept

// keep copies the trees of mounts below dir, except those that skip says are not wanted. What cannot be
// copied is passed to warn as an [Error].
func keep(dir string, skip func(path string) bool, warn func(error)) keptMounts {
	paths, unbindable, err := mountedBelow(dir)
	if err != nil {
		warn(err)
		return nil
	}
	for _, path := range unbindable {
		// Private instead: there is no other way to copy it. A failure shows below.
		_ = unix.Mount("", path, "", unix.MS_PRIVATE, "")
	}
	var all keptMounts
	for _, path := range paths {
		if skip != nil && skip(path) {
			continue
		}
		tree, err := unix.OpenTree(unix.AT_FDCWD, path,
			unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_SYMLINK_NOFOLLOW)
		switch {
		case err == nil:
			all = append(all, kept{path, tree})
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			warn(&Error{Op: "keep the mounts below", Target: dir, Err: fmt.Errorf("%w: %w", ErrCannotKeep, err)})
			all.drop()
			return nil
		case errors.Is(err, fs.ErrNotExist): // just unmounted
		default:
			warn(&Error{Op: "keep the mount", Target: path, Err: err})
		}
	}
	return all
}

// restore puts the trees back where they were. What has no place there any more is passed to warn as an [Error].
func (k keptMounts) restore(warn func(error)) {
	for _, m := range k {
		if err := moveMount(m.tree, m.path); err != nil {
			warn(&Error{Op: "put back the mount", Target: m.path, Err: err})
		}
	}
	k.drop()
}

// copies returns copies of them. The error is an errno, EINVAL before Linux 6.15.
func (k keptMounts) copies() (keptMounts, error) {
	var all keptMounts
	for _, m := range k {
		tree, err := unix.OpenTree(m.tree, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_EMPTY_PATH)
		if err != nil {
			all.drop()
			return nil, err
		}
		all = append(all, kept{m.path, tree})
	}
	return all, nil
}

// drop forgets what was not restored.
func (k keptMounts) drop() {
	for _, m := range k {
		unix.Close(m.tree)
	}
}

// moveMount attaches the detached mount that tree stands for at target.
func moveMount(tree int, target string) error {
	return unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}
