package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"gons/internal/links"
	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/nsthread"
	"gons/internal/sockets"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// inspect finds out about the namespace that word means. The error is that the namespace cannot be opened; whatever else
// cannot be found out is told as a warning.
func (c *cli) inspect(word string) (*inspected, error) {
	ns, err := c.open(word)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	var st, own unix.Stat_t
	if err := unix.Fstat(int(ns.NsHandle), &st); err != nil {
		return nil, fmt.Errorf("look at %q: %w", word, err)
	}
	i := &inspected{Target: word, State: nsfile.OK.String(), NS: st.Ino}
	i.Cookie, _ = nsid.Cookie(ns.NsHandle) // 0 if the kernel does not tell
	i.Here = unix.Stat(nsthread.NetPath, &own) == nil && own.Dev == st.Dev && own.Ino == st.Ino
	if err := c.nameInspected(i, ns); err != nil {
		c.warn(err)
	}
	if since := time.Unix(st.Mtim.Unix()); isPinned(i) || time.Since(since) > time.Minute {
		i.Since = since
	}
	if err := i.readID(ns.NsHandle); err != nil {
		c.warn(fmt.Errorf("read ids: %w", err))
	}
	if i.Processes, err = c.pidsIn(ns, pidsOptions{threads: true}, true); err != nil {
		c.warnHint(err)
	} else {
		i.Procs = new(int)
		for _, p := range i.Processes {
			if p.TID == 0 {
				*i.Procs++
			}
		}
	}
	if err := c.lookInside(i, ns); err != nil {
		c.warnHint(withHint(err, c.rootlessEnterHint("inspect "+ns.label, ns, err)))
	}
	return i, nil
}

// nameInspected fills in the names of the namespace.
func (c *cli) nameInspected(i *inspected, ns *target) error {
	names, err := c.dir.NamesOf(ns.NsHandle)
	if err != nil && ns.name != "" {
		names = []string{ns.name} // by which it could be opened, though the directory cannot be read
	}
	i.Names = make([]inspectedName, len(names))
	for k, name := range names {
		link, _ := os.Readlink(c.dir.Path(name)) // of anything else than a symlink: empty
		i.Names[k] = inspectedName{
			Name: name, RawName: rawName(name), Path: c.dir.Path(name), Link: link,
			Source: c.source(nsfile.Entry{Name: name, State: nsfile.OK, Link: link}),
		}
	}
	if i.Name = ns.name; i.Name == "" && len(names) > 0 {
		i.Name = names[0]
	}
	i.RawName = rawName(i.Name)
	return err
}

// isPinned tells whether a mount holds the namespace. Its file has been there since then at the latest; that of a namespace which
// nothing but processes hold is made whenever somebody looks, and its time says nothing.
func isPinned(i *inspected) bool {
	for _, n := range i.Names {
		if !strings.HasPrefix(n.Link, "/proc/") {
			return true
		}
	}
	return strings.HasPrefix(i.Target, "/") && !strings.HasPrefix(i.Target, "/proc/")
}

// readID fills in the id that the namespace has here.
func (i *inspected) readID(ns netns.NsHandle) error {
	ids, err := nsid.Dial()
	if err != nil {
		return err
	}
	defer ids.Close()
	found, err := ids.IDs([]netns.NsHandle{ns})
	if err == nil && found[0] != nsid.None {
		i.ID = &found[0]
	}
	return err
}

