package main

import (
	"errors"
	"os"
	"path/filepath"

	"gons/internal/exec"

	"github.com/spf13/cobra"
)

func newExec(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "exec TARGET COMMAND [ARG...]",
		GroupID: groupNamespaces,
		Short:   "Run a command in a network namespace",
		Long: `Run a command in a network namespace. The command replaces gons, so its process id, input and output, signals and
exit status are its own.

The command gets a mount namespace of its own, where /sys shows the devices of the network namespace and each file of
/etc/netns/NAME lies over the one of that name in /etc. GONS_NETNS in its environment is NAME.

TARGET is a name, pid:N for the namespace of a process, or the absolute path of a namespace. Everything after it belongs
to the command: flags of gons come before.

Exit status: that of the command; 125 if the namespace could not be prepared, 126 if the command cannot be
executed, 127 if it was not found.`,
		Example: `  gons exec lab ip -brief addr
  gons exec lab sh -c 'ping -c 1 127.0.0.1'
  gons exec pid:4242 ss -lnt
  gons exec lab bash`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return usage(cmd, "no target given")
			case 1:
				return usage(cmd, "no command given")
			}
			return nil
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return c.completeNames(cmd, nil, prefix)
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.exec(args[0], args[1:]) },
	}
	// The flags of the command are not ours: parsing stops at the first word that is no flag.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// exec returns only if the command could not be executed.
func (c *cli) exec(word string, argv []string) error {
	ns, err := c.open(word)
	if err != nil {
		return &statusError{statusPrepare, err}
	}
	plan := &exec.Plan{
		NS:   ns.NsHandle,
		Name: ns.label,
		Argv: argv,
		Env:  os.Environ(),
		Warn: c.warn,
	}
	if ns.name != "" {
		plan.Etc = filepath.Join(c.etc, ns.name)
	}
	err = plan.Exec()
	var command *exec.CommandError
	if errors.As(err, &command) {
		return err
	}
	return &statusError{statusPrepare, err}
}
