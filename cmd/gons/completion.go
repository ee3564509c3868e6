package main

import (
	"io"

	"gons/internal/completion"

	"github.com/spf13/cobra"
)

// A shellSetup is a shell for which gons has completion.
type shellSetup struct {
	name, install string
	script        func(root *cobra.Command, w io.Writer) error
}

func shellSetups() []shellSetup {
	own := func(shell string) func(*cobra.Command, io.Writer) error {
		return func(_ *cobra.Command, w io.Writer) error {
			_, err := io.WriteString(w, completion.Script(shell))
			return err
		}
	}
	return []shellSetup{
		{"bash", `put this line into ~/.bashrc:  source <(gons completion bash)`, own("bash")},
		{"zsh", `put this line into ~/.zshrc, after compinit:  source <(gons completion zsh)`, own("zsh")},
		{"fish", `run once:  gons completion fish > ~/.config/fish/completions/gons.fish`, own("fish")},
		{
			"powershell", `put this line into $PROFILE:  gons completion powershell | Out-String | Invoke-Expression`,
			func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
		},
	}
}

func newCompletion(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Make the shell complete the command lines of gons",
		Long: `Print the script that makes a shell complete the command lines of gons: commands, flags and their values, names of
namespaces, processes, and the command line of the program that "gons exec" runs.`,
		Example: `  source <(gons completion bash)
  gons completion fish --help`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, "no shell given")
			}
			return knownCommand(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, shell := range shellSetups() {
		cmd.AddCommand(&cobra.Command{
			Use:               shell.name,
			Short:             "Print the completion script for " + shell.name,
			Long:              "Print the completion script for " + shell.name + ".\n\nTo install:\n  " + shell.install,
			Example:           "  gons completion " + shell.name,
			Args:              noArguments,
			ValidArgsFunction: cobra.NoFileCompletions,
			RunE:              func(cmd *cobra.Command, _ []string) error { return shell.script(cmd.Root(), c.stdout) },
		})
	}
	return cmd
}
