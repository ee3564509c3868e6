package main

import (
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
	pid := processOf(e.Link)
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

// processOf is N of the path /proc/N/ns/net, and 0 of others.
func processOf(path string) int {
	value, ok := strings.CutPrefix(path, "/proc/")
	value, isNet := strings.CutSuffix(value, "/ns/net")
	if !ok || !isNet {
		return 0
	}
	pid, err := parsePID(value)
	if err != nil {
		return 0
	}
	return pid
}

// isEngineMount tells whether podman or a CNI runtime would call the mount of a container's namespace so: "netns-" or "cni-" and a
// UUID. They have it in the run directory of ip(8).
func isEngineMount(name string) bool {
	id, isPodman := strings.CutPrefix(name, "netns-")
	id, isCNI := strings.CutPrefix(id, "cni-")
	return isPodman != isCNI && len(id) == 36 && strings.Count(id, "-") == 4 && strings.Trim(id, "0123456789abcdef-") == ""
}