// lookInside fills in what only a thread that is in the namespace can see.
func (c *cli) lookInside(i *inspected, ns *target) error {
	var devices []links.Device
	var ids *nsid.Conn
	look := func() (err error) {
		if devices, err = links.Devices(); err != nil {
			return err
		}
		names := map[int]string{}
		for _, d := range devices {
			names[d.Index] = d.Name
		}
		routes, err := links.DefaultRoutes()
		if err != nil {
			return err
		}
		i.Routes = inspectedRoutes(routes, func(index int) string { return names[index] })
		if listeners, err := sockets.Listeners(); err != nil {
			c.warn(fmt.Errorf("look for sockets in %q: %w", ns.label, err))
		} else {
			i.Listening = make([]inspectedListener, len(listeners))
			for k, l := range listeners {
				i.Listening[k] = inspectedListener{l.Protocol, l.Address.Addr().String(), l.Address.Port()}
			}
		}
		ids, err = nsid.Dial()
		return err
	}
	err := nsthread.Do(func(t *nsthread.Thread) error {
		// It takes no rights to be where one is.
		if !i.Here {
			if err := t.SetNet(ns.NsHandle); err != nil {
				return err
			}
		}
		return look()
	})
	if ids != nil {
		defer ids.Close()
	}
	if err != nil {
		return fmt.Errorf("look into network namespace %q: %w", ns.label, err)
	}
	i.Devices = inspectedDevices(devices)
	return c.nameLinks(i.Devices, ids)
}

// inspectedDevices is what links found, with names in place of indexes where the device is in the same namespace.
func inspectedDevices(found []links.Device) []inspectedDevice {
	names := map[int]string{}
	for _, f := range found {
		names[f.Index] = f.Name
	}
	devices := make([]inspectedDevice, len(found))
	for i, f := range found {
		d := inspectedDevice{
			Name: f.Name, RawName: rawName(f.Name), Index: f.Index, Kind: f.Kind, State: f.State, MAC: f.MAC.String(), MTU: f.MTU,
			Addresses: f.Addresses, Master: names[f.Master],
		}
		if d.Addresses == nil {
			d.Addresses = []string{}
		}
		if f.Link != 0 {
			link := &inspectedLink{Index: f.Link}
			if f.LinkID == nsid.None {
				link.Device = names[f.Link]
			} else {
				link.ID = &f.LinkID
			}
			if f.IsPair() {
				d.Peer = link
			} else {
				d.On = link
			}
		}
		devices[i] = d
	}
	return devices
}

// nameLinks fills in where the links lead to that leave the namespace; ids knows the namespaces by the ids that they have there. The
// name of a device is left out where the caller may not enter the namespace that it is in.
func (c *cli) nameLinks(devices []inspectedDevice, ids *nsid.Conn) error {
	to := map[int][]*inspectedLink{}
	for _, d := range devices {
		for _, link := range []*inspectedLink{d.Peer, d.On} {
			if link != nil && link.ID != nil {
				to[*link.ID] = append(to[*link.ID], link)
			}
		}
	}
	if len(to) == 0 {
		return nil
	}
	own, err := openSelf()
	if err != nil {
		return err
	}
	defer own.Close()
	found, err := ids.IDs([]netns.NsHandle{own})
	if err != nil {
		return fmt.Errorf("read ids: %w", err)
	}
	for _, link := range to[found[0]] {
		link.Here = true
	}
	nameDevices(own, to[found[0]])
	return c.dir.ListAs(nsfile.Listing{Open: true}, func(_ int, entries []nsfile.Entry) error {
		found, err := entryIDs(ids, entries)
		if err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
		for k, e := range entries {
			if e.State != nsfile.OK || found[k] == nsid.None {
				continue
			}
			for _, link := range to[found[k]] {
				link.Names = append(link.Names, e.Name)
			}
			nameDevices(e.NS, to[found[k]])
		}
		return nil
	})
}

// nameDevices fills in the names of devices that are in ns, unless they have them.
func nameDevices(ns netns.NsHandle, at []*inspectedLink) {
	if len(at) == 0 || at[0].Device != "" {
		return
	}
	indexes := make([]int, len(at))
	for i, link := range at {
		indexes[i] = link.Index
	}
	_ = nsthread.Do(func(t *nsthread.Thread) error { // may be refused, and a device may be gone: then there is its index
		if err := t.SetNet(ns); err != nil {
			return err
		}
		names := links.Names(indexes)
		for _, link := range at {
			link.Device = names[link.Index]
		}
		return nil
	})
}
