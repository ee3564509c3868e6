package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gons/internal/holders"
	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/output"
	"gons/internal/process"

	"github.com/spf13/cobra"
)

// describeAtMost is how many names are looked at for what they are: nobody reads more, and looking at one takes some 10 us.
const describeAtMost = 200

// lookTime is how long it may take to find out what runs in the namespaces: it depends on the number of processes.
const lookTime = 50 * time.Millisecond

// completeNames offers the names that are not on the line yet, with what they are.
func (c *cli) completeNames(_ *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names, _ := c.dir.Names() // completion has nowhere to complain
	names = slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, prefix) || slices.Contains(args, name) || c.tab == nil && !isPlain(name)
	})
	about := map[string]string{}
	if len(names) <= describeAtMost {
		about = c.describe(names)
	}
	for i, name := range names {
		// With the tab in any case: there could be one in the name.
		names[i] = name + "\t" + about[name]
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// isPlain tells whether a name gets through the protocol of cobra, which is made of lines and trims them. The scripts for shells that
// gons does not know itself use that.
func isPlain(name string) bool { return output.Text(name) == name && strings.TrimSpace(name) == name }

// completeAdd offers the names that add accepts although they are there.
func (c *cli) completeAdd(args []string, prefix string, opts addOptions) ([]cobra.Completion, cobra.ShellCompDirective) {
	names, directive := c.completeNames(nil, args, prefix)
	return slices.DeleteFunc(names, func(offer string) bool {
		name, about, _ := cutLast(offer)
		return nsfile.CheckNewName(name) != nil || about != nsfile.Stale.String() && !(opts.ifMissing && strings.HasPrefix(about, nsfile.OK.String()))
	}), directive
}

// cutLast takes an offer apart.
func cutLast(offer cobra.Completion) (word, about string, found bool) {
	i := strings.LastIndexByte(offer, '\t')
	if i < 0 {
		return offer, "", false
	}
	return offer[:i], offer[i+1:], true
}

// describe tells what the entries are: state, id, where they lead to, what runs in them. It takes some milliseconds, and leaves out
// what it cannot find out.
func (c *cli) describe(names []string) map[string]string {
	if len(names) == 0 {
		return nil
	}
	running := make(chan map[uint64][]string, 1)
	go func() { running <- runningIn() }()
	about := make(map[string]string, len(names))
	inodes := make(map[string]uint64, len(names))
	ids, _ := nsid.Dial()
	if ids != nil {
		defer ids.Close()
	}
	how := nsfile.Listing{Keep: func(name string) bool { return slices.Contains(names, name) }, Open: ids != nil}
	_ = c.dir.ListAs(how, func(_ int, entries []nsfile.Entry) error {
		var found []int
		if ids != nil {
			found, _ = entryIDs(ids, entries)
		}
		for i, e := range entries {
			text := e.State.String()
			if e.State == nsfile.OK {
				inodes[e.Name] = e.Ino
			}
			if i < len(found) && e.State == nsfile.OK && found[i] != nsid.None {
				text += fmt.Sprintf(", id %d", found[i])
			}
			if e.Link != "" {
				text += ", link to " + output.Text(e.Link)
			}
			about[e.Name] = text
		}
		return nil
	})
	select {
	case commands := <-running:
		for name, ino := range inodes {
			if some := commands[ino]; len(some) > 0 {
				about[name] += ": " + strings.Join(some, ", ")
			}
		}
	case <-time.After(lookTime):
	}
	return about
}

// runningIn returns the names of some commands that run in each network namespace, by inode number.
func runningIn() map[uint64][]string {
	const some = 3
	commands := map[uint64][]string{}
	found, err := holders.Find(holders.Query{})
	if err != nil {
		return nil
	}
	for _, task := range found.Tasks {
		known := commands[task.NS]
		if len(known) > some {
			continue
		}
		name := "..."
		if len(known) < some {
			name = output.Text(process.Command(task.PID))
		}
		if name != "" && !slices.Contains(known, name) {
			commands[task.NS] = append(known, name)
		}
	}
	return commands
}
