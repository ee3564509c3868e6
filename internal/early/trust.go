//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A verdict says whether nobody but root decides what is at a path. What package trust would say is left to it where the answer is not plain.
type verdict int

const (
	doubtful verdict = iota
	missing
	trusted
)

const maxLinks = 4 // /var/run is one

// trustWay judges the directories above where, and those above what symlinks on the way lead to, as trust.Above does for root. The path is
// absolute and clean.
func trustWay(where string) verdict {
	var whole path // the way that is left, from the root directory on
	whole.add(where)
	for range maxLinks + 1 {
		var next path
		verdict, isLink := trustUntilLink(whole.string(), &next)
		if !isLink {
			return verdict
		}
		if next.long || !isClean(next.string()) {
			return doubtful
		}
		whole = next
	}
	return doubtful
}

// trustUntilLink is trustWay as far as the first symlink. If there is one, it stores the way behind it, from the root directory on.
func trustUntilLink(left string, next *path) (_ verdict, isLink bool) {
	var at path
	var st unix.Statx_t
	at.add("/")
	if statAt(unix.AT_FDCWD, at.start(), 0, unix.STATX_BASIC_STATS, &st) != 0 {
		return doubtful, false
	}
	at.cut(0)
	for left != "" {
		if !isRoots(&st, true) {
			return doubtful, false
		}
		isSticky := st.Mode&unix.S_ISVTX != 0
		above := at.size
		var element string
		element, left = cutAt(left[1:], '/')
		at.add("/")
		at.add(element)
		if at.long {
			return doubtful, false
		}
		switch statAt(unix.AT_FDCWD, at.start(), unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &st) {
		case 0:
		case unix.ENOENT:
			return missing, false
		default:
			return doubtful, false
		}
		if isSticky && st.Uid != 0 {
			return doubtful, false
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			var target [256]byte
			n, errno := readLinkAt(unix.AT_FDCWD, at.start(), target[:])
			if errno != 0 || n <= 0 || n >= len(target) {
				return doubtful, false
			}
			if target[0] != '/' {
				next.add(at.string()[:above])
				next.add("/")
			}
			next.add(unsafe.String(&target[0], n))
			next.add(left)
			return doubtful, true
		}
	}
	return trusted, false
}

// isRoots tells whether nobody but root can change what is in the directory st, or, if canBeSticky, replace there what is root's.
func isRoots(st *unix.Statx_t, canBeSticky bool) bool {
	if st.Uid != 0 {
		return false
	}
	return st.Mode&(unix.S_IWOTH|unix.S_IWGRP) == 0 || canBeSticky && st.Mode&unix.S_ISVTX != 0
}

// trustDir judges what is in the directory at path, which must not be a symlink.
func trustDir(path *byte) verdict {
	var st unix.Statx_t
	switch statAt(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &st) {
	case 0:
	case unix.ENOENT:
		return missing
	default:
		return doubtful
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || !isRoots(&st, false) {
		return doubtful
	}
	return trusted
}
