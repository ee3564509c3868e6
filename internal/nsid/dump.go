package nsid

import (
	"errors"
	"os"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// dumpTries bounds how often a dump that was interrupted starts again.
const dumpTries = 20

// dumpBuffer is the most that the kernel puts into one part of a dump, and dumpFull what it fills of that at least before it starts
// another part: it needs room for itself (struct skb_shared_info) and for one more id.
const (
	dumpBuffer = 32 << 10
	dumpFull   = dumpBuffer - 512
)

// Here is the namespace of the connection, for use in place of a target.
const Here = -1

// A Pair is what a namespace is called.
type Pair struct {
	ID      int // in the target, None if it has none there
	Current int // in the namespace of the connection, None if it has none here or if there is no target
}

// All returns the ids that the namespace with the id target knows, or those known in the namespace of the connection if
// target is [Here]. They are in ascending order.
//
// The error is an [*UnknownError], [ErrChanging], [ErrCut] beside what the kernel told, or an [os.SyscallError]: EACCES without CAP_NET_ADMIN over the target.
func (c *Conn) All(target int) ([]Pair, error) {
	var attrs []*nl.RtAttr
	if target != Here {
		// Without strict checking a dump does not look at attributes, and would tell the ids known here.
		if err := unix.SetsockoptInt(c.fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1); err != nil {
			return nil, os.NewSyscallError("setsockopt(NETLINK_GET_STRICT_CHK)", err)
		}
		attrs = append(attrs, idAttr(attrTarget, target))
	}
	// Some kernels (6.18 for one) end a dump after its first part. How large that is depends on what has been received before.
	c.in = make([]byte, dumpBuffer)
	if _, err := c.call(unix.RTM_GETNSID, 0, idAttr(attrNSID, 0)); err != nil {
		return nil, err
	}
	for range dumpTries {
		pairs, interrupted, err := c.dump(attrs)
		switch {
		case errors.Is(err, unix.EINVAL) && target != Here:
			return nil, &UnknownError{target}
		case err != nil || !interrupted:
			return pairs, err
		}
	}
	return nil, ErrChanging
}

func (c *Conn) dump(attrs []*nl.RtAttr) (pairs []Pair, interrupted bool, err error) {
	seq, err := c.send(unix.RTM_GETNSID, unix.NLM_F_DUMP, attrs...)
	if err != nil {
		return nil, false, err
	}
	for parts := 1; ; parts++ {
		n, err := c.receive(c.in)
		if err != nil {
			return nil, false, err
		}
		for rest := c.in[:n]; len(rest) > 0; {
			var m message
			if m, rest, err = parse(rest); err != nil {
				return nil, false, err
			}
			if m.seq != seq { // left over from a call that gave up
				continue
			}
			interrupted = interrupted || m.interrupted
			if m.last && m.refusal == nil && parts == 1 && n > dumpFull {
				return pairs, interrupted, ErrCut
			}
			if m.last {
				return pairs, interrupted, os.NewSyscallError("RTM_GETNSID", m.refusal)
			}
			pairs = append(pairs, Pair{m.id, m.current})
		}
	}
}

// Any tells whether any namespace has an id in that of the connection. The error is an [os.SyscallError].
func (c *Conn) Any() (bool, error) {
	pairs, _, err := c.dump(nil)
	if len(pairs) > 0 {
		return true, nil
	}
	return false, err
}

// Translate returns what the namespace that has the id here is called in the namespace with the id target. With [Here] as target it only
// tells whether there is a namespace with that id.
//
// The error is an [*UnknownError] or an [os.SyscallError], as with [Conn.All].
func (c *Conn) Translate(id, target int) (Pair, error) {
	attrs := []*nl.RtAttr{idAttr(attrNSID, id)}
	if target != Here {
		attrs = append(attrs, idAttr(attrTarget, target))
	}
	m, err := c.call(unix.RTM_GETNSID, 0, attrs...)
	switch {
	case err != nil:
		return Pair{}, err
	case errors.Is(m.refusal, unix.ENOENT):
		return Pair{}, &UnknownError{id}
	case errors.Is(m.refusal, unix.EINVAL) && target != Here:
		return Pair{}, &UnknownError{target}
	}
	return Pair{m.id, m.current}, os.NewSyscallError("RTM_GETNSID", m.refusal)
}
