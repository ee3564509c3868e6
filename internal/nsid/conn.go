package nsid

import (
	"errors"
	"os"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// None is the id of a namespace that has none here. The kernel uses the same value.
const None = -1

// batch is how many requests go to the kernel in one message. The answers wait in the socket's receive buffer, which by
// default has room for some 250 of them.
const batch = 64

// A Conn asks the kernel about ids. Not calling Close leaks a descriptor.
type Conn struct {
	fd  int
	seq uint32
	in  []byte
}

// Dial opens a connection that sees ids as the calling thread's network namespace does. The error is an [os.SyscallError].
func Dial() (*Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, os.NewSyscallError("socket(AF_NETLINK)", err)
	}
	return &Conn{fd: fd, in: make([]byte, os.Getpagesize())}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return os.NewSyscallError("close", unix.Close(c.fd)) }

// IDs returns the id of each namespace, [None] where it has none or where the kernel cannot tell (a handle that is
// no network namespace, a kernel without ids). The error is an [os.SyscallError] and means that nothing is known.
func (c *Conn) IDs(namespaces []netns.NsHandle) ([]int, error) {
	ids := make([]int, len(namespaces))
	for start := 0; start < len(namespaces); start += batch {
		end := min(start+batch, len(namespaces))
		if err := c.ask(namespaces[start:end], ids[start:end]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// ask sends one request per namespace in a single message and fills in ids from the answers.
func (c *Conn) ask(namespaces []netns.NsHandle, ids []int) error {
	first := c.seq + 1
	var out []byte
	for i, ns := range namespaces {
		ids[i] = None
		c.seq++
		out = append(out, request(c.seq, unix.RTM_GETNSID, 0, fdAttr(ns))...)
	}
	if err := unix.Sendto(c.fd, out, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	for range namespaces {
		// The kernel answers before sendto(2) returns, so an answer that is not there will never come.
		n, _, err := unix.Recvfrom(c.fd, c.in, unix.MSG_DONTWAIT)
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		m, _, err := parse(c.in[:n])
		if err != nil {
			return err
		}
		if i := m.seq - first; int(i) < len(ids) {
			ids[i] = m.id // None if the kernel refused
		}
	}
	return nil
}

// call sends one request that has one answer, and returns that.
func (c *Conn) call(kind, flags int, attrs ...*nl.RtAttr) (message, error) {
	seq, err := c.send(kind, flags, attrs...)
	for err == nil {
		var n int
		var m message
		if n, err = c.receive(c.in); err == nil {
			m, _, err = parse(c.in[:n])
		}
		if err == nil && m.seq == seq {
			return m, nil
		}
	}
	return message{}, err
}

// send sends a request and returns its number.
func (c *Conn) send(kind, flags int, attrs ...*nl.RtAttr) (uint32, error) {
	c.seq++
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	return c.seq, os.NewSyscallError("sendto", unix.Sendto(c.fd, request(c.seq, kind, flags, attrs...), 0, to))
}

// receive waits for the next answers.
func (c *Conn) receive(b []byte) (int, error) {
	for {
		n, _, err := unix.Recvfrom(c.fd, b, 0)
		if !errors.Is(err, unix.EINTR) {
			return n, os.NewSyscallError("recvfrom", err)
		}
	}
}
