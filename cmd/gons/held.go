package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"gons/internal/mountns"
	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
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
		err = withHint(err, "--kill ends the processes in a namespace first")
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
	pids, err := processes()
	if err != nil {
		return nil, err
	}
	for _, pid := range pids {
		if pid != unix.Getpid() {
			noteProcess(pid, note)
		}
	}
	inodes := map[uint64]nsKey{}
	for key := range namespaces {
		inodes[key.ino] = key
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

// noteProcess notes which namespaces the threads of a process are in and which it has descriptors of. What the process does not
// let us see is left out.
func noteProcess(pid int, note func(nsKey, holder)) {
	proc := fmt.Sprintf("/proc/%d/", pid)
	name, _ := os.ReadFile(proc + "comm")
	process := fmt.Sprintf("process %d (%s)", pid, strings.TrimSuffix(string(name), "\n"))
	threads, _ := os.ReadDir(proc + "task")
	for _, t := range threads {
		key, err := keyOf(proc + "task/" + t.Name() + "/ns/net")
		switch {
		case err != nil:
		case t.Name() == strconv.Itoa(pid):
			note(key, holder{what: process, process: true})
		default:
			note(key, holder{what: fmt.Sprintf("thread %s of %s", t.Name(), process)})
		}
	}
	files, _ := os.ReadDir(proc + "fd")
	for _, f := range files {
		// Not to be fooled by a file system that does not answer: only what is known already.
		var st unix.Statx_t
		err := unix.Statx(unix.AT_FDCWD, proc+"fd/"+f.Name(), unix.AT_STATX_DONT_SYNC, unix.STATX_INO, &st)
		if err == nil {
			note(nsKey{unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino}, holder{what: fmt.Sprintf("descriptor %s of %s", f.Name(), process)})
		}
	}
}

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
