package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gons/internal/container"
	"gons/internal/holders"
	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"github.com/spf13/cobra"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A target is a network namespace that the command line names: an entry, or a namespace without a name.
type target struct {
	netns.NsHandle        // open; the caller closes it
	label          string // what the user wrote
	name           string // of the entry; empty if the target is none
}

// open finds the namespace that word means: an entry of that name first, then pid:N, docker:C, podman:C or an absolute
// path.
func (c *cli) open(word string) (*target, error) {
	isOther := strings.HasPrefix(word, "/") || strings.Contains(word, ":")
	if !strings.HasPrefix(word, "/") {
		ns, err := c.dir.Open(word)
		switch {
		case err == nil:
			return &target{NsHandle: ns, label: word, name: word}, nil
		case errors.Is(err, nsfile.ErrName) && strings.Contains(word, "/"):
			return nil, withHint(err, "a path has to be absolute: it begins with a slash")
		case isOther && errors.Is(err, unix.ENOTDIR): // the run directory is a file: there are no names
		case !errors.Is(err, nsfile.ErrNotExist):
			return nil, withHint(err, c.entryHint(word, err))
		case !isOther:
			if strings.Trim(word, "0123456789") == "" {
				return nil, withHint(err, fmt.Sprintf("the namespace of a process is %q", "pid:"+word))
			}
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
		return openPath(word)
	}
	kind, value, _ := strings.Cut(word, ":")
	switch kind {
	case "pid":
		pid, err := parsePID(value)
		if err != nil {
			return netns.None(), err
		}
		return openPID(pid)
	case "docker", "podman":
		return openContainer(container.Engine(kind), value)
	}
	err := &nsfile.Error{Op: "open", Name: word, Err: nsfile.ErrNotExist}
	return netns.None(), withHint(err, "a target is a name, pid:N, docker:CONTAINER, podman:CONTAINER or an absolute path")
}

// openPath opens a target that is a path. What is said of a name does not fit it: it was not gons that made the file.
func openPath(path string) (netns.NsHandle, error) {
	ns, err := nsfile.OpenPath(path)
	const like = "the path of a network namespace is like /proc/4242/ns/net or /run/netns/lab"
	switch {
	case errors.Is(err, nsfile.ErrNotExist):
		err = fmt.Errorf("open %q: %w", path, unix.ENOENT)
	case errors.Is(err, nsfile.ErrStale):
		err = withHint(fmt.Errorf("open %q: it is a plain file, not a network namespace", path), like)
	case errors.Is(err, nsfile.ErrForeign), errors.Is(err, nsfile.ErrDangling):
		err = withHint(err, like)
	}
	return ns, err
}

// entryHint is the advice for an entry that cannot be used as a namespace, where that takes a look at what is there.
func (c *cli) entryHint(name string, err error) string {
	path := c.dir.Path(name)
	switch {
	case errors.Is(err, nsfile.ErrForeign):
		if st, err := os.Lstat(path); err == nil && st.IsDir() {
			return fmt.Sprintf("it is a directory, which gons leaves alone; %q removes it if it is empty", "rmdir "+path)
		}
	}
	return c.renewHint(name, err)
}

// openTargetOrPID is open for the commands that take a bare process id as ip(8) does: a word of digits is one, even if an entry has
// that name, because scripts rely on it.
func (c *cli) openTargetOrPID(cmd *cobra.Command, word string) (*target, error) {
	if strings.Trim(word, "0123456789") != "" {
		ns, err := c.open(word)
		if errors.Is(err, nsfile.ErrNotExist) && strings.ContainsRune("+-0123456789", rune(word[0])) {
			err = withHint(err, "a process id is a decimal number without a sign, and a target is a name, pid:N, docker:CONTAINER, "+
				"podman:CONTAINER or an absolute path")
		}
		return ns, err
	}
	pid, err := parsePID(word)
	if err != nil {
		return nil, usage(cmd, err.Error())
	}
	ns, err := openPID(pid)
	if err != nil {
		return nil, err
	}
	return &target{NsHandle: ns, label: word}, nil
}

// openPID opens the network namespace of a process or thread.
func openPID(pid int) (netns.NsHandle, error) {
	ns, err := holders.Open(pid)
	if err == nil {
		return ns, nil
	}
	return ns, withHint(fmt.Errorf("open the network namespace of process %d: %w", pid, err), processHint(err))
}

// openSelf opens the network namespace of the caller.
func openSelf() (netns.NsHandle, error) {
	ns, err := nsfile.OpenPath(nsthread.NetPath)
	if errors.Is(err, nsfile.ErrNotExist) {
		return ns, errors.New("open the network namespace of this process: /proc is not mounted")
	}
	return ns, err
}

// processHint is the advice for a process, or for processes, that /proc does not show.
func processHint(err error) string {
	switch {
	case errors.Is(err, holders.ErrNoProcess):
		return "process ids are those of the PID namespace that gons runs in"
	case errors.Is(err, holders.ErrOtherPIDs):
		return `"mount -t proc proc /proc" makes it show those of this one`
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return "it takes the user and all capabilities of the process, or CAP_SYS_PTRACE: see ptrace(2)"
	}
	return ""
}

// parsePID reads a process id: decimal, positive, nothing else.
func parsePID(value string) (int, error) {
	pid, err := strconv.ParseUint(value, 10, 31)
	if err != nil || pid == 0 || value[0] == '+' || value[0] == '0' {
		return 0, fmt.Errorf("%q is not a process id: it has to be a decimal number from 1 to 2147483647", value)
	}
	return int(pid), nil
}
