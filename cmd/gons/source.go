package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gons/internal/container"
	"gons/internal/nsfile"
)

// source says where the namespace of an entry comes from: "bind", "docker web", "podman db", "pid 4242", or "link" for any
// other symlink. It is empty for what is no namespace and no symlink. No engine is asked: the name of the container is the one that was
// recorded when the link was made, and what is not recorded is told from the form of the link.
func (c *cli) source(e nsfile.Entry) string {
	if e.Link == "" {
		if e.State == nsfile.OK {
			return "bind"
		}
		return ""
	}
	pid := nsfile.ProcessOf(e.Link)
	if src, ok := c.dir.Source(e); ok {
		// The number of a process that has ended can belong to any other by now.
		if pid == 0 || e.State == nsfile.Dangling || container.IsProcess(pid, src.ID) {
			return src.Engine + " " + src.Container
		}
	}
	dir, base := filepath.Split(e.Link)
	switch {
	case pid != 0:
		return "pid " + strconv.Itoa(pid)
	case strings.HasSuffix(dir, "/docker/netns/"):
		return string(container.Docker)
	case isEngineMount(base):
		return string(container.Podman)
	}
	return "link"
}

// recordOf returns the record of the entry name.
func (c *cli) recordOf(name string) (nsfile.Source, bool) {
	link, _ := os.Readlink(c.dir.Path(name)) // of anything else than a symlink: empty, which has no record
	return c.dir.Source(nsfile.Entry{Name: name, Link: link})
}

// renewHint is the advice for an entry that could not be opened because the container that it was made for has ended.
func (c *cli) renewHint(name string, err error) string {
	if !errors.Is(err, nsfile.ErrDangling) {
		return ""
	}
	src, ok := c.recordOf(name)
	if !ok {
		return ""
	}
	command := "gons attach-" + src.Engine + " " + src.Container
	if src.Container != name {
		command += " --name " + name
	}
	return fmt.Sprintf("the container has ended, or was started anew: %q renews the name once it runs, %q removes it",
		command, "gons delete "+name)
}

// isEngineMount tells whether podman or a CNI runtime would call the mount of a container's namespace so: "netns-" or "cni-" and a
// UUID. They have it in the run directory of ip(8).
func isEngineMount(name string) bool {
	id, isPodman := strings.CutPrefix(name, "netns-")
	id, isCNI := strings.CutPrefix(id, "cni-")
	return isPodman != isCNI && len(id) == 36 && strings.Count(id, "-") == 4 && strings.Trim(id, "0123456789abcdef-") == ""
}
