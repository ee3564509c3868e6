package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"gons/internal/ipgrammar"
	"gons/internal/mounts"
	"gons/internal/nsfile"
	"gons/internal/output"
)

// errPeer is what the kernel says about something that is not a network namespace.
const errPeer = "Error: Peer netns reference is invalid."

// ipOrder sorts items in the order in which ip(8) goes through the names: that of the directory.
func ipOrder[T any](c *cli, items []T, name func(T) string) error {
	dir, err := os.Open(string(c.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	position := make(map[string]int, len(names))
	for i, name := range names {
		position[name] = i
	}
	slices.SortStableFunc(items, func(a, b T) int { return cmp.Compare(position[name(a)], position[name(b)]) })
	return nil
}

// ipNames returns all names in the order of ip(8).
func (c *cli) ipNames() ([]string, error) {
	names, err := c.dir.Names()
	if err == nil {
		err = ipOrder(c, names, func(name string) string { return name })
	}
	if err != nil {
		return nil, ipFailed("Failed to open directory %s: %s", c.dir, strerror(err))
	}
	return names, nil
}

func (c *cli) ipList(o ipgrammar.Options) error {
	items, err := c.readList()
	if err == nil {
		err = ipOrder(c, items, func(l listed) string { return l.Name })
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "Failed to open directory %s: %s\n", c.dir, strerror(err)) // which ip(8) does not count as a failure
	}
	lines := make([]string, len(items))
	objects := make([]ipObject, len(items))
	for i, item := range items {
		switch item.State {
		case nsfile.Stale.String(), nsfile.Foreign.String():
			fmt.Fprintln(c.stderr, errPeer)
		case nsfile.Dangling.String():
			if _, err := os.Stat(c.dir.Path(item.Name)); err == nil { // a symlink to a plain file
				fmt.Fprintln(c.stderr, errPeer)
			}
		}
		lines[i] = item.asIP()
		objects[i] = ipObject{{"name", item.Name}}
		if item.ID != nil {
			objects[i] = append(objects[i], ipMember{"id", *item.ID})
		}
	}
	return c.writeIP(o, lines, objects)
}

func (c *cli) ipBadName(name string) error {
	return &ipgrammar.Error{Text: fmt.Sprintf("Invalid netns name \"%s\"", output.Text(name)), Status: ipgrammar.StatusUsage}
}

func (c *cli) ipAdd(name string) error {
	return c.ipCreate(name, "self", func(run *nsfile.Locked) error { return run.Create(name, nil) })
}

func (c *cli) ipAttach(name string, pid int) error {
	return c.ipCreate(name, strconv.Itoa(pid), func(run *nsfile.Locked) error {
		ns, err := openPID(pid)
		if err != nil {
			return &mounts.Error{Op: "bind mount", Target: c.dir.Path(name), Err: err}
		}
		defer ns.Close()
		return run.Attach(name, ns)
	})
}

// ipCreate lets create make the entry name for the namespace that process, as in /proc, is in. A stale entry is not replaced: to scripts it is a failure if
// there is anything of that name.
func (c *cli) ipCreate(name, process string, create func(*nsfile.Locked) error) error {
	if nsfile.CheckNewName(name) != nil {
		return c.ipBadName(name)
	}
	run, err := c.dir.Setup(c.warn)
	if err != nil {
		return c.ipSetupError(err)
	}
	defer run.Close()
	if _, err := os.Lstat(c.dir.Path(name)); err == nil {
		return c.ipCreateError(name, process, nsfile.ErrExist)
	}
	return c.ipCreateError(name, process, create(run))
}

func (c *cli) ipDelete(name string) error {
	run, err := c.dir.Lock(c.warn)
	if err == nil {
		defer run.Close()
		err = run.Remove(name)
	}
	if err != nil {
		return ipFailed("Cannot remove namespace file \"%s\": %s", c.dir.Path(name), strerror(err))
	}
	return nil
}

// ipDeleteAll deletes what it can. As with ip(8) what is left is no failure.
func (c *cli) ipDeleteAll() error {
	names, err := c.ipNames()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := c.ipDelete(name); err != nil {
			c.reportIP(err)
		}
	}
	return nil
}
