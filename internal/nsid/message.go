package nsid

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Attributes of RTM_*NSID messages (linux/net_namespace.h).
const (
	attrNSID    = 1 // NETNSA_NSID
	attrFD      = 3 // NETNSA_FD
	attrTarget  = 4 // NETNSA_TARGET_NSID, since Linux 4.20
	attrCurrent = 5 // NETNSA_CURRENT_NSID
)

// A message is one answer of the kernel.
type message struct {
	seq         uint32 // of the request that it answers
	last        bool   // no more answers follow
	interrupted bool   // what is being told has changed meanwhile
	refusal     error  // an errno, nil if the kernel did as it was asked
	id, current int
}

// request builds a message to the kernel.
func request(seq uint32, kind, flags int, attrs ...*nl.RtAttr) []byte {
	req := nl.NewNetlinkRequest(kind, flags)
	req.Seq = seq
	req.AddData(nl.NewRtGenMsg())
	for _, attr := range attrs {
		req.AddData(attr)
	}
	return req.Serialize()
}

func fdAttr(ns netns.NsHandle) *nl.RtAttr { return nl.NewRtAttr(attrFD, nl.Uint32Attr(uint32(ns))) }

func idAttr(kind, id int) *nl.RtAttr { return nl.NewRtAttr(kind, nl.Uint32Attr(uint32(int32(id)))) }

var errShort = errors.New("netlink answer is cut off")

// parse reads the first message in b and returns it with what follows it.
func parse(b []byte) (message, []byte, error) {
	m := message{id: None, current: None}
	if len(b) < unix.SizeofNlMsghdr {
		return m, nil, errShort
	}
	native := nl.NativeEndian()
	length, kind, flags := native.Uint32(b), native.Uint16(b[4:]), native.Uint16(b[6:])
	m.seq = native.Uint32(b[8:])
	if int64(length) > int64(len(b)) || length < unix.SizeofNlMsghdr {
		return m, nil, errShort
	}
	m.interrupted = flags&unix.NLM_F_DUMP_INTR != 0
	body := b[unix.SizeofNlMsghdr:length]
	rest := b[min((int(length)+3)&^3, len(b)):]
	switch kind {
	case unix.NLMSG_ERROR, unix.NLMSG_DONE:
		m.last = true
		if len(body) < 4 {
			return m, nil, errShort
		}
		if code := int32(native.Uint32(body)); code < 0 {
			m.refusal = unix.Errno(-code)
		}
		return m, rest, nil
	case unix.RTM_NEWNSID:
		return m, rest, m.readIDs(body)
	}
	return m, nil, fmt.Errorf("netlink answer of type %d to a request for an nsid", kind)
}

// readIDs fills in what the attributes in the body of RTM_NEWNSID say.
func (m *message) readIDs(body []byte) error {
	native := nl.NativeEndian()
	const genmsg = 4 // struct rtgenmsg, padded
	for attrs := body[min(genmsg, len(body)):]; len(attrs) >= unix.SizeofRtAttr; {
		size := int(native.Uint16(attrs))
		if size < unix.SizeofRtAttr || size > len(attrs) {
			return errShort
		}
		if size >= unix.SizeofRtAttr+4 {
			value := int(int32(native.Uint32(attrs[unix.SizeofRtAttr:])))
			switch native.Uint16(attrs[2:]) {
			case attrNSID:
				m.id = value
			case attrCurrent:
				m.current = value
			}
		}
		attrs = attrs[min((size+3)&^3, len(attrs)):]
	}
	return nil
}
