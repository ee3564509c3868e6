package mounts

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

// Connections is how the mounts of one mount namespace are connected to others: the peer groups that they are in, and those that they get mounts
// from (mount_namespaces(7)). No notice is given when that changes, as there is of mounts that come, go or get other options.
type Connections []connection

type connection struct{ id, propagation, peers, master uint64 }

// ConnectionsHere returns those of the mount namespace that the calling thread is in, but for what is mounted on /sys and below, which a [SysView]
// replaces, and for the mounts of namespaces: they are files, of which there can be thousands, and nothing is ever mounted below them. It takes
// Linux 6.8; the error is an errno, ENOSYS or EPERM where there is no such call.
func ConnectionsHere() (Connections, error) {
	const all = ^uint64(0) // LSMT_ROOT
	ids, err := mountIDs(all)
	if err != nil {
		return nil, err
	}
	sys, err := mountID(sysDir)
	if err != nil {
		return nil, err
	}
	below, err := mountIDs(sys)
	if err != nil {
		return nil, err
	}
	below = append(below, sys)
	return connectionsOf(slices.DeleteFunc(ids, func(id uint64) bool { return slices.Contains(below, id) }))
}

func connectionsOf(ids []uint64) (Connections, error) {
	var found Connections
	var buf [statmountStrings]byte
	for _, id := range ids {
		c, isNamespace, err := connectionOf(id, buf[:])
		if err != nil {
			return nil, err
		}
		if !isNamespace {
			found = append(found, c)
		}
	}
	return found, nil
}

// Unchanged tells whether they are as they were. The calling thread has to be in the mount namespace.
func (c Connections) Unchanged() bool {
	var buf [statmountStrings]byte
	for _, before := range c {
		now, _, err := connectionOf(before.id, buf[:])
		if err != nil || now != before {
			return false
		}
	}
	return true
}

// connectionOf returns the connection of a mount, and whether it is that of a namespace. buf is scratch space.
func connectionOf(id uint64, buf []byte) (c connection, isNamespace bool, err error) {
	if err := callStatmount(id, statmountSBBasic|statmountMntBasic, buf); err != nil {
		return c, false, err
	}
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(buf[at:]) }
	c = connection{id, word(statmountPropagation), word(statmountPeers), word(statmountMaster)}
	return c, word(statmountMagic) == unix.NSFS_MAGIC, nil
}
