package links

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
)

// dumpTries bounds how often a list is asked for again because it changed while it was read.
const dumpTries = 10

// dump asks the kernel for a list until it is one that was true at one moment. If that does not happen the last one has to do.
func dump[T any](ask func() ([]T, error)) (items []T, err error) {
	for range dumpTries {
		items, err = ask()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return items, err
		}
	}
	return items, err
}

// list returns the devices of the calling thread's namespace.
func list() ([]netlink.Link, error) {
	devices, err := dump(netlink.LinkList)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return devices, nil
}
