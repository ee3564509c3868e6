package links

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

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
