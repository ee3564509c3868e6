package nsfile

import (
	"fmt"

	"github.com/vishvananda/netns"
)

// Attach makes the entry name for the network namespace ns, which then lives at least as long as the entry.
//
// A stale entry of that name is replaced, with a notice. The error is an [Error]: [ErrName], [ErrExist], or what the kernel
// refused (EPERM, EROFS, ENOSPC); on every error nothing is left behind.
func (l *Locked) Attach(name string, ns netns.NsHandle) error {
	if err := CheckNewName(name); err != nil {
		return err
	}
	// The descriptor belongs to all threads, so it does not matter which one binds it.
	source := fmt.Sprintf("/proc/thread-self/fd/%d", int(ns))
	if err := l.pin(name, source, func() error { return nil }); err != nil {
		return &Error{Op: "attach", Name: name, Err: err}
	}
	return nil
}
