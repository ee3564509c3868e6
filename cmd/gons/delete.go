package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"gons/internal/nsfile"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type deleteOptions struct {
	selection
	ifExists bool
	kill     signalFlag
	wait     waitFlag
}

func newDelete(c *cli) *cobra.Command {
	opts := deleteOptions{}
	cmd := &cobra.Command{
		Use:        "delete {NAME... | --all | --match GLOB}",
		Aliases:    []string{"del", "rm"},
		GroupID:    groupNamespaces,
		SuggestFor: []string{"remove", "destroy"},
		Short:      "Delete names of network namespaces",
		Long: `Delete names of network namespaces that are not needed any more, working or not. A namespace ends when nothing else holds it, such as
a process in it or another name. Of a symlink only the link is removed.
--all leaves the mounts that container engines have there for themselves ("netns-" or "cni-" and a UUID).

With --kill the processes in the namespace are ended first: they get SIGTERM, or the signal that is given, and those
that are still there 5 seconds later get SIGKILL.

A namespace that nothing holds is taken apart by the kernel some time later. With --wait its virtual devices are deleted
before gons returns, so that the names of their other ends are free again. As long as something else holds the namespace
its devices are not touched: gons waits until that is over, for 10 seconds or the time that is given, and then says what it
is. Physical devices go back to the first namespace of the machine.`,
		Example: `  gons delete lab
  gons delete --if-exists client server
  gons delete --match 'test-*' --kill --wait
  gons delete --all`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case opts.all && len(args) > 0:
				return usage(cmd, "names and --all exclude each other")
			case len(opts.globs) > 0 && len(args) > 0:
				return usage(cmd, "names and --match exclude each other")
			case opts.many():
				return opts.check(cmd)
			}
			return needNames(cmd, args)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if opts.many() {
				return noFiles(cmd, args, prefix)
			}
			return c.completeNames(cmd, args, prefix)
		},
		RunE: func(cmd *cobra.Command, names []string) error { return c.delete(cmd.Context(), names, opts) },
	}
	flags := cmd.Flags()
	opts.register(cmd)
	flags.BoolVar(&opts.ifExists, "if-exists", false, "accept names that do not exist")
	flags.Var(&opts.kill, "kill", "end the processes in the namespace first")
	flags.Lookup("kill").NoOptDefVal = "TERM"
	flags.Var(&opts.wait, "wait", "return when the virtual devices are gone")
	flags.Lookup("wait").NoOptDefVal = defaultWait.String()
	completeFlag(cmd, "kill", completeSignal)
	completeFlag(cmd, "wait", oneOf("5s", "10s", "1m"))
	return cmd
}

func (c *cli) delete(ctx context.Context, names []string, opts deleteOptions) error {
	// A first Ctrl-C ends the work between two names.
	ctx, stop := notifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	if opts.many() {
		var err error
		if names, err = c.names(&opts.selection); err != nil {
			return err
		}
	}
	if opts.all {
		names = slices.DeleteFunc(names, c.sparesEngine)
	}
	var failed failures
	var ending []*endingNS
	if opts.kill.signal != 0 || opts.wait.time != 0 {
		// Before the lock is taken, as it can take long.
		ending = c.openEnding(names)
		defer func() {
			for _, e := range ending {
				e.ns.Close()
			}
		}()
		if opts.kill.signal != 0 {
			for _, e := range ending {
				if e.err = killInside(ctx, e, opts.kill.signal); e.err != nil {
					failed = append(failed, e.err)
				}
			}
		}
	}
	failed = append(failed, c.deleteNames(ctx, names, opts, ending)...)
	if opts.wait.time != 0 && ctx.Err() == nil {
		failed = append(failed, c.waitForEnd(ctx, ending, opts.wait.time)...)
	}
	return failed.err()
}

// deleteNames takes the names away. It leaves out those whose processes could not be ended, and marks those in ending whose
// name is still there.
func (c *cli) deleteNames(ctx context.Context, names []string, opts deleteOptions, ending []*endingNS) (failed failures) {
	run, err := c.dir.Lock(c.warn)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		run = nil // no directory, no names
	case err != nil:
		return failures{err}
	default:
		defer run.Close()
	}
	byName := map[string]*endingNS{}
	for _, e := range ending {
		byName[e.name] = e
	}
	names = slices.DeleteFunc(names, func(name string) bool { return byName[name] != nil && byName[name].err != nil })
	remove := noSuchName
	if run != nil {
		remove = run.Remove
		if ctx.Err() == nil {
			if errs, ok := run.RemoveTogether(names); ok {
				ctx = context.WithoutCancel(ctx) // it is done already
				remove = func(name string) error { return errs[name] }
			}
		}
	}
	for _, name := range names {
		e := byName[name]
		err := error(&statusError{statusInterrupted, &nsfile.Error{Op: "delete", Name: name, Err: errInterrupted}})
		if ctx.Err() == nil {
			err = c.deleteOne(remove, name, opts)
		}
		if err != nil {
			failed = append(failed, err)
			if e != nil {
				e.err = err
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// sparesEngine tells whether --all leaves the name alone, and says so: an engine's own mount of a container's namespace, without
// which it can neither change nor clean up the network of the container. What is dead is no loss.
func (c *cli) sparesEngine(name string) bool {
	if !isEngineMount(name) {
		return false
	}
	ns, err := c.dir.Open(name)
	if err != nil {
		return false
	}
	_ = ns.Close()
	c.warn(fmt.Errorf("%q is left: a container engine has made it for itself; to delete it all the same, name it", name))
	return true
}

// noSuchName is [nsfile.Locked.Remove] where there is no run directory.
func noSuchName(name string) error {
	if err := nsfile.CheckName(name); err != nil {
		return err
	}
	return &nsfile.Error{Op: "delete", Name: name, Err: nsfile.ErrNotExist}
}

func (c *cli) deleteOne(remove func(name string) error, name string, opts deleteOptions) error {
	err := remove(name)
	if !errors.Is(err, nsfile.ErrNotExist) {
		return withHint(err, c.entryHint(name, err))
	}
	if opts.ifExists || opts.many() { // somebody else was faster
		return nil
	}
	return withHint(err, c.didYouMean(name))
}

// defaultWait is the value of --wait without one.
const defaultWait = 10 * time.Second

// waitFlag is the value of --wait.
type waitFlag struct{ time time.Duration }

func (*waitFlag) Type() string { return "DURATION" }

func (f *waitFlag) String() string {
	if f.time == 0 {
		return ""
	}
	return f.time.String()
}

func (f *waitFlag) Set(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return fmt.Errorf("must be a time such as 500ms or 10s")
	}
	f.time = d
	return nil
}
