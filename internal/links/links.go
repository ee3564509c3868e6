// Package links looks at and changes the network devices of the calling thread's network namespace (rtnetlink(7)).
//
// # Thread rules
//
// Every call works on the namespace that the calling thread is in when the call is made.
package links

import (
	"fmt"

	"github.com/vishvananda/netlink"
)

// Up brings the device called name up. The error is a [netlink.LinkNotFoundError] or an errno.
func Up(name string) error {
	link, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	if err != nil {
		return fmt.Errorf("bring up %q: %w", name, err)
	}
	return nil
}
