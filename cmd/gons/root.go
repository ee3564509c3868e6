package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// The groups of commands in the help.
const (
	groupNamespaces = "namespaces"
	groupLooking    = "looking"
)

func newRoot(c *cli) *cobra.Command {
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
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err.Error()) })
	root.AddGroup(
		&cobra.Group{ID: groupNamespaces, Title: "Namespaces:"},
		&cobra.Group{ID: groupLooking, Title: "Looking:"},
	)
	root.AddCommand(newAdd(c), newExec(c), newDelete(c), newList(c), newVersion(c))
	return root
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
