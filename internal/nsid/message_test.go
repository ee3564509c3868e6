package nsid

import (
	"errors"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// answer builds what the kernel sends.
func answer(kind, flags uint16, seq uint32, body ...byte) []byte {
	native := nl.NativeEndian()
	b := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body))
	native.PutUint32(b, uint32(cap(b)))
	native.PutUint16(b[4:], kind)
	native.PutUint16(b[6:], flags)
	native.PutUint32(b[8:], seq)
	return append(b, body...)
}

func attr(kind int, value int) []byte { return idAttr(kind, value).Serialize() }

func errno(code int) []byte { return nl.Uint32Attr(uint32(int32(code))) }

func TestParse(t *testing.T) {
	genmsg := make([]byte, 4) // full, so that each append makes a slice of its own
	ids := append(append(genmsg, attr(attrNSID, 7)...), attr(attrCurrent, None)...)
	for name, test := range map[string]struct {
		in   []byte
		want message
	}{
		"ids":         {answer(unix.RTM_NEWNSID, 0, 3, ids...), message{seq: 3, id: 7, current: None}},
		"no ids":      {answer(unix.RTM_NEWNSID, 0, 3, genmsg...), message{seq: 3, id: None, current: None}},
		"interrupted": {answer(unix.RTM_NEWNSID, unix.NLM_F_DUMP_INTR, 4, genmsg...), message{seq: 4, interrupted: true, id: None, current: None}},
		"acknowledge": {answer(unix.NLMSG_ERROR, 0, 5, errno(0)...), message{seq: 5, last: true, id: None, current: None}},
		"refusal": {
			answer(unix.NLMSG_ERROR, 0, 6, errno(-int(unix.EEXIST))...),
			message{seq: 6, last: true, refusal: unix.EEXIST, id: None, current: None},
		},
		"end": {
			answer(unix.NLMSG_DONE, unix.NLM_F_DUMP_INTR, 7, errno(0)...),
			message{seq: 7, last: true, interrupted: true, id: None, current: None},
		},
		"after another": {
			answer(unix.RTM_NEWNSID, 0, 8, append(append(genmsg, 5, 0, 77, 0, 1, 0, 0, 0), attr(attrNSID, 3)...)...),
			message{seq: 8, id: 3, current: None},
		},
	} {
		next := answer(unix.NLMSG_DONE, 0, 9, errno(0)...)
		got, rest, err := parse(append(test.in, next...))
		if err != nil || got != test.want || len(rest) != len(next) {
			t.Errorf("%s: parse = %+v with %d bytes left, %v; want %+v and %d", name, got, len(rest), err, test.want, len(next))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{})
	f.Add(answer(unix.RTM_NEWNSID, 0, 1, append([]byte{0, 0, 0, 0}, attr(attrNSID, 7)...)...))
	f.Add(answer(unix.NLMSG_ERROR, 0, 1, errno(-22)...))
	f.Add(answer(unix.RTM_NEWNSID, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0)) // an attribute shorter than its own header
	f.Fuzz(func(t *testing.T, b []byte) {
		_, rest, err := parse(b)
		if err == nil && len(rest) >= len(b) {
			t.Errorf("parse makes no progress: %d of %d bytes left", len(rest), len(b))
		}
	})
}

func TestParseRefuses(t *testing.T) {
	if _, _, err := parse(answer(unix.RTM_NEWLINK, 0, 1)); err == nil {
		t.Error("an answer about a link is accepted")
	}
	if _, _, err := parse(answer(unix.RTM_NEWNSID, 0, 1, 0, 0, 0, 0, 200, 0, attrNSID, 0)); !errors.Is(err, errShort) {
		t.Errorf("an attribute that is cut off: %v", err)
	}
	whole := answer(unix.NLMSG_ERROR, 0, 1, errno(0)...)
	for n := range len(whole) {
		if _, _, err := parse(whole[:n]); !errors.Is(err, errShort) {
			t.Errorf("parse of %d bytes: %v", n, err)
		}
	}
}
