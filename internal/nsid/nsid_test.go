package nsid_test

import (
	"errors"
	"os"
	"testing"

	"gons/internal/nsid"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// fresh makes a network namespace that lasts as long as the test.
func fresh(t *testing.T) netns.NsHandle {
	t.Helper()
	ns := netns.None()
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if err := thread.NewNet(); err != nil {
			return err
		}
		fd, err := unix.Open(nsthread.NetPath, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		ns = netns.NsHandle(fd)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

// dial opens a connection that sees ids as the namespace ns does, so that no other test can be in the way.
func dial(t *testing.T, ns netns.NsHandle) *nsid.Conn {
	t.Helper()
	var conn *nsid.Conn
	err := nsthread.Do(func(thread *nsthread.Thread) (err error) {
		if err := thread.SetNet(ns); err != nil {
			return err
		}
		conn, err = nsid.Dial()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestSet(t *testing.T) {
	conn, a, b := dial(t, fresh(t)), fresh(t), fresh(t)
	for range 2 { // the second time it is there already
		if err := conn.Set(a, 7); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Set(a, nsid.Auto); err != nil {
		t.Errorf("Set(auto) of one that has an id: %v", err)
	}
	var assigned *nsid.AssignedError
	if err := conn.Set(a, 8); !errors.As(err, &assigned) || assigned.ID != 7 {
		t.Errorf("Set to another id: %v", err)
	}
	var taken *nsid.TakenError
	if err := conn.Set(b, 7); !errors.As(err, &taken) || taken.ID != 7 {
		t.Errorf("Set to the id of another: %v", err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := conn.Set(netns.NsHandle(file.Fd()), 9); !errors.Is(err, nsid.ErrNotNet) {
		t.Errorf("Set of a device: %v", err)
	}
	if err := conn.Set(b, nsid.Auto); err != nil {
		t.Fatal(err)
	}
	ids, err := conn.IDs([]netns.NsHandle{a, b, netns.NsHandle(file.Fd())})
	if err != nil || ids[0] != 7 || ids[1] < 0 || ids[2] != nsid.None {
		t.Errorf("IDs = %v, %v", ids, err)
	}
}

// More ids than fit into what the kernel sends at first.
func TestAll(t *testing.T) {
	const many = 1100
	conn := dial(t, fresh(t))
	if pairs, err := conn.All(nsid.Here); err != nil || len(pairs) != 0 {
		t.Errorf("All of nothing = %v, %v", pairs, err)
	}
	for id := range many {
		ns := fresh(t)
		if err := conn.Set(ns, 2*id); err != nil {
			t.Fatal(err)
		}
	}
	pairs, err := conn.All(nsid.Here)
	if err != nil || len(pairs) != many {
		t.Fatalf("All = %d ids, %v, want %d", len(pairs), err, many)
	}
	for i, p := range pairs {
		if p != (nsid.Pair{ID: 2 * i, Current: nsid.None}) {
			t.Fatalf("id %d is %+v", i, p)
		}
	}
	// Even more: all of them, or an error that says that they are not all.
	for id := range 200 {
		ns := fresh(t)
		if err := conn.Set(ns, 2*many+id); err != nil {
			t.Fatal(err)
		}
	}
	pairs, err = conn.All(nsid.Here)
	if len(pairs) != many+200 && !errors.Is(err, nsid.ErrCut) {
		t.Fatalf("All = %d ids, %v, want %d", len(pairs), err, many+200)
	}
}

func TestTarget(t *testing.T) {
	target, peer, stranger := fresh(t), fresh(t), fresh(t)
	conn, inTarget := dial(t, fresh(t)), dial(t, target)
	for _, err := range []error{
		conn.Set(target, 1), conn.Set(peer, 2),
		inTarget.Set(peer, 12), inTarget.Set(stranger, 13),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	pairs, err := conn.All(1)
	if err != nil || len(pairs) != 2 || pairs[0] != (nsid.Pair{ID: 12, Current: 2}) || pairs[1] != (nsid.Pair{ID: 13, Current: nsid.None}) {
		t.Errorf("All(1) = %v, %v", pairs, err)
	}
	if p, err := conn.Translate(2, 1); err != nil || p != (nsid.Pair{ID: 12, Current: 2}) {
		t.Errorf("Translate(2, 1) = %v, %v", p, err)
	}
	if p, err := conn.Translate(1, 2); err != nil || p != (nsid.Pair{ID: nsid.None, Current: 1}) {
		t.Errorf("Translate(1, 2) = %v, %v", p, err)
	}
	if p, err := conn.Translate(2, nsid.Here); err != nil || p.ID != 2 {
		t.Errorf("Translate(2, here) = %v, %v", p, err)
	}
	for _, call := range []func() error{
		func() error { _, err := conn.All(99); return err },
		func() error { _, err := conn.Translate(99, nsid.Here); return err },
		func() error { _, err := conn.Translate(99, 1); return err },
		func() error { _, err := conn.Translate(2, 99); return err },
	} {
		var unknown *nsid.UnknownError
		if err := call(); !errors.As(err, &unknown) || unknown.ID != 99 {
			t.Errorf("an id that nobody has: %v", err)
		}
	}
	// After all that the connection still answers the right question.
	if pairs, err := conn.All(nsid.Here); err != nil || len(pairs) != 2 {
		t.Errorf("All(here) = %v, %v", pairs, err)
	}
}
