//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The attributes of RTM_GETNSID, as in package nsid.
const (
	attrNSID = 1
	attrFD   = 3
)

// A question is a request for the id of one namespace (rtnetlink(7)).
type question struct {
	unix.NlMsghdr
	_       [4]byte // struct rtgenmsg, padded
	attr    unix.RtAttr
	netnsFD int32
}

// hasIDs tells whether the network namespace of the process knows any ids at all.
func hasIDs() (any, ok bool) {
	fd, errno := socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if errno != 0 {
		return false, false
	}
	var dump struct {
		unix.NlMsghdr
		_ [4]byte
	}
	dump.Len, dump.Type, dump.Flags = uint32(unsafe.Sizeof(dump)), unix.RTM_GETNSID, unix.NLM_F_REQUEST|unix.NLM_F_DUMP
	var answer [4096]byte
	n := 0
	if errno = send(fd, unsafe.Pointer(&dump), unsafe.Sizeof(dump)); errno == 0 {
		n, errno = receive(fd, answer[:], unix.MSG_DONTWAIT)
	}
	closeFile(fd)
	if errno != 0 || n < unix.SizeofNlMsghdr {
		return false, false
	}
	switch (*unix.NlMsghdr)(unsafe.Pointer(&answer)).Type {
	case unix.RTM_NEWNSID:
		return true, true
	case unix.NLMSG_DONE:
		return false, true
	}
	return false, false
}

// batch is how many requests go to the kernel in one message.
const batch = 64

// askIDs fills in the ids of some entries, at most a batch: it sends all requests in a single message and takes the answers.
func askIDs(fd int, share []listed, questions *[batch]question) bool {
	count, ok := 0, true
	for i := range share {
		ns, errno := openHandle(nsfsRoot, &share[i].handle)
		if ok = errno == 0; !ok {
			break
		}
		q := &questions[i]
		q.Len, q.Type, q.Flags, q.Seq = uint32(unsafe.Sizeof(*q)), unix.RTM_GETNSID, unix.NLM_F_REQUEST, uint32(i)
		q.attr.Len, q.attr.Type = uint16(unsafe.Sizeof(q.attr)+unsafe.Sizeof(q.netnsFD)), attrFD
		q.netnsFD = int32(ns)
		count++
	}
	if ok {
		ok = send(fd, unsafe.Pointer(questions), uintptr(count)*unsafe.Sizeof(question{})) == 0
	}
	// The kernel has answered before that returns.
	for left := count; ok && left > 0; left-- {
		var answer [128]byte
		n, errno := receive(fd, answer[:], unix.MSG_DONTWAIT)
		ok = errno == 0 && n >= 0 && n <= len(answer) && takeID(share, answer[:n])
	}
	for i := range count {
		closeFile(int(questions[i].netnsFD))
	}
	return ok
}

// takeID takes an id out of an answer, which has to be one.
func takeID(share []listed, answer []byte) bool {
	const header = unix.SizeofNlMsghdr + 4
	if len(answer) < header {
		return false
	}
	message := (*unix.NlMsghdr)(unsafe.Pointer(unsafe.SliceData(answer)))
	if message.Type != unix.RTM_NEWNSID || int(message.Seq) >= len(share) || int(message.Len) > len(answer) {
		return false
	}
	for rest := answer[header:message.Len]; len(rest) >= unix.SizeofRtAttr+4; {
		attr := (*unix.RtAttr)(unsafe.Pointer(unsafe.SliceData(rest)))
		if attr.Type == attrNSID {
			share[message.Seq].id = *(*int32)(unsafe.Pointer(&rest[unix.SizeofRtAttr]))
			return true
		}
		size := (int(attr.Len) + 3) &^ 3
		if size < unix.SizeofRtAttr || size > len(rest) {
			return false
		}
		rest = rest[size:]
	}
	return false
}
