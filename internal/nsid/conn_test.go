package nsid

import (
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
