package main

import (
	"errors"
	"fmt"

	"gons/internal/exec"

	"github.com/spf13/cobra"
)

func newExec(c *cli) *cobra.Command {
	var opts execOptions
	var many manyOptions
	cmd := &cobra.Command{
		Use:        "exec [flags] {TARGET | --all | --match GLOB} COMMAND [ARG...]",
		GroupID:    groupNamespaces,
		SuggestFor: []string{"run", "enter", "nsenter", "shell"},
		Short:      "Run a command in a network namespace",
		Long: `Run a command in a network namespace: any program, with the network of that namespace in place of the machine's. The command replaces gons, so its process id, input and output, signals and
exit status are its own.

The command gets a mount namespace of its own, where /sys shows the devices of the network namespace and each file of
/etc/netns/NAME lies over the one of that name in /etc. GONS_NETNS in its environment is NAME.

TARGET is a name, pid:N for the namespace of a process, docker:CONTAINER, podman:CONTAINER, or the absolute path of a
namespace. Everything after it belongs to the command: flags of gons come before. A -- may stand in between.

With --etc overlay the files of /etc/netns/NAME are copied over /etc: they need no counterpart there, directories are
merged, and the machine may replace its own files meanwhile. What the command writes to /etc ends with it.

--dns does the same (unless --etc says otherwise) with a resolv.conf of its own, takes systemd-resolved out of
nsswitch.conf, and hides the sockets of nscd and systemd-resolved. It cannot hide other ways out: programs that ask
systemd-resolved over D-Bus themselves (resolvectl), a service whose socket appears later, other proxies
(avahi, sssd), DNS over HTTPS built into a program.

A command run as another user has none of gons' capabilities but those named with --cap; --cap without --user limits
the present user. Users and groups are looked up before the switch, --wd and COMMAND after it.

What is missing in the namespace is a warning; with --strict the command is not run then.

With --all or --match the command is run in many namespaces, one after another, with a line before the output of
each; the input is shared. -P N runs N at a time, without input: the output of each is kept in memory and printed whole, in the
order of the names. A failure does not keep the others from being run. Ctrl-C ends all of them: what is
still there 5 seconds later is killed. The exit status is the highest. Commands that follow
one another may find themselves in the same mount namespace, with another /sys, if nothing that the one before has left shows it: no process,
no mount, no option of a mount.

Exit status: that of the command; 125 if the namespace could not be prepared, 126 if the command cannot be
executed, 127 if it was not found.`,
		Example: `  gons exec lab ip -brief addr
  gons exec lab sh -c 'ping -c 1 127.0.0.1'
  gons exec --dns 9.9.9.9 --strict lab curl https://example.org
  sudo gons exec --as-caller lab firefox
  gons exec --user nobody --cap net_raw lab ping -c 1 127.0.0.1
  gons exec pid:4242 ss -lnt
  gons exec docker:web ip addr
  gons exec --all --prefix ip -brief addr
  gons exec --match 'web-*' -P 0 sysctl -q net.ipv4.ip_forward=1`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := many.check(cmd); err != nil {
				return err
			}
			switch {
			case many.many():
				args = append([]string{"--all"}, args...)
			case len(args) > 0:
				args = append(args[:1:1], commandAfter(args)...)
			}
			switch len(args) {
			case 0:
				return usage(cmd, "no target given")
			case 1:
				return withHint(usage(cmd, "no command given"), fmt.Sprintf("a shell is one: %q", "gons exec "+args[0]+" bash"))
			}
			return opts.check(cmd)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			switch {
			case many.many():
				return c.completeCommand(0)
			case len(args) == 0:
				return c.completeTargets(cmd, nil, prefix)
			}
			return c.completeCommand(len(args) - len(commandAfter(args)))
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if !many.many() {
				return c.exec(args[0], commandAfter(args), opts)
			}
			base, err := opts.plan(c, args)
			if err != nil {
				return &statusError{statusPrepare, err}
			}
			return c.execMany(many, func(ns *target) (*exec.Plan, error) {
				plan := *base
				c.target(&plan, ns)
				return &plan, nil
			})
		},
	}
	// The flags of the command are not ours: parsing stops at the first word that is no flag.
	cmd.Flags().SetInterspersed(false)
	opts.define(cmd)
	many.register(cmd)
	return cmd
}

// commandAfter is the command in the arguments: what comes after the target, and after the "--" that those who know kubectl exec put there.
func commandAfter(args []string) []string {
	if len(args) > 1 && args[1] == "--" {
		return args[2:]
	}
	return args[1:]
}

// exec returns only if the command could not be executed.
func (c *cli) exec(word string, argv []string, opts execOptions) error {
	ns, err := c.open(word)
	if err != nil {
		return &statusError{statusPrepare, err}
	}
	plan, err := opts.plan(c, argv)
	if err != nil {
		return &statusError{statusPrepare, err}
	}
	if err := c.target(plan, ns); err != nil {
		return &statusError{statusPrepare, err}
	}
	err = plan.Exec()
	var command *exec.CommandError
	if errors.As(err, &command) {
		return err
	}
	return &statusError{statusPrepare, withHint(err, c.rootlessEnterHint("exec "+ns.label+" ...", ns, err))}
}
