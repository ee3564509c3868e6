package mounts

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// An Error is a mount operation that the kernel refused. It unwraps to the errno.
type Error struct {
	Op     string  // what was tried, as a verb phrase: "bind mount", "unmount", "make shared", ...
	Source string  // what was to be mounted; empty where the operation has none
	Target string  // where
	Flags  uintptr // MS_* or MNT_* flags, as in mount(2) and umount(2)
	Err    error
}

// Error says the operation, its objects and the flags that matter to a reader.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Source != "" {
		fmt.Fprintf(&b, " %q on", e.Source)
	}
	fmt.Fprintf(&b, " %q", e.Target)
	if names := flagNames(e.Flags); names != "" {
		fmt.Fprintf(&b, " (%s)", names)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the kernel's reason.
func (e *Error) Unwrap() error { return e.Err }

// shownFlags are the mount options that a reader of an error wants to see; the propagation and bind flags
// are already said by Op.
var shownFlags = []struct {
	flag uintptr
	name string
}{
	{unix.MS_RDONLY, "ro"},
	{unix.MS_NOSUID, "nosuid"},
	{unix.MS_NODEV, "nodev"},
	{unix.MS_NOEXEC, "noexec"},
	{unix.MS_REC, "recursive"},
}

func flagNames(flags uintptr) string {
	var names []string
	for _, f := range shownFlags {
		if flags&f.flag != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ",")
}
