package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// A listedID is one id as gons list-id shows it. The keys nsid, current-nsid and name are those of "ip -j netns list-id"; a
// namespace can have more names than the first.
type listedID struct {
	ID       *int     `json:"nsid,omitempty"`         // none if the target has none for a namespace that was asked for
	Current  *int     `json:"current-nsid,omitempty"` // the id here, where ID is that in a target
	Name     string   `json:"name,omitempty"`
	RawName  []byte   `json:"name_base64,omitempty"` // of a name that is not valid UTF-8, which JSON cannot hold
	Names    []string `json:"names,omitempty"`
	inTarget bool
}

func newListID(c *cli) *cobra.Command {
	var target, id idFlag
	out := &listing[listedID]{
		columns: []column[listedID]{
			{"ID", "the nsid, in the target if there is one", func(l listedID) string { return number(l.ID) }},
			{"CURRENT", "with a target: the nsid here", func(l listedID) string { return number(l.Current) }},
			{"NAME", "all names of the namespace", func(l listedID) string { return strings.Join(l.Names, ", ") }},
		},
		usual: []string{"ID", "NAME"},
		plain: listedID.asIP,
	}
	cmd := &cobra.Command{
		Use:     "list-id",
		GroupID: groupLooking,
		Short:   "List the ids of network namespaces",
		Long: `List the nsids by which the namespace that gons runs in knows others, in ascending order: to find out what a link-netnsid
of "ip link" means. It is a table on a terminal and
elsewhere as "ip netns list-id" does, with a line of its own for each further name of a namespace.

With --target-id it is the ids that the namespace with that id here uses for others, together with their ids here. With both flags
the id given with --id is translated to that which the target uses.`,
		Example: `  gons list-id
  gons list-id --id 7
  gons list-id --target-id 7
  gons list-id --json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			of, only := nsid.Here, nsid.None
			if target.given {
				of = target.id
				out.usual = []string{"ID", "CURRENT", "NAME"}
			}
			if id.given {
				only = id.id
			}
			items, err := c.readIDs(of, only)
			if err != nil {
				return err
			}
			return out.write(c, items)
		},
	}
	flags := cmd.Flags()
	flags.Var(&target, "target-id", "show the ids that the namespace with this id uses")
	flags.Var(&id, "id", "show only the namespace that has this id here")
	for _, name := range []string{"target-id", "id"} {
		completeFlag(cmd, name, c.completeIDs)
	}
	out.register(cmd)
	return cmd
}

// readIDs returns the ids that the namespace with the id target uses, or those used here if target is [nsid.Here]: all of them, or
// that of the one namespace that is known here as only. The result is never nil.
func (c *cli) readIDs(target, only int) ([]listedID, error) {
	ids, err := nsid.Dial()
	if err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	defer ids.Close()
	var pairs []nsid.Pair
	if only == nsid.None {
		pairs, err = ids.All(target)
	} else {
		pairs = make([]nsid.Pair, 1)
		pairs[0], err = ids.Translate(only, target)
	}
	if errors.Is(err, nsid.ErrCut) {
		c.warn(fmt.Errorf("read ids: %w: only the first %d are shown, and those of names", err, len(pairs)))
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("read ids: %w", err)
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
			err = withHint(err, "this takes CAP_NET_ADMIN over the network namespace with the id of --target-id")
		}
		return nil, err
	}
	names, err := c.namesByID(ids)
	if err != nil {
		return nil, err
	}
	if target == nsid.Here && only == nsid.None {
		pairs = addNamed(pairs, names)
	}
	items := make([]listedID, len(pairs))
	for i, p := range pairs {
		items[i].ID = known(p.ID)
		here := p.ID
		if target != nsid.Here {
			here = p.Current
			items[i].inTarget, items[i].Current = true, known(here)
		}
		if here != nsid.None {
			items[i].setNames(names[here])
		}
	}
	return items, nil
}

// addNamed adds the ids that have names and are missing in pairs, which is in ascending order and stays so.
func addNamed(pairs []nsid.Pair, names map[int][]string) []nsid.Pair {
	for id := range names {
		i, found := slices.BinarySearchFunc(pairs, id, func(p nsid.Pair, id int) int { return p.ID - id })
		if !found {
			pairs = slices.Insert(pairs, i, nsid.Pair{ID: id, Current: nsid.None})
		}
	}
	return pairs
}

// namesByID returns the names of the namespaces that have an id here, in byte order.
func (c *cli) namesByID(ids *nsid.Conn) (map[int][]string, error) {
	names := map[int][]string{}
	err := c.dir.ListAs(nsfile.Listing{Open: true}, func(_ int, entries []nsfile.Entry) error {
		found, err := entryIDs(ids, entries)
		if err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
		for i, e := range entries {
			if e.State == nsfile.OK && found[i] != nsid.None {
				names[found[i]] = append(names[found[i]], e.Name)
			}
		}
		return nil
	})
	return names, err
}

func (l *listedID) setNames(names []string) {
	if len(names) == 0 {
		return
	}
	l.Name, l.Names = names[0], names
	if !utf8.ValidString(l.Name) {
		l.RawName = []byte(l.Name)
	}
}

// asIP is the line that "ip netns list-id" has for the id, and one more for each further name, which ip(8) leaves out.
func (l listedID) asIP() string {
	line := "nsid " + orUnassigned(l.ID) + " "
	if l.inTarget {
		line += "current-nsid " + orUnassigned(l.Current) + " "
	}
	if len(l.Names) == 0 {
		return line
	}
	lines := make([]string, len(l.Names))
	for i, name := range l.Names {
		lines[i] = fmt.Sprintf("%s(iproute2 netns name: %s)", line, output.Text(name))
	}
	return strings.Join(lines, "\n")
}

func orUnassigned(id *int) string {
	if id == nil {
		return "unassigned"
	}
	return strconv.Itoa(*id)
}

func number(id *int) string {
	if id == nil {
		return ""
	}
	return strconv.Itoa(*id)
}

// known returns nil for a namespace that has no id.
func known(id int) *int {
	if id == nsid.None {
		return nil
	}
	return &id
}
