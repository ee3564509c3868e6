//go:build 386 || arm

package exec

import "golang.org/x/sys/unix"

// The calls without a number take ids of 16 bits here.
const (
	sysSetresuid = unix.SYS_SETRESUID32
	sysSetresgid = unix.SYS_SETRESGID32
	sysSetgroups = unix.SYS_SETGROUPS32
)
