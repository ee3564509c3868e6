package nsid

import (
	"encoding/binary"
	"os"
	"unsafe"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// batch is how many requests go to the kernel in one message. The answers wait in the socket's receive buffer, which by
// default has room for some 250 of them.
const batch = 64

// answerSize is more than an answer has: an id and what it is current, or an error with a copy of the request.
const answerSize = 128

// answers is room for the answers to a batch, as recvmmsg(2) fills it.
type answers struct {
	headers [batch]struct { // struct mmsghdr
		unix.Msghdr
		size uint32
	}
	vectors [batch]unix.Iovec
	data    [batch][answerSize]byte
	out     []byte // the requests
}

func newAnswers() *answers {
	a := &answers{}
	for i := range a.headers {
		a.vectors[i].Base = &a.data[i][0]
		a.vectors[i].SetLen(answerSize)
		a.headers[i].Iov = &a.vectors[i]
		a.headers[i].SetIovlen(1)
	}
	return a
}

// receive takes up to n answers that are there, at least one, and returns how many.
func (a *answers) receive(fd, n int) (int, error) {
	got, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&a.headers[0])), uintptr(n),
		unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, os.NewSyscallError("recvmmsg", errno)
	}
	return int(got), nil
}

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
	if c.answers == nil {
		c.answers = newAnswers()
	}
	a := c.answers
	first := c.seq + 1
	a.out = a.out[:0]
	for i, ns := range namespaces {
		ids[i] = None
		c.seq++
		a.out = appendQuestion(a.out, c.seq, ns)
	}
	if err := unix.Sendto(c.fd, a.out, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	for left := len(namespaces); left > 0; {
		// The kernel answers before sendto(2) returns, so an answer that is not there will never come.
		n, err := a.receive(c.fd, left)
		if err != nil {
			return err
		}
		left -= n
		for k := range n {
			m, _, err := parse(a.data[k][:min(a.headers[k].size, answerSize)])
			if err != nil {
				return err
			}
			if i := m.seq - first; int(i) < len(ids) {
				ids[i] = m.id // None if the kernel refused
			}
		}
	}
	return nil
}

// appendQuestion appends the request for the id of ns to b. It is what request makes, without an allocation for each part.
func appendQuestion(b []byte, seq uint32, ns netns.NsHandle) []byte {
	const (
		genmsg = 4 // struct rtgenmsg, padded
		attr   = unix.SizeofRtAttr + 4
	)
	native := binary.NativeEndian
	b = native.AppendUint32(b, unix.SizeofNlMsghdr+genmsg+attr)
	b = native.AppendUint16(b, unix.RTM_GETNSID)
	b = native.AppendUint16(b, unix.NLM_F_REQUEST)
	b = native.AppendUint32(b, seq)
	b = append(b, make([]byte, 4+genmsg)...) // the port, which the kernel fills in, and AF_UNSPEC
	b = native.AppendUint16(b, attr)
	b = native.AppendUint16(b, attrFD)
	return native.AppendUint32(b, uint32(ns))
}
