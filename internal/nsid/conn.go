package nsid

import (
	"errors"
	"fmt"
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

// Attributes of RTM_*NSID messages (linux/net_namespace.h).
const (
	attrNSID = 1 // NETNSA_NSID
	attrFD   = 3 // NETNSA_FD
)

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
		out = append(out, getRequest(c.seq, ns)...)
	}
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if err := unix.Sendto(c.fd, out, 0, to); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	for range namespaces {
		// The kernel answers before sendto(2) returns, so an answer that is not there will never come.
		n, _, err := unix.Recvfrom(c.fd, c.in, unix.MSG_DONTWAIT)
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		seq, id, err := parseAnswer(c.in[:n])
		if err != nil {
			return err
		}
		if i := seq - first; int(i) < len(ids) {
			ids[i] = id
		}
	}
	return nil
}

func getRequest(seq uint32, ns netns.NsHandle) []byte {
	req := nl.NewNetlinkRequest(unix.RTM_GETNSID, 0)
	req.Seq = seq
	req.AddData(nl.NewRtGenMsg())
	req.AddData(nl.NewRtAttr(attrFD, nl.Uint32Attr(uint32(ns))))
	return req.Serialize()
}

var errShort = errors.New("netlink answer is cut off")

// parseAnswer reads the first message of an answer to RTM_GETNSID: which request it answers, and the id. A refusal by the kernel
// is [None].
func parseAnswer(b []byte) (seq uint32, id int, err error) {
	if len(b) < unix.SizeofNlMsghdr {
		return 0, 0, errShort
	}
	native := nl.NativeEndian()
	length, kind, seq := native.Uint32(b), native.Uint16(b[4:]), native.Uint32(b[8:])
	if int64(length) > int64(len(b)) || length < unix.SizeofNlMsghdr {
		return 0, 0, errShort
	}
	body := b[unix.SizeofNlMsghdr:length]
	switch kind {
	case unix.NLMSG_ERROR:
		return seq, None, nil
	case unix.RTM_NEWNSID:
	default:
		return 0, 0, fmt.Errorf("netlink answer of type %d to a request for an nsid", kind)
	}
	const genmsg = 4 // struct rtgenmsg, padded
	for attrs := body[min(genmsg, len(body)):]; len(attrs) >= unix.SizeofRtAttr; {
		size := int(native.Uint16(attrs))
		if size < unix.SizeofRtAttr || size > len(attrs) {
			return 0, 0, errShort
		}
		if native.Uint16(attrs[2:]) == attrNSID && size >= unix.SizeofRtAttr+4 {
			return seq, int(int32(native.Uint32(attrs[unix.SizeofRtAttr:]))), nil
		}
		attrs = attrs[min((size+3)&^3, len(attrs)):]
	}
	return seq, None, nil
}
