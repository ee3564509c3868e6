// Package trust tells whether a directory says what root wants it to say, or what somebody else does: the names that gons follows and
// the files that it mounts over /etc give power over what is run with them.
//
// What is judged by its path can be used by its path afterwards: if nobody else can change a directory, nor any on the way to it, what
// was found there stays. What is missing is an error, because somebody may be about to put it there.
package trust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// An Error says who else could change a directory or a file.
type Error struct {
	Path string
	Who  string // a clause: "user 1000 owns it"
}

func (e *Error) Error() string { return fmt.Sprintf("trust %q: %s", e.Path, e.Who) }

// Dir returns an [Error] if anybody but root and the caller can change which files are in the directory at path: they own it, or the
// group or everybody may write to it. Where path is a symlink, the way to what it leads to counts too. The error is an errno if there is
// no such directory.
func Dir(path string) error {
	st, err := directory(path)
	if err != nil {
		return err
	}
	return judge(path, st, false)
}

// Open is Dir for an open directory, called path. A sticky one, like /tmp, is good enough where only one file at a time is taken from
// it: everybody may add files there, but only replace his own.
func Open(fd int, path string, canBeSticky bool) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return judge(path, st, canBeSticky)
}

// Entry is Dir for a directory that can be sticky, together with a look at the owner of the file in it that is meant.
func Entry(dir, name string) error {
	st, err := directory(dir)
	if err != nil {
		return err
	}
	if err := judge(dir, st, true); err != nil || st.Mode&unix.S_ISVTX == 0 {
		return err
	}
	path := filepath.Join(dir, name)
	var file unix.Stat_t
	if err := unix.Lstat(path, &file); err != nil {
		return err
	}
	return owned(path, file)
}

// directory is what the directory at path is. Those on the way to it are judged only where path is a symlink.
func directory(path string) (st unix.Stat_t, err error) {
	err = unix.Lstat(path, &st)
	if err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
		if err := Above(path); err != nil {
			return st, err
		}
		err = unix.Stat(path, &st)
	}
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		err = unix.ENOTDIR
	}
	return st, err
}

// maxLinks is how many symlinks the kernel follows.
const maxLinks = 40

// Above returns an [Error] if anybody but root and the caller can put something else in the place of path: a directory on the way is
// theirs, or they may write to it, or a symlink on the way leads through such a directory. In a sticky one only what is theirs
// counts. What path itself is does not matter, unless it is a symlink. The error is an errno if the way ends before path.
func Above(path string) error {
	links := 0
	return above(path, &links)
}

// above goes from the root down, so that nobody can change what has been judged. Each step is a path that the kernel resolves: it
// knows what ".." after a symlink is.
func above(path string, links *int) error {
	at := "/"
	var dir unix.Stat_t
	if err := unix.Stat(at, &dir); err != nil {
		return err
	}
	for element := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' }) {
		if err := judge(at, dir, true); err != nil {
			return err
		}
		next := strings.TrimSuffix(at, "/") + "/" + element
		var st unix.Stat_t
		if err := unix.Lstat(next, &st); err != nil {
			return err
		}
		if dir.Mode&unix.S_ISVTX != 0 {
			if err := owned(next, st); err != nil {
				return err
			}
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			if *links++; *links > maxLinks {
				return unix.ELOOP
			}
			target, err := os.Readlink(next)
			if err != nil {
				return err
			}
			if !filepath.IsAbs(target) {
				target = at + "/" + target
			}
			if err := above(target, links); err != nil {
				return err
			}
			if err := unix.Stat(next, &st); err != nil {
				return err
			}
		}
		at, dir = next, st
	}
	return nil
}

func judge(path string, st unix.Stat_t, canBeSticky bool) error {
	if err := owned(path, st); err != nil {
		return err
	}
	switch {
	case canBeSticky && st.Mode&unix.S_ISVTX != 0:
		return nil
	case st.Mode&unix.S_IWOTH != 0:
		return &Error{path, "everybody may write to it"}
	case st.Mode&unix.S_IWGRP != 0:
		return &Error{path, fmt.Sprintf("group %d may write to it", st.Gid)}
	}
	return nil
}

func owned(path string, st unix.Stat_t) error {
	if st.Uid == 0 || int(st.Uid) == unix.Geteuid() {
		return nil
	}
	if st.Uid == overflow {
		inside, err := inUserNamespace()
		if inside || err != nil {
			return err
		}
	}
	return &Error{path, fmt.Sprintf("user %d owns it", st.Uid)}
}

// overflow is the user that a user namespace shows in place of all those outside, root among them. What they own they could only
// give to it.
const overflow = 65534

// inUserNamespace tells whether some users are outside. The error is that there are no descriptors left (EMFILE), or the like.
var inUserNamespace = sync.OnceValues(func() (bool, error) {
	// /proc/self is safe here: all threads share the user namespace.
	uids, err := os.ReadFile("/proc/self/uid_map")
	if errors.Is(err, unix.ENOENT) { // without /proc nobody knows
		return false, nil
	}
	return strings.Join(strings.Fields(string(uids)), " ") != "0 0 4294967295", err
})
