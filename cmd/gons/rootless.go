package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gons/internal/container"

	"golang.org/x/sys/unix"
)

// isRefused tells whether the kernel refused something for a lack of rights.
func isRefused(err error) bool { return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) }

// rootlessDirHint is the advice for an ordinary user who wants to name containers of his own: they are not those of root, so that
// sudo does not help.
func rootlessDirHint(engine container.Engine, err error) string {
	if engine != container.Podman || os.Geteuid() == 0 || !isRefused(err) {
		return ""
	}
	return "an ordinary user names containers of his own in a directory of his own: export GONS_RUN_DIR=$XDG_RUNTIME_DIR/netns"
}

// rootlessEnterHint is the advice for an ordinary user who was kept from the namespace of a container of his own: command, with the target as
// the last word, is what he wanted.
func (c *cli) rootlessEnterHint(command string, ns *target, err error) string {
	if os.Geteuid() == 0 || !isRefused(err) || !c.isOwnPodman(ns) {
		return ""
	}
	return fmt.Sprintf("the containers of an ordinary user are in a user namespace that podman has made: %q goes there first",
		"podman unshare gons "+command)
}

// isOwnPodman tells whether the target is a container of the present user, who is not root. Podman shows him no others, but he can see
// the names that others have made.
func (c *cli) isOwnPodman(ns *target) bool {
	if ns.name == "" {
		return strings.HasPrefix(ns.label, string(container.Podman)+":")
	}
	src, ok := c.recordOf(ns.name)
	var st unix.Stat_t
	return ok && src.Engine == string(container.Podman) &&
		unix.Lstat(c.dir.Path(ns.name), &st) == nil && int(st.Uid) == os.Geteuid()
}
