package main

import (
	"errors"
	"fmt"
	"strconv"

	"gons/internal/ipgrammar"
	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/output"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func (c *cli) ipSet(name string, id int) error {
	ns, err := c.ipOpen(name)
	if errors.Is(err, nsfile.ErrNotExist) {
		// Later versions of ip(8) take the number of a process where there is no such name.
		if pid, notPID := parsePID(name); notPID == nil {
			if of, gone := openPID(pid); gone == nil {
				ns, err = of, nil
			}
		}
	}
	switch {
	case errors.Is(err, nsfile.ErrStale), errors.Is(err, nsfile.ErrForeign):
		return &ipFailure{ipStatusKernel, errPeer}
	case err != nil:
		return ipFailed("Cannot open network namespace \"%s\": %s", name, strerror(err))
	}
	defer ns.Close()
	ids, err := nsid.Dial()
	if err != nil {
		return ipFailed("Cannot open netlink socket: %s", strerror(err))
	}
	defer ids.Close()
	return ipSetError(setNewID(ids, ns, id))
}

// setNewID sets the id of a namespace that has none yet: to ip(8) the same id a second time is an error.
func setNewID(ids *nsid.Conn, ns netns.NsHandle, id int) error {
	have, err := ids.IDs([]netns.NsHandle{ns})
	if err == nil && have[0] != nsid.None {
		err = &nsid.AssignedError{ID: have[0]}
	}
	if err != nil {
		return err
	}
	if id == ipgrammar.Auto {
		id = nsid.Auto
	}
	return ids.Set(ns, id)
}

// ipSetError is err, with which an id was refused, in the words of the kernel.
func ipSetError(err error) error {
	var assigned *nsid.AssignedError
	var taken *nsid.TakenError
	text := ""
	switch {
	case err == nil:
		return nil
	case errors.As(err, &assigned):
		text = "Error: Peer netns already has a nsid assigned."
	case errors.As(err, &taken):
		text = "Error: The specified nsid is already used."
	case errors.Is(err, nsid.ErrNotNet):
		text = errPeer
	default:
		text = "RTNETLINK answers: " + strerror(err)
	}
	return &ipFailure{ipStatusKernel, text}
}

func (c *cli) ipListID(o ipgrammar.Options, r *ipgrammar.Request) error {
	target, only := nsid.Here, nsid.None
	if r.Target != nil {
		target = *r.Target
	}
	if r.Only != nil {
		only = *r.Only
	}
	items, err := c.readIDs(target, only)
	if err != nil {
		return ipListIDError(r, err)
	}
	lines := make([]string, len(items))
	objects := make([]ipObject, len(items))
	for i, item := range items {
		if err := ipOrder(c, item.Names, func(name string) string { return name }); err != nil {
			return err
		}
		lines[i], objects[i] = item.ipLine(), item.ipObject()
	}
	return c.writeIP(o, lines, objects)
}

// ipListIDError is err, with which the ids could not be read, as ip(8) says it.
func ipListIDError(r *ipgrammar.Request, err error) error {
	var unknown *nsid.UnknownError
	var errno unix.Errno
	status, text := ipgrammar.StatusFailed, ""
	switch {
	case errors.As(err, &unknown) && r.Only != nil && unknown.ID == *r.Only:
		text = errPeer
	case errors.As(err, &unknown):
		text = "Error: Invalid target network namespace id."
	case errors.As(err, &errno):
		text = "RTNETLINK answers: " + strerror(err)
	default:
		return err
	}
	if r.Only != nil {
		status = ipStatusKernel
	} else {
		text += "\nDump terminated"
	}
	return &ipFailure{status, text}
}

// ipLine is the line that ip(8) has for the id. It shows one name at most.
func (l listedID) ipLine() string {
	line := "nsid " + orUnassigned(l.ID) + " "
	if l.inTarget {
		line += "current-nsid " + orUnassigned(l.Current) + " "
	}
	if len(l.Names) > 0 {
		line += fmt.Sprintf("(iproute2 netns name: %s)", output.Text(l.Names[0]))
	}
	return line
}

func (l listedID) ipObject() ipObject {
	var object ipObject
	if l.ID != nil {
		object = append(object, ipMember{"nsid", *l.ID})
	}
	if l.inTarget && l.Current != nil {
		object = append(object, ipMember{"current-nsid", *l.Current})
	}
	if len(l.Names) > 0 {
		object = append(object, ipMember{"name", l.Names[0]})
	}
	return object
}

// ipIdentify shows one name, the last in the directory, and an empty line if there is none.
func (c *cli) ipIdentify(process string) error {
	ns, err := c.ipOpenProcess(process)
	if err != nil {
		return ipFailed("Cannot open network namespace: %s", strerror(err))
	}
	defer ns.Close()
	names, err := c.dir.NamesOf(ns)
	if err == nil {
		err = ipOrder(c, names, func(name string) string { return name })
	}
	if err != nil {
		return ipFailed("Failed to open directory %s:%s", c.dir, strerror(err))
	}
	name := ""
	if len(names) > 0 {
		name = names[len(names)-1]
	}
	_, err = fmt.Fprintln(c.stdout, output.Text(name))
	return err
}

func (c *cli) ipOpenProcess(process string) (netns.NsHandle, error) {
	if process == "" {
		return openSelf()
	}
	pid, err := strconv.Atoi(process)
	if err != nil || process[0] == '0' {
		return netns.None(), unix.ENOENT // as there is no such file in /proc
	}
	return openPID(pid)
}
