package exec

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Credentials say who a program runs as, and with what rights. Everything is a number: names mean something else where /etc is another.
type Credentials struct {
	Switch   bool // to UID and GID
	UID, GID int

	SetGroups bool // to Groups
	Groups    []int

	// LimitCaps leaves the program only Caps. After a switch to an ordinary user that is so in any case.
	LimitCaps bool
	Caps      []Capability

	NoNewPrivs bool // set-user-ID bits and file capabilities have no effect any more
}

// ErrNotSwitched means that the kernel reported success but the thread is somebody else.
var ErrNotSwitched = errors.New("the kernel did not do it")

// A CredentialsError is a right or an id that the program cannot be given. It unwraps to the errno or [ErrNotSwitched].
type CredentialsError struct {
	Op    string // what was tried, with its objects
	Needs string // the capability that it takes
	Err   error
}

func (e *CredentialsError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *CredentialsError) Unwrap() error { return e.Err }

// refused is a [CredentialsError] with a formatted Op.
func refused(err error, needs, format string, args ...any) error {
	return &CredentialsError{Op: fmt.Sprintf(format, args...), Needs: needs, Err: err}
}

// apply gives the thread the credentials. They are those of the thread alone; that suits, as what comes next is execve(2) or
// fork(2).
func (c *Credentials) apply() error {
	if c == nil {
		return nil
	}
	has, err := permitted()
	if err != nil {
		return err
	}
	keep := setOf(c.Caps)
	for _, one := range c.Caps {
		if has&setOf([]Capability{one}) == 0 {
			return refused(unix.EPERM, one.String(), "keep the capability %s", one)
		}
	}
	// Before the user is another one: it takes CAP_SETPCAP.
	uid := unix.Geteuid()
	if c.Switch {
		uid = c.UID
	}
	if c.LimitCaps && uid == 0 {
		if err := keep.bound(); err != nil {
			return err
		}
	}
	if err := c.setIDs(); err != nil {
		return err
	}
	if c.LimitCaps || c.Switch && uid != 0 {
		if err := keep.set(); err != nil {
			return err
		}
		if now, err := permitted(); err != nil || now != keep {
			return refused(errors.Join(ErrNotSwitched, err), "", "set the capabilities")
		}
	}
	if c.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return refused(err, "", "set no_new_privs")
		}
	}
	return nil
}

// setIDs sets groups, group and user, and checks that they are set. The wrappers of package syscall are of no use: they
// change all threads of the process.
func (c *Credentials) setIDs() error {
	if c.SetGroups {
		if err := setGroups(c.Groups); err != nil {
			return err
		}
	}
	if !c.Switch {
		return nil
	}
	if len(c.Caps) > 0 {
		// The permitted ones outlive the switch; execve(2) resets the flag.
		if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
			return refused(err, "", "keep capabilities")
		}
	}
	gid, uid := uintptr(c.GID), uintptr(c.UID)
	if _, _, errno := unix.RawSyscall(sysSetresgid, gid, gid, gid); errno != 0 {
		return refused(errno, "CAP_SETGID", "switch to group %d", c.GID)
	}
	if _, _, errno := unix.RawSyscall(sysSetresuid, uid, uid, uid); errno != 0 {
		return refused(errno, "CAP_SETUID", "switch to user %d", c.UID)
	}
	ruid, euid, suid := unix.Getresuid()
	rgid, egid, sgid := unix.Getresgid()
	if [...]int{ruid, euid, suid, rgid, egid, sgid} != [...]int{c.UID, c.UID, c.UID, c.GID, c.GID, c.GID} {
		return refused(ErrNotSwitched, "", "switch to user %d and group %d", c.UID, c.GID)
	}
	return nil
}

// setGroups sets the supplementary groups. Those that are right already are left alone: in a user namespace setting
// them is often denied.
func setGroups(groups []int) error {
	now, err := unix.Getgroups()
	if err == nil && sameGroups(now, groups) {
		return nil
	}
	ids := make([]uint32, len(groups)+1) // never empty, for its address
	for i, group := range groups {
		ids[i] = uint32(group)
	}
	_, _, errno := unix.RawSyscall(sysSetgroups, uintptr(len(groups)), uintptr(unsafe.Pointer(&ids[0])), 0)
	if errno != 0 {
		return refused(errno, "CAP_SETGID", "set the groups %v", groups)
	}
	now, err = unix.Getgroups()
	if err != nil || !sameGroups(now, groups) {
		return refused(errors.Join(ErrNotSwitched, err), "", "set the groups %v", groups)
	}
	return nil
}

func sameGroups(a, b []int) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
