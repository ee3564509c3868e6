package links

import (
	"fmt"
	"net"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A Device is a network device as its own namespace sees it.
type Device struct {
	Index     int
	Name      string
	Kind      string // as ip-link(8) has it after "type"; "loopback", and "device" for one that a driver of hardware made
	State     string // one of the states below
	MAC       net.HardwareAddr
	MTU       int
	Addresses []string // with the length of the prefix
	Master    int      // the index of the bridge, bond, VRF, ... that it belongs to, 0 for none
	Link      int      // the index of the other end, or of the device that it was made on; 0 for none
	LinkID    int      // the id that the namespace of Link has here, -1 for this one
}

// IsPair tells whether Link is the other end of a wire. Otherwise it is what the device was made on.
func (d *Device) IsPair() bool { return d.Kind == "veth" || d.Kind == "netkit" || d.Kind == "vxcan" }

// The states of a device.
const (
	IsUp      = "up"
	IsDown    = "down"       // nobody brought it up
	NoCarrier = "no-carrier" // up, but nothing is at the other end, or that one is down
	Dormant   = "dormant"    // up, and waiting for something, such as a login
)

// Devices returns the devices of the namespace in the order of their indexes, with their addresses. The error says which list could not
// be read.
func Devices() ([]Device, error) {
	found, err := list()
	if err != nil {
		return nil, err
	}
	addresses, err := dump(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	of := map[int][]string{}
	for _, a := range addresses {
		of[a.LinkIndex] = append(of[a.LinkIndex], addressText(a))
	}
	devices := make([]Device, len(found))
	for i, link := range found {
		attrs := link.Attrs()
		d := Device{
			Index: attrs.Index, Name: attrs.Name, Kind: link.Type(), State: state(attrs), MAC: attrs.HardwareAddr, MTU: attrs.MTU,
			Addresses: of[attrs.Index], Master: attrs.MasterIndex, Link: attrs.ParentIndex, LinkID: attrs.NetNsID,
		}
		switch {
		case attrs.Flags&net.FlagLoopback != 0:
			d.Kind, d.MAC = "loopback", nil
		case d.Kind == "tuntap":
			d.Kind = "tun"
		}
		devices[i] = d
	}
	return devices, nil
}

// addressText is an address as ip-address(8) shows it.
func addressText(a netlink.Addr) string {
	if a.Peer == nil {
		return a.IPNet.String()
	}
	return a.IP.String() + " peer " + a.Peer.String()
}

func state(attrs *netlink.LinkAttrs) string {
	switch {
	case attrs.RawFlags&unix.IFF_UP == 0:
		return IsDown
	case attrs.OperState == netlink.OperDormant:
		return Dormant
	case attrs.RawFlags&unix.IFF_LOWER_UP == 0: // the operational state follows a moment later
		return NoCarrier
	}
	return IsUp
}

// Names returns the names of the devices with these indexes. One that is not there has none.
func Names(indexes []int) map[int]string {
	names := map[int]string{}
	for _, index := range indexes {
		if link, err := netlink.LinkByIndex(index); err == nil {
			names[index] = link.Attrs().Name
		}
	}
	return names
}

// A Route is a default route.
type Route struct {
	Family string // "inet" or "inet6"
	Kind   string // "unreachable" and the like, empty for one that leads somewhere
	Hops   []Hop  // several if the packets are spread
	Metric int
}

// A Hop is where a route leads to.
type Hop struct {
	Via    string // the address of the router, empty if there is none
	Device int    // the index
}

// DefaultRoutes returns the default routes in the main table of the namespace, those of IPv4 first.
func DefaultRoutes() ([]Route, error) {
	var routes []Route
	for _, family := range []struct {
		number int
		name   string
	}{{netlink.FAMILY_V4, "inet"}, {netlink.FAMILY_V6, "inet6"}} {
		found, err := dump(func() ([]netlink.Route, error) {
			return netlink.RouteListFiltered(family.number, &netlink.Route{}, netlink.RT_FILTER_DST)
		})
		if err != nil {
			return nil, fmt.Errorf("list routes: %w", err)
		}
		for _, f := range found {
			r := Route{Family: family.name, Metric: f.Priority, Hops: hops(&f)}
			if f.Type != unix.RTN_UNICAST {
				r.Kind, r.Hops = kinds[f.Type], nil
			}
			routes = append(routes, r)
		}
	}
	return routes, nil
}

// kinds are the routes that lead nowhere.
var kinds = map[int]string{
	unix.RTN_BLACKHOLE: "blackhole", unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit", unix.RTN_THROW: "throw",
}

func hops(r *netlink.Route) []Hop {
	if len(r.MultiPath) == 0 {
		return []Hop{{via(r.Gw, r.Via), r.LinkIndex}}
	}
	var all []Hop
	for _, p := range r.MultiPath {
		all = append(all, Hop{via(p.Gw, p.Via), p.LinkIndex})
	}
	return all
}

// via is the address of a router, which can be of the other family.
func via(gateway net.IP, other netlink.Destination) string {
	switch v, ok := other.(*netlink.Via); {
	case len(gateway) > 0:
		return gateway.String()
	case ok:
		return v.Addr.String()
	}
	return ""
}

// Text is the route as ip-route(8) shows it, with names in place of indexes.
func (r *Route) Text(name func(index int) string) string {
	words := []string{"default"}
	if r.Kind != "" {
		words = []string{r.Kind, "default"}
	}
	for _, hop := range r.Hops {
		if len(r.Hops) > 1 {
			words = append(words, "nexthop")
		}
		if hop.Via != "" {
			words = append(words, "via", hop.Via)
		}
		if hop.Device != 0 {
			words = append(words, "dev", name(hop.Device))
		}
	}
	if r.Metric != 0 {
		words = append(words, "metric", fmt.Sprint(r.Metric))
	}
	return strings.Join(words, " ")
}
