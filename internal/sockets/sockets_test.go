package sockets

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"gons/internal/links"
	"gons/internal/nstest"
	"gons/internal/nsthread"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

// Who listens is told, once for each address, in the namespace of the thread that asks and in no other; connections are not.
func TestListeners(t *testing.T) {
	inNew(t, func() {
		tcp, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer tcp.Close()
		any6, err := net.Listen("tcp6", "[::]:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer any6.Close()
		udp, err := net.ListenPacket("udp4", "0.0.0.0:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer udp.Close()
		conn, err := net.Dial("tcp4", tcp.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		got, err := Listeners()
		if err != nil {
			t.Error(err)
			return
		}
		want := []Listener{
			{"tcp", netip.MustParseAddrPort(tcp.Addr().String())},
			{"tcp", netip.MustParseAddrPort(any6.Addr().String())},
			{"udp", netip.MustParseAddrPort(udp.LocalAddr().String())},
		}
		slices.SortFunc(want[:2], func(a, b Listener) int { return int(a.Address.Port()) - int(b.Address.Port()) })
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	inNew(t, func() {
		if got, err := Listeners(); err != nil || len(got) != 0 {
			t.Errorf("in an empty namespace: %v, %v", got, err)
		}
	})
}

// inNew runs fn on a thread in a new network namespace with its loopback device up.
func inNew(t *testing.T, fn func()) {
	t.Helper()
	err := nsthread.Do(func(th *nsthread.Thread) error {
		if err := th.NewNet(); err != nil {
			return err
		}
		if err := links.Up("lo"); err != nil {
			return err
		}
		fn()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	const heading = "  sl  local_address rem_address   st\n"
	for _, line := range []string{"   0: 0100007F", "   0: 0100007F:1F41X 0:0 0A", "   0: 0100:1F41 0:0 0A", "   0: xx00007F:1F41 0:0 0A", "   0: :1 0:0 0A"} {
		if got, err := read(strings.NewReader(heading+line), "tcp", listening); err == nil {
			t.Errorf("%q: %v, want an error", line, got)
		}
	}
}
