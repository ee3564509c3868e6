package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"gons/internal/holders"
	"gons/internal/mountns"
	"gons/internal/nsfile"
	"gons/internal/nsthread"
	"gons/internal/process"
)

// A holder keeps a namespace alive.
type holder struct {
	what    string
	lasting bool // it does not go by itself
	process bool
}

type heldBy map[nsKey]holder

// err is the error for a namespace that lives on although its name was deleted.
func (heldBy) err(e *endingNS, h holder) error {
	err := error(&nsfile.Error{Op: "delete", Name: e.name, Err: fmt.Errorf("the name is gone, but %w: held by %s", errHeld, h.what)})
	if h.process {
		err = withHint(err, "end it, and the namespace goes with its devices; --kill would have done that first")
	}
	return err
}

// whatHolds finds one holder of each of the namespaces that has any: another name or mount, a process, a thread, a descriptor,
// or a socket of a process that is elsewhere.
func (c *cli) whatHolds(namespaces map[nsKey]*endingNS) (heldBy, error) {
	held := heldBy{}
	note := func(key nsKey, h holder) {
		if _, ok := namespaces[key]; !ok {
			return
		}
		if _, ok := held[key]; !ok {
			held[key] = h
		}
	}
	err := c.dir.List(func(entries []nsfile.Entry) error {
		for _, e := range entries {
			if e.State == nsfile.OK {
				note(nsKey{e.Dev, e.Ino}, holder{what: fmt.Sprintf("the name %q", e.Name), lasting: true})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	inodes := map[uint64]nsKey{}
	for key := range namespaces {
		inodes[key.ino] = key
	}
	if err := noteProcesses(inodes, note); err != nil {
		return nil, err
	}
	for pin := range mountns.Pins() {
		if key, ok := inodes[pin.Ino]; ok {
			note(key, holder{what: fmt.Sprintf("a mount on %q, as process %d sees it", pin.Point, pin.PID), lasting: true})
		}
	}
	for key, e := range namespaces {
		if _, ok := held[key]; ok {
			continue
		}
		found, err := hasSockets(e)
		if err != nil {
			return nil, err
		}
		if found {
			note(key, holder{what: "a socket of a process that is elsewhere"})
		}
	}
	return held, nil
}

// noteProcesses notes the processes and threads, other than those of gons itself, that are in one of the namespaces or have a descriptor of
// it. What they do not let us see is left out.
func noteProcesses(inodes map[uint64]nsKey, note func(nsKey, holder)) error {
	found, err := holders.Find(holders.Query{Threads: true})
	if err != nil {
		return err
	}
	self := os.Getpid()
	for _, task := range found.Tasks {
		key, ok := inodes[task.NS]
		switch {
		case !ok || task.PID == self:
		case task.TID == task.PID:
			note(key, holder{what: describe(task.PID), process: true})
		default:
			note(key, holder{what: fmt.Sprintf("thread %d of %s", task.TID, describe(task.PID))})
		}
	}
	descriptors, err := holders.Descriptors(func(dev, ino uint64) bool {
		key, ok := inodes[ino]
		return ok && key.dev == dev
	})
	for _, d := range descriptors {
		if d.PID != self {
			note(inodes[d.NS], holder{what: fmt.Sprintf("descriptor %d of %s", d.FD, describe(d.PID))})
		}
	}
	return err
}

// describe is a process for the reader.
func describe(pid int) string { return fmt.Sprintf("process %d (%s)", pid, process.Command(pid)) }

// socketFiles are the files of proc_pid_net(5) that list sockets, and the column of the inode number. A socket that belongs to
// no process any more, such as a TCP connection that is closing, has the number 0 and holds nothing.
var socketFiles = map[string]int{
	"tcp": 9, "tcp6": 9, "udp": 9, "udp6": 9, "raw": 9, "raw6": 9, "icmp": 9, "icmp6": 9, "packet": 8, "unix": 6, "netlink": 9,
}

// hasSockets tells whether there are sockets in the namespace.
func hasSockets(e *endingNS) (found bool, err error) {
	err = nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.SetNet(e.ns); err != nil {
			return err
		}
		for file, column := range socketFiles {
			table, err := os.ReadFile("/proc/thread-self/net/" + file)
			if err != nil {
				continue // no such protocol in this kernel
			}
			for line := range strings.Lines(string(table)) {
				fields := strings.Fields(line)
				if len(fields) <= column || file == "netlink" && fields[2] == "0" { // the kernel's own
					continue
				}
				if inode, err := strconv.ParseUint(fields[column], 10, 64); err == nil && inode != 0 {
					found = true
				}
			}
		}
		return nil
	})
	return found, err
}
