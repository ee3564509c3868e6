// Package trust tells whether a directory says what root wants it to say, or what somebody else does: the names that gons follows and
// the files that it mounts over /etc give power over what is run with them.
package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// An Error says who else could change a directory or a file.
type Error struct {
	Path string
	Who  string // a clause: "user 1000 owns it"
}

func (e *Error) Error() string { return fmt.Sprintf("trust %q: %s", e.Path, e.Who) }

// Dir returns an [Error] if anybody but root and the caller can change which files are in the directory at path: they own it, or the
// group or everybody may write to it. What is no directory, or cannot be looked at, is not judged: using it will fail.
func Dir(path string) error {
	st, ok := directory(path)
	if !ok {
		return nil
	}
	return judge(path, st, false)
}

// Sticky is Dir for a directory from which only one file at a time is taken, and which may therefore be one like /tmp, where
// everybody may add files but only replace his own.
func Sticky(path string) error {
	st, ok := directory(path)
	if !ok {
		return nil
	}
	return judge(path, st, true)
}

// Entry is Sticky together with a look at the owner of one file in the directory.
func Entry(dir, name string) error {
	st, ok := directory(dir)
	if !ok {
		return nil
	}
	if err := judge(dir, st, true); err != nil || st.Mode&unix.S_ISVTX == 0 {
		return err
	}
	path := filepath.Join(dir, name)
	var file unix.Stat_t
	if err := unix.Lstat(path, &file); err != nil || isOurs(file.Uid) {
		return nil //nolint:nilerr // Using it will say so.
	}
	return &Error{path, fmt.Sprintf("user %d owns it", file.Uid)}
}

func directory(path string) (st unix.Stat_t, ok bool) {
	err := unix.Stat(path, &st)
	return st, err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func judge(path string, st unix.Stat_t, canBeSticky bool) error {
	switch {
	case !isOurs(st.Uid):
		return &Error{path, fmt.Sprintf("user %d owns it", st.Uid)}
	case canBeSticky && st.Mode&unix.S_ISVTX != 0:
		return nil
	case st.Mode&unix.S_IWOTH != 0:
		return &Error{path, "everybody may write to it"}
	case st.Mode&unix.S_IWGRP != 0:
		return &Error{path, fmt.Sprintf("group %d may write to it", st.Gid)}
	}
	return nil
}

func isOurs(uid uint32) bool { return uid == 0 || int(uid) == unix.Geteuid() || isUnmapped(uid) }

// overflow is the user that a user namespace shows in place of all those outside, root among them.
const overflow = 65534

// isUnmapped tells whether uid is one of those outside this user namespace. What they own they could only give to it.
func isUnmapped(uid uint32) bool {
	if uid != overflow {
		return false
	}
	// /proc/self is safe here: all threads share the user namespace.
	uids, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(uids)), " ") != "0 0 4294967295"
}
