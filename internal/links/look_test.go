package links

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"gons/internal/nstest"
	"gons/internal/nsthread"

	"github.com/vishvananda/netlink"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

// in runs ip(8) with each of the lines and then fn, on a thread in a new namespace.
func in(t *testing.T, lines string, fn func()) {
	t.Helper()
	ip := nstest.NeedTool(t, "ip")
	err := nsthread.Do(func(th *nsthread.Thread) error {
		if err := th.NewNet(); err != nil {
			return err
		}
		cmd := exec.Command(ip, "-batch", "-")
		cmd.Stdin = strings.NewReader(lines)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
			return nil
		}
		fn()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDevices(t *testing.T) {
	const lines = `link add v0 type veth peer name v1
link set v0 addrgenmode none
link set v0 up
link add up1 type veth peer name up2
link set up1 up
link set up2 up
link add br0 type bridge
link set v1 master br0
addr add 10.0.0.1 peer 10.0.0.2/30 dev v0
addr add 10.0.1.1/24 dev v0
addr add fd00::1/64 dev v0 nodad
`
	in(t, lines, func() {
		devices, err := Devices()
		if err != nil {
			t.Error(err)
			return
		}
		got := map[string]Device{}
		index := map[string]int{}
		for _, d := range devices {
			got[d.Name], index[d.Name] = d, d.Index
		}
		for name, want := range map[string]struct{ kind, state, link, master string }{
			"lo": {"loopback", IsDown, "", ""}, "v0": {"veth", NoCarrier, "v1", ""}, "v1": {"veth", IsDown, "v0", "br0"},
			"br0": {"bridge", IsDown, "", ""}, "up1": {"veth", IsUp, "up2", ""},
		} {
			d := got[name]
			if d.Kind != want.kind || d.State != want.state || d.Link != index[want.link] || d.Master != index[want.master] || d.LinkID != -1 {
				t.Errorf("%s is %+v, want %+v", name, d, want)
			}
		}
		const want = "10.0.0.1 peer 10.0.0.2/30 10.0.1.1/24 fd00::1/64"
		if addresses := strings.Join(got["v0"].Addresses, " "); addresses != want {
			t.Errorf("addresses %s, want %s", addresses, want)
		}
		if names := Names([]int{index["v0"], index["br0"], 4242}); len(names) != 2 || names[index["v0"]] != "v0" || names[index["br0"]] != "br0" {
			t.Errorf("names: %v", names)
		}
	})
}

// Routes are told as ip(8) tells them.
func TestDefaultRoutes(t *testing.T) {
	const lines = `link add v0 type veth peer name v1
link set v0 addrgenmode none
link set v0 up
link set v1 up
addr add 10.0.0.1/24 dev v0
addr add fd00::1/64 dev v0 nodad
route add default via 10.0.0.2
route add default metric 7 nexthop via 10.0.0.3 dev v0 nexthop via 10.0.0.4 dev v0
route add 0.0.0.0/0 via inet6 fd00::5 dev v0 metric 8
route add default dev v0 metric 9
route add blackhole default metric 10
route add default via 10.0.0.6 table 100
route add 10.1.0.0/16 via 10.0.0.2
route add ::/0 via fd00::2 metric 1024
route add unreachable ::/0 metric 2000
`
	const want = `inet default via 10.0.0.2 dev v0
inet default nexthop via 10.0.0.3 dev v0 nexthop via 10.0.0.4 dev v0 metric 7
inet default via fd00::5 dev v0 metric 8
inet default dev v0 metric 9
inet blackhole default metric 10
inet6 default via fd00::2 dev v0 metric 1024
inet6 unreachable default metric 2000
`
	in(t, lines, func() {
		routes, err := DefaultRoutes()
		if err != nil {
			t.Error(err)
			return
		}
		var got strings.Builder
		for _, r := range routes {
			got.WriteString(r.Family + " " + r.Text(func(index int) string {
				link, err := netlink.LinkByIndex(index)
				if err != nil {
					return err.Error()
				}
				return link.Attrs().Name
			}) + "\n")
		}
		if got.String() != want {
			t.Errorf("got\n%swant\n%s", got.String(), want)
		}
	})
}
