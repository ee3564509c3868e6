package main

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"unicode/utf8"

	"gons/internal/holders"
	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"github.com/vishvananda/netns"
)

// A listed is one entry as gons list shows it. The keys name and id are those of "ip -j netns list".
type listed struct {
	Name    string `json:"name"`
	ID      *int   `json:"id,omitempty"`
	RawName []byte `json:"name_base64,omitempty"` // of a name that is not valid UTF-8, which JSON cannot hold
	State   string `json:"state"`
	NS      uint64 `json:"ns,omitempty"` // inode number
	Link    string `json:"link,omitempty"`
	Source  string `json:"source,omitempty"`
	Procs   *int   `json:"procs,omitempty"` // only if it was asked for
}

func newList(c *cli) *cobra.Command {
	out := &listing[listed]{
		columns: []column[listed]{
			{"NAME", "the name", func(l listed) string { return l.Name }},
			{"ID", "the nsid that the namespace has here", listed.id},
			{"STATE", "ok, stale, dangling, foreign or hidden", func(l listed) string { return l.State }},
			{"NS", "inode number of the namespace", listed.inode},
			{"SOURCE", "bind, link, or whose it is: docker CONTAINER, podman CONTAINER, pid N", func(l listed) string { return l.Source }},
			{"LINK", "where a symlink points to", func(l listed) string { return l.Link }},
			{"PROCS", "how many processes are in it", func(l listed) string { return number(l.Procs) }},
		},
		usual: []string{"NAME", "ID", "STATE", "NS", "SOURCE"},
		plain: listed.asIP,
		alert: func(column, cell string) bool { return column == "STATE" && cell != nsfile.OK.String() },
	}
	var watch bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls", "show"},
		GroupID: groupLooking,
		Short:   "List the named network namespaces",
		Long: `List the named network namespaces, sorted by name: to see which there are, and which of them still work.

On a terminal it is a table, cut to the width of the terminal; elsewhere the lines of "ip netns list", or with -o records
with tabs between the columns. Names with unprintable characters are shown escaped.

States: ok; stale, a plain file that a crash or a reboot left; dangling, a symlink to nothing; foreign, something
that is not a network namespace; hidden, not for the caller to see.

--watch keeps the table on the terminal and true, until Ctrl-C. For programs there is "gons monitor".`,
		Example: `  gons list
  gons list --json
  gons list -o NAME,NS
  gons list -o +LINK,PROCS
  gons list --watch`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if watch {
				return c.watchList(cmd, out)
			}
			items, err := c.readShown(out)
			if out.isPlain(c) { // these lines have no place for the state
				for _, item := range items {
					if item.State != nsfile.OK.String() {
						c.warn(fmt.Errorf("%q is %s", item.Name, item.State))
					}
				}
			}
			return errors.Join(err, out.write(c, items))
		},
	}
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show the table on the terminal until Ctrl-C, and keep it true")
	out.register(cmd)
	return cmd
}

// readShown reads the run directory, and what else the columns that out shows take. The result is that of readList.
func (c *cli) readShown(out *listing[listed]) ([]listed, error) {
	items, err := c.readList()
	if err == nil && out.shows("PROCS") {
		err = c.countProcesses(items)
	}
	return items, err
}

// listPartsMost bounds how many parts of a list are read at the same time: each holds a number of namespaces open.
const listPartsMost = 4

// readList reads the run directory, in as many parts as there are cores. The result is never nil, and after an error it is
// what could be read.
func (c *cli) readList() ([]listed, error) {
	parts := make([]listPart, min(runtime.GOMAXPROCS(0), listPartsMost))
	how := nsfile.Listing{Parts: len(parts)}
	for i := range parts {
		ids, err := nsid.Dial()
		if err != nil {
			c.warn(fmt.Errorf("read ids: %w", err))
			break
		}
		defer ids.Close()
		if i == 0 {
			// Most machines have no ids at all. Only to ask for them it takes open namespaces.
			if how.Open, err = ids.Any(); err != nil {
				c.warn(fmt.Errorf("read ids: %w", err))
			}
			if !how.Open {
				break
			}
		}
		parts[i].ids = ids
	}
	err := c.dir.ListAs(how, func(part int, entries []nsfile.Entry) error { return parts[part].add(c, entries) })
	items := []listed{}
	for _, part := range parts {
		items = append(items, part.items...)
	}
	return items, err
}

// countProcesses fills in the numbers of processes, with one look at all of them.
func (c *cli) countProcesses(items []listed) error {
	found, err := holders.Find(holders.Query{})
	if err != nil {
		return withHint(fmt.Errorf("look for processes: %w", err), processHint(err))
	}
	procs := map[uint64]int{}
	for _, task := range found.Tasks {
		procs[task.NS]++
	}
	for i, item := range items {
		if item.State == nsfile.OK.String() {
			n := procs[item.NS]
			items[i].Procs = &n
		}
	}
	if found.Hidden > 0 {
		c.warn(fmt.Errorf("%s could not be inspected, and may be in one of them as well", count(found.Hidden, "process", "processes")))
	}
	return nil
}

// A listPart is a part of the list.
type listPart struct {
	ids   *nsid.Conn // nil if there are no ids, or the kernel cannot be asked
	items []listed
}

func (p *listPart) add(c *cli, entries []nsfile.Entry) error {
	found := make([]int, len(entries))
	if p.ids != nil {
		var err error
		if found, err = entryIDs(p.ids, entries); err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
	}
	for i, e := range entries {
		item := c.listed(e)
		if e.State == nsfile.OK && p.ids != nil && found[i] != nsid.None {
			item.ID = &found[i]
		}
		p.items = append(p.items, item)
	}
	return nil
}

// listed is the entry without its id.
func (c *cli) listed(e nsfile.Entry) listed {
	item := listed{Name: e.Name, State: e.State.String(), NS: e.Ino, Link: e.Link, Source: c.source(e)}
	if !utf8.ValidString(e.Name) {
		item.RawName = []byte(e.Name)
	}
	return item
}

// entryIDs returns the id of each entry, None for those that are no namespace.
func entryIDs(conn *nsid.Conn, entries []nsfile.Entry) ([]int, error) {
	handles := make([]netns.NsHandle, len(entries))
	for i, e := range entries {
		handles[i] = e.NS
	}
	return conn.IDs(handles)
}

// asIP is the line that "ip netns list" has for the entry.
func (l listed) asIP() string {
	if l.ID == nil {
		return output.Text(l.Name)
	}
	return fmt.Sprintf("%s (id: %d)", output.Text(l.Name), *l.ID)
}

func (l listed) id() string { return number(l.ID) }

func (l listed) inode() string {
	if l.NS == 0 {
		return ""
	}
	return strconv.FormatUint(l.NS, 10)
}
