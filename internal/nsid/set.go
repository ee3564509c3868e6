package nsid

import (
	"errors"
	"os"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Auto lets the kernel choose an id.
const Auto = -1

// Set gives the namespace ns the id, or one that is free if id is [Auto]. To set the id that it has already is
// success, and with Auto any id is.
//
// The error is an [*AssignedError], a [*TakenError], [ErrNotNet], or an [os.SyscallError]: EPERM without CAP_NET_ADMIN
// over the network namespace of the connection.
func (c *Conn) Set(ns netns.NsHandle, id int) error {
	m, err := c.call(unix.RTM_NEWNSID, unix.NLM_F_ACK, fdAttr(ns), idAttr(attrNSID, id))
	switch {
	case err != nil:
		return err
	case errors.Is(m.refusal, unix.EINVAL):
		return ErrNotNet
	case !errors.Is(m.refusal, unix.EEXIST):
		return os.NewSyscallError("RTM_NEWNSID", m.refusal)
	}
	// EEXIST has two meanings: ns has an id, or another namespace has this one.
	have, err := c.IDs([]netns.NsHandle{ns})
	switch {
	case err != nil:
		return err
	case have[0] == None:
		return &TakenError{id}
	case id != Auto && have[0] != id:
		return &AssignedError{have[0]}
	}
	return nil
}
