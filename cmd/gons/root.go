package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gons/internal/container"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The groups of commands in the help.
const (
	groupNamespaces = "namespaces"
	groupContainers = "containers"
	groupLooking    = "looking"
	groupCare       = "care"
)

// A maker is a command of gons before it is built.
type maker struct {
	name string // as in Use
	make func(*cli) *cobra.Command
}

// makers returns all commands, in the order of the help.
func makers() []maker {
	return []maker{
		{"add", newAdd},
		{"exec", newExec},
		{"delete", newDelete},
		{"attach", newAttach},
		{"set", newSet},
		{"attach-docker", func(c *cli) *cobra.Command { return newAttachContainer(c, container.Docker) }},
		{"attach-podman", func(c *cli) *cobra.Command { return newAttachContainer(c, container.Podman) }},
		{"list", newList},
		{"list-id", newListID},
		{"identify", newIdentify},
		{"pids", newPIDs},
		{"inspect", newInspect},
		{"monitor", newMonitor},
		{"prune", newPrune},
		{"completion", newCompletion},
		{"version", newVersion},
		{"__tab", newTab},
	}
}

// newRoot returns the command tree as far as the command line args needs it: if the first word is the name of a command,
// that one is built alone, because building takes time at every start. Any other word, such as an alias, help, completion or a
// typing error, gets the whole tree.
func newRoot(c *cli, args []string) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "gons",
		Short: "Manage named Linux network namespaces",
		Long:  `gons manages named Linux network namespaces, the same ones as "ip netns".`,
		Example: `  gons add --up lab
  gons exec lab ip addr
  gons delete lab`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return newVersion(c).RunE(cmd, nil)
			}
			return cmd.Help()
		},
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
	}
	root.Flags().BoolVarP(&version, "version", "V", false, "show the version of gons")
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(
		&cobra.Group{ID: groupNamespaces, Title: "Namespaces"},
		&cobra.Group{ID: groupContainers, Title: "Containers"},
		&cobra.Group{ID: groupLooking, Title: "Looking"},
		&cobra.Group{ID: groupCare, Title: "Care"},
	)
	root.SetHelpFunc(writeHelp)
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(cmd.OutOrStderr(), usageText(cmd))
		return err
	})
	root.SetHelpCommand(newHelp())
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
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		if habit := missing.GetSpecifiedShortnames(); cmd.Name() == "exec" && habit != "" && strings.Trim(habit, "it") == "" {
			return withHint(usage(cmd, err.Error()), "leave it out: the command has the input and the terminal of gons")
		}
		if near := nearFlag(cmd, missing); near != "" {
			return withHint(usage(cmd, err.Error()), fmt.Sprintf("did you mean %q?", "--"+near))
		}
	}
	return usage(cmd, err.Error())
}

// nearFlag returns the flag that was meant by one that does not exist, and nothing if none is like it.
func nearFlag(cmd *cobra.Command, missing *pflag.NotExistError) string {
	if end := missing.GetSpecifiedShortnames(); len(end) > 0 { // -all, as with ip(8), is -a and then -ll
		var long string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if len(end) > 1 && f.Shorthand != "" && strings.HasPrefix(f.Name, f.Shorthand) && strings.HasSuffix(f.Name, end) {
				long = f.Name
			}
		})
		return long
	}
	name := missing.GetSpecifiedName()
	best, least := "", (len(name)+2)/3
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		d := distance(name, f.Name)
		if len(name) > 1 && strings.HasPrefix(f.Name, name) {
			d = 0
		}
		if d <= least && !f.Hidden {
			best, least = f.Name, d-1
		}
	})
	return best
}

// knownCommand is called when the first word is no command.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := usage(cmd, fmt.Sprintf("unknown command %q", args[0]))
	if !cmd.HasParent() && args[0] == "netns" { // as one types after ip
		return withHint(err, fmt.Sprintf("leave it out: %q", strings.Join(append([]string{"gons"}, args[1:]...), " ")))
	}
	if near := nearCommand(cmd, args[0]); near != "" {
		return withHint(err, fmt.Sprintf("did you mean %q?", near))
	}
	return err
}

// nearCommand returns the command that was meant by a word that is none: one that other tools call so, else the nearest, and of those that
// are as near one that begins with the same letter.
func nearCommand(cmd *cobra.Command, word string) string {
	for _, sub := range cmd.Commands() {
		if slices.Contains(sub.SuggestFor, word) {
			return sub.Name()
		}
	}
	near := cmd.SuggestionsFor(word)
	if len(near) == 0 {
		return ""
	}
	far := func(name string) int {
		d := 2 * distance(strings.ToLower(word), name)
		if word != "" && !strings.HasPrefix(name, strings.ToLower(word[:1])) {
			d++
		}
		return d
	}
	return slices.MinFunc(near, func(a, b string) int { return far(a) - far(b) })
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
