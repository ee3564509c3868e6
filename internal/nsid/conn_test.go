package nsid

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"

	"gons/internal/nstest"
	"gons/internal/nsthread"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

// newNamespaces returns handles of n new namespaces, closed at the end of the test.
func newNamespaces(t *testing.T, n int) []netns.NsHandle {
	t.Helper()
	handles := make([]netns.NsHandle, n)
	for i := range handles {
		err := nsthread.Do(func(thread *nsthread.Thread) (err error) {
			if err = thread.NewNet(); err == nil {
				handles[i], err = netns.GetFromPath(nsthread.NetPath)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { handles[i].Close() })
	}
	return handles
}

func TestIDs(t *testing.T) {
	// More than two batches, every third with an id of its own.
	handles := newNamespaces(t, 2*batch+5)
	for i := 0; i < len(handles); i += 3 {
		if err := netlink.SetNetNsIdByFd(int(handles[i]), 100+i); err != nil {
			t.Fatal(err)
		}
	}
	null, err := netns.GetFromPath("/dev/null") // no namespace at all
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	conn, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 2 {
		ids, err := conn.IDs(append(handles, null, netns.None()))
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			want := None
			if i < len(handles) && i%3 == 0 {
				want = 100 + i
			}
			if id != want {
				t.Errorf("namespace %d has id %d, want %d", i, id, want)
			}
		}
	}
}

func TestIDsOfNothing(t *testing.T) {
	conn, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if ids, err := conn.IDs(nil); err != nil || len(ids) != 0 {
		t.Errorf("IDs(nil) = %v, %v", ids, err)
	}
}

func TestIDsAfterClose(t *testing.T) {
	conn, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	conn.fd = -1
	var call *os.SyscallError
	if _, err := conn.IDs([]netns.NsHandle{0}); !errors.As(err, &call) || !errors.Is(err, unix.EBADF) {
		t.Errorf("IDs on a closed connection: %v, want EBADF", err)
	}
}

// message builds a netlink message of the given type and attributes.
func message(kind uint16, seq uint32, body ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, 0)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 0)
	return append(b, body...)
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0, 8, 0, attrNSID, 0, 9, 0, 0, 0))
	f.Add(message(unix.NLMSG_ERROR, 7, 0xea, 0xff, 0xff, 0xff))
	f.Add(message(unix.RTM_NEWNSID, 7))
	f.Add(message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0, 1, 0, 1, 0))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, id, err := parseAnswer(b); err == nil && id < None {
			t.Skip("the kernel has no such ids, but nothing is harmed")
		}
	})
}

func TestParseAnswer(t *testing.T) {
	tests := map[string]struct {
		in  []byte
		id  int
		bad bool
	}{
		"id":            {in: message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0, 8, 0, attrNSID, 0, 9, 0, 0, 0), id: 9},
		"none":          {in: message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0, 8, 0, attrNSID, 0, 255, 255, 255, 255), id: None},
		"refused":       {in: message(unix.NLMSG_ERROR, 7, 0xea, 0xff, 0xff, 0xff), id: None},
		"no attribute":  {in: message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0), id: None},
		"after another": {in: message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0, 5, 0, 77, 0, 1, 0, 0, 0, 8, 0, attrNSID, 0, 3, 0, 0, 0), id: 3},
		"cut header":    {in: []byte{1, 2, 3}, bad: true},
		"cut attribute": {in: message(unix.RTM_NEWNSID, 7, 0, 0, 0, 0, 200, 0, attrNSID, 0), bad: true},
		"other type":    {in: message(unix.RTM_NEWLINK, 7), bad: true},
	}
	for name, test := range tests {
		seq, id, err := parseAnswer(test.in)
		if test.bad {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			continue
		}
		if err != nil || seq != 7 || id != test.id {
			t.Errorf("%s: seq %d, id %d, %v; want 7, %d", name, seq, id, err, test.id)
		}
	}
}
