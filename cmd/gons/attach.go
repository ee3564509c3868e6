package main

import (
	"errors"

	"gons/internal/nsfile"

	"github.com/spf13/cobra"
)

func newAttach(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "attach NAME {TARGET | PID}",
		GroupID: groupNamespaces,
		Short:   "Give a name to a network namespace that exists",
		Long: `Give a name to a network namespace that exists, such as that of a running process: to use it by that name, and to keep
it. The namespace then lives until the
name is deleted, even if the process ends. A namespace can have several names.

A word of digits is a process id, as with "ip netns attach"; anything else is a TARGET: a name, pid:N for the namespace
of a process, docker:CONTAINER, podman:CONTAINER, or the absolute path of a namespace.`,
		Example: `  gons attach web 4242
  gons attach alias web
  gons attach rescued /proc/4242/task/4243/ns/net`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return usage(cmd, "no target and no process id given")
			}
			if err := needNames(cmd, args); err != nil {
				return err
			}
			return noArguments(cmd, args[2:])
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) != 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp // a new name is for the user to choose
			}
			targets, directive := c.completeTargets(cmd, nil, prefix)
			return append(targets, completePIDs("", prefix)...), directive
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.attach(cmd, args[0], args[1]) },
	}
}

func (c *cli) attach(cmd *cobra.Command, name, word string) error {
	if err := nsfile.CheckNewName(name); err != nil {
		return err
	}
	// The namespace is opened before anything is made: what can go wrong about the target leaves nothing behind.
	ns, err := c.openTargetOrPID(cmd, word)
	if err != nil {
		return err
	}
	defer ns.Close()
	run, err := c.dir.Setup(c.warn)
	if err != nil {
		return err
	}
	defer run.Close()
	err = run.Attach(name, ns.NsHandle)
	if errors.Is(err, nsfile.ErrExist) {
		err = withHint(err, `"gons delete" takes a name away, "gons list" shows those there are`)
	}
	return withHint(err, c.entryHint(name, err))
}
