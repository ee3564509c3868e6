package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"gons/internal/nsfile"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A target is a network namespace that the command line names: an entry, or a namespace without a name.
type target struct {
	netns.NsHandle        // open; the caller closes it
	label          string // what the user wrote
	name           string // of the entry; empty if the target is none
}

// open finds the namespace that word means: an entry of that name first, then pid:N or an absolute path.
func (c *cli) open(word string) (*target, error) {
	isOther := strings.HasPrefix(word, "/") || strings.Contains(word, ":")
	if !strings.HasPrefix(word, "/") {
		ns, err := c.dir.Open(word)
		switch {
		case err == nil:
			return &target{NsHandle: ns, label: word, name: word}, nil
		case !errors.Is(err, nsfile.ErrNotExist):
			return nil, err
		case !isOther:
			return nil, withHint(err, c.didYouMean(word))
		}
	}
	ns, err := c.openOther(word)
	if err != nil {
		return nil, err
	}
	return &target{NsHandle: ns, label: word}, nil
}

// openOther opens a target that is no entry.
func (c *cli) openOther(word string) (netns.NsHandle, error) {
	if filepath.IsAbs(word) {
		return nsfile.OpenPath(word)
	}
	kind, value, _ := strings.Cut(word, ":")
	switch kind {
	case "pid":
		return openPID(value)
	}
	err := &nsfile.Error{Op: "open", Name: word, Err: nsfile.ErrNotExist}
	return netns.None(), withHint(err, "a target is a name, pid:N or an absolute path")
}

// openPID opens the network namespace of a process.
func openPID(value string) (netns.NsHandle, error) {
	pid, err := parsePID(value)
	if err != nil {
		return netns.None(), err
	}
	ns, err := nsfile.OpenPath(fmt.Sprintf("/proc/%d/ns/net", pid))
	switch {
	case errors.Is(err, nsfile.ErrNotExist) && unix.Kill(pid, 0) == nil:
		return ns, fmt.Errorf("process %d has ended and is waiting for its parent: it has no namespace any more", pid)
	case errors.Is(err, nsfile.ErrNotExist):
		return ns, withHint(fmt.Errorf("there is no process %d", pid), "process ids are those of this PID namespace")
	case err != nil:
		return ns, fmt.Errorf("open the network namespace of process %d: %w", pid, errors.Unwrap(err))
	}
	return ns, nil
}

// parsePID reads a process id: decimal, positive, nothing else.
func parsePID(value string) (int, error) {
	pid, err := strconv.ParseUint(value, 10, 31)
	if err != nil || pid == 0 || value[0] == '+' || value[0] == '0' {
		return 0, fmt.Errorf("%q is not a process id", value)
	}
	return int(pid), nil
}
