package nsid

import (
	"errors"
	"os"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// None is the id of a namespace that has none here. The kernel uses the same value.
const None = -1

// A Conn asks the kernel about ids. Not calling Close leaks a descriptor.
type Conn struct {
	fd      int
	seq     uint32
	in      []byte
	answers *answers // of a batch; nil before the first one
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
