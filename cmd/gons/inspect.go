package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gons/internal/links"
	"gons/internal/output"

	"github.com/spf13/cobra"
)

// An inspected is a namespace as gons inspect shows it. What the caller may not see, or the kernel cannot tell, is absent.
type inspected struct {
	Target    string              `json:"target"` // as it was asked for
	Name      string              `json:"name,omitempty"`
	ID        *int                `json:"id,omitempty"`
	RawName   []byte              `json:"name_base64,omitempty"` // of a name that is not valid UTF-8, which JSON cannot hold
	State     string              `json:"state"`
	NS        uint64              `json:"ns"` // inode number
	Cookie    uint64              `json:"cookie,omitempty"`
	Here      bool                `json:"here,omitempty"` // it is the one that gons runs in
	Since     time.Time           `json:"since,omitzero"`
	Names     []inspectedName     `json:"names"`
	Procs     *int                `json:"procs,omitempty"`
	Processes []listedPID         `json:"processes,omitzero"` // and threads that are in it alone
	Listening []inspectedListener `json:"listening,omitzero"`
	Routes    []inspectedRoute    `json:"routes,omitzero"` // the default routes
	Devices   []inspectedDevice   `json:"devices,omitzero"`
}

// An inspectedName is one of the names of a namespace.
type inspectedName struct {
	Name    string `json:"name"`
	RawName []byte `json:"name_base64,omitempty"`
	Path    string `json:"path"`
	Link    string `json:"link,omitempty"`
	Source  string `json:"source"`
}

type inspectedListener struct {
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
}

type inspectedRoute struct {
	Family string         `json:"family"`
	Kind   string         `json:"type,omitempty"`
	Metric int            `json:"metric,omitempty"`
	Hops   []inspectedHop `json:"nexthops,omitempty"`
	text   string
}

type inspectedHop struct {
	Via    string `json:"via,omitempty"`
	Device string `json:"device,omitempty"`
}

type inspectedDevice struct {
	Name      string         `json:"name"`
	RawName   []byte         `json:"name_base64,omitempty"`
	Index     int            `json:"ifindex"`
	Kind      string         `json:"kind"`
	State     string         `json:"state"`
	MAC       string         `json:"mac,omitempty"`
	MTU       int            `json:"mtu"`
	Addresses []string       `json:"addresses"`
	Master    string         `json:"master,omitempty"`
	Peer      *inspectedLink `json:"peer,omitempty"` // the other end of a wire
	On        *inspectedLink `json:"on,omitempty"`   // the device that it was made on
}

// An inspectedLink is a device that another one is tied to.
type inspectedLink struct {
	Device string   `json:"device,omitempty"`
	Index  int      `json:"ifindex"`
	ID     *int     `json:"id,omitempty"`    // that its namespace has in the one that is inspected; absent if it is the same
	Names  []string `json:"names,omitempty"` // of its namespace
	Here   bool     `json:"here,omitempty"`  // it is in the namespace that gons runs in
}

func newInspect(c *cli) *cobra.Command {
	var asJSON bool
	var color string
	cmd := &cobra.Command{
		Use:        "inspect TARGET...",
		GroupID:    groupLooking,
		SuggestFor: []string{"info", "describe", "look"},
		Short:      "Look inside a network namespace",
		Long: `Show what a network namespace is and what is in it: its names and where they come from, its inode number, nsid and cookie, since
when it is known to exist, the processes, who listens on which port, default routes, and the network devices. Of a device it is told
what it is tied to: of a veth device the other end, with the namespace where that is ("eth0 in web"; "here" is the namespace that gons
runs in), of others the device that they were made on.

Names, numbers and one's own processes can be seen by everybody; it takes root, or CAP_SYS_ADMIN, to see devices, routes and
sockets of another namespace. What is left out is told on standard error.

TARGET is a name, pid:N for the namespace of a process, docker:CONTAINER, podman:CONTAINER, or the absolute path of a namespace.`,
		Example: `  gons inspect lab
  gons inspect --json client server
  gons inspect pid:4242`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, "no target given")
			}
			return nil
		},
		ValidArgsFunction: c.completeMoreTargets,
		RunE: func(_ *cobra.Command, args []string) error {
			found := []*inspected{}
			var failed failures
			for _, word := range args {
				i, err := c.inspect(word)
				if err != nil {
					failed = append(failed, err)
					continue
				}
				found = append(found, i)
			}
			write := func() error { return c.writeInspected(found, color) }
			if asJSON {
				write = func() error { return output.JSON(c.stdout, found) }
			}
			if err := write(); err != nil {
				failed = append(failed, err)
			}
			return failed.err()
		},
	}
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "write JSON")
	cmd.Flags().Var(colorFlag{&color}, "color", "mark what needs attention: auto, always or never")
	completeFlag(cmd, "color", oneOf(colorWords()...))
	return cmd
}

// completeMoreTargets offers the targets that are not on the line yet.
func (c *cli) completeMoreTargets(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	offers, directive := c.completeTargets(cmd, nil, prefix)
	return slices.DeleteFunc(offers, func(offer cobra.Completion) bool {
		word, _, _ := cutLast(offer)
		return slices.Contains(args, word)
	}), directive
}

// rawName is name where JSON cannot hold it, and otherwise nothing.
func rawName(name string) []byte {
	if utf8.ValidString(name) {
		return nil
	}
	return []byte(name)
}

// inspectedRoutes is what links found, with names in place of indexes.
func inspectedRoutes(found []links.Route, name func(int) string) []inspectedRoute {
	routes := make([]inspectedRoute, len(found))
	for i, f := range found {
		routes[i] = inspectedRoute{Family: f.Family, Kind: f.Kind, Metric: f.Metric, text: f.Text(name)}
		for _, hop := range f.Hops {
			routes[i].Hops = append(routes[i].Hops, inspectedHop{hop.Via, name(hop.Device)})
		}
	}
	return routes
}

// text is where the link leads to, for a reader.
func (l *inspectedLink) text() string {
	device := l.Device
	if device == "" {
		device = fmt.Sprintf("if%d", l.Index)
	}
	switch {
	case l.ID == nil:
		return device
	case len(l.Names) > 0:
		return device + " in " + l.Names[0]
	case l.Here:
		return device + " here"
	}
	return fmt.Sprintf("%s in id %d", device, *l.ID)
}

// link is what the device is tied to, for a reader.
func (d *inspectedDevice) link() string {
	switch {
	case d.Peer != nil:
		return d.Peer.text()
	case d.On != nil:
		return "on " + d.On.text()
	}
	return ""
}

// text is the listener for a reader.
func (l inspectedListener) text() string {
	address := l.Address
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return fmt.Sprintf("%s %s:%d", l.Protocol, address, l.Port)
}
