// Package links looks at and changes the network devices of the calling thread's network namespace (rtnetlink(7)).
//
// # Thread rules
//
// Every call works on the namespace that the calling thread is in when the call is made.
package links

import (
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// An Error is an operation on a device that was refused. It unwraps to a [netlink.LinkNotFoundError] or to the errno.
type Error struct {
	Op     string // a verb phrase: "bring up"
	Device string
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("%s device %q: %v", e.Op, e.Device, e.Err) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// patience bounds the wait for the kernel, which answers at once: whoever asks may hold a lock.
const patience = 3 * time.Second

// Up brings the device called name up. The error is an [Error]; EPERM means that CAP_NET_ADMIN is missing in the user namespace
// that owns the network namespace.
func Up(name string) error {
	if err := up(name); err != nil {
		return &Error{Op: "bring up", Device: name, Err: err}
	}
	return nil
}

func up(name string) error {
	conn, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetSocketTimeout(patience); err != nil {
		return err
	}
	link, err := conn.LinkByName(name)
	if err != nil {
		return err
	}
	return conn.LinkSetUp(link)
}
