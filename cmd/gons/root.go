package main

import (
	"errors"
	"fmt"
	"slices"

	"gons/internal/container"

	"github.com/spf13/cobra"
)

// The groups of commands in the help.
const (
	groupNamespaces = "namespaces"
	groupLooking    = "looking"
)

// A maker is a command of gons before it is built.
type maker struct {
	name string // as in Use
	make func(*cli) *cobra.Command
}

// makers returns all commands.
func makers() []maker {
	return []maker{
		{"add", newAdd},
		{"exec", newExec},
		{"delete", newDelete},
		{"list", newList},
		{"attach", newAttach},
		{"set", newSet},
		{"list-id", newListID},
		{"identify", newIdentify},
		{"pids", newPIDs},
		{"attach-docker", func(c *cli) *cobra.Command { return newAttachContainer(c, container.Docker) }},
		{"attach-podman", func(c *cli) *cobra.Command { return newAttachContainer(c, container.Podman) }},
		{"prune", newPrune},
		{"monitor", newMonitor},
		{"completion", newCompletion},
		{"version", newVersion},
		{"__tab", newTab},
	}
}

// newRoot returns the command tree as far as the command line args needs it: if the first word is the name of a command,
// that one is built alone, because building takes time at every start. Any other word, such as an alias, help, completion or a
// typing error, gets the whole tree.
func newRoot(c *cli, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "gons",
		Short: "Manage named Linux network namespaces",
		Long: `gons gives network namespaces names, runs programs in them, lists and deletes them.
It shares its names with ip netns.`,
		Example: `  gons add --up lab
  gons exec lab ip addr
  gons list
  gons delete lab`,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(
		&cobra.Group{ID: groupNamespaces, Title: "Namespaces:"},
		&cobra.Group{ID: groupLooking, Title: "Looking:"},
	)
	wanted := makers()
	if len(args) > 0 {
		i := slices.IndexFunc(wanted, func(m maker) bool { return m.name == args[0] })
		if i >= 0 {
			wanted = wanted[i : i+1]
			root.CompletionOptions.DisableDefaultCmd = true
		}
	}
	for _, m := range wanted {
		root.AddCommand(m.make(c))
	}
	return root
}

// flagError is called for a flag that is unknown or has a bad value.
func flagError(cmd *cobra.Command, err error) error {
	var unknown interface{ GetSpecifiedShortnames() string } // a flag that does not exist
	if errors.As(err, &unknown) {
		if group := unknown.GetSpecifiedShortnames(); group != "" && group[0] >= '0' && group[0] <= '9' {
			return usage(cmd, fmt.Sprintf("%q is negative, and no command takes negative numbers", "-"+group))
		}
	}
	return usage(cmd, err.Error())
}

// knownCommand is called when the first word is no command.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := usage(cmd, fmt.Sprintf("unknown command %q", args[0]))
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return withHint(err, fmt.Sprintf("did you mean %q?", near[0]))
	}
	return err
}

// needNames is the check for commands that take one or more names.
func needNames(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(cmd, "no name given")
	}
	return nil
}

// noArguments is the check for commands that take none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, fmt.Sprintf("unexpected argument %q", args[0]))
	}
	return nil
}
