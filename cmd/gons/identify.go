package main

import (
	"unicode/utf8"

	"gons/internal/output"

	"github.com/spf13/cobra"
	"github.com/vishvananda/netns"
)

// An identified is one name of the namespace of a process.
type identified struct {
	Name    string `json:"name"`
	RawName []byte `json:"name_base64,omitempty"` // of a name that is not valid UTF-8, which JSON cannot hold
}

func newIdentify(c *cli) *cobra.Command {
	out := &listing[identified]{
		columns: []column[identified]{{"NAME", "the name", func(i identified) string { return i.Name }}},
		usual:   []string{"NAME"},
		plain:   func(i identified) string { return output.Text(i.Name) },
	}
	cmd := &cobra.Command{
		Use:        "identify [PID]",
		GroupID:    groupLooking,
		SuggestFor: []string{"whoami", "which"},
		Short:      "Show the names of a process's network namespace",
		Long: `Show the names of the network namespace that a process is in, all of them, sorted: to find out which network a program,
or a shell, has. Nothing is shown if it has none. Without
PID it is the namespace that gons itself is in, which is the caller's.`,
		Example: `  gons identify
  gons identify 4242
  gons exec lab gons identify`,
		Args: func(cmd *cobra.Command, args []string) error { return noArguments(cmd, args[min(1, len(args)):]) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completePIDs("", prefix), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := c.identify(cmd, args)
			if err != nil {
				return err
			}
			return out.write(c, names)
		},
	}
	out.register(cmd)
	return cmd
}

// identify returns the names of the namespace of the process that args may name. The result is never nil.
func (c *cli) identify(cmd *cobra.Command, args []string) ([]identified, error) {
	ns, err := c.openSelfOrPID(cmd, args)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	names, err := c.dir.NamesOf(ns)
	items := make([]identified, len(names))
	for i, name := range names {
		items[i].Name = name
		if !utf8.ValidString(name) {
			items[i].RawName = []byte(name)
		}
	}
	return items, err
}

func (c *cli) openSelfOrPID(cmd *cobra.Command, args []string) (netns.NsHandle, error) {
	if len(args) == 0 {
		return openSelf()
	}
	pid, err := parsePID(args[0])
	if err != nil {
		return netns.None(), usage(cmd, err.Error())
	}
	return openPID(pid)
}
