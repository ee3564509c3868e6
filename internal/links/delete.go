package links

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// dumpTries bounds how often a list of devices is asked for again because it changed while it was read.
const dumpTries = 10

// list returns the devices of the calling thread's namespace.
func list() (devices []netlink.Link, err error) {
	for range dumpTries {
		devices, err = netlink.LinkList()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return devices, nil
}

// DeleteVirtual deletes all devices but the loopback device and physical ones. When it returns they are gone, and so are their
// other ends in other namespaces. It returns the names of the physical devices, which are as they were.
func DeleteVirtual() (physical []string, err error) {
	devices, err := list()
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, d := range devices {
		attrs := d.Attrs()
		switch {
		case attrs.Flags&net.FlagLoopback != 0:
			continue
		case d.Type() == "device": // the type of those that no driver of virtual devices made
			physical = append(physical, attrs.Name)
			continue
		}
		err := netlink.LinkDel(d)
		// With one device others can go: its other end, or what was built on top of it.
		if err != nil && !errors.Is(err, unix.ENODEV) && !errors.Is(err, unix.EINVAL) {
			failed = append(failed, fmt.Errorf("delete device %q: %w", attrs.Name, err))
		}
	}
	return physical, errors.Join(failed...)
}
