package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/signal"
	"slices"

	"gons/internal/nsfile"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type deleteOptions struct {
	all      bool
	ifExists bool
}

func newDelete(c *cli) *cobra.Command {
	var opts deleteOptions
	cmd := &cobra.Command{
		Use:     "delete {NAME... | --all}",
		Aliases: []string{"del", "rm"},
		GroupID: groupNamespaces,
		Short:   "Delete names of network namespaces",
		Long: `Delete names of network namespaces, working or not. A namespace ends when nothing else holds it, such as
a process in it or another name. Of a symlink only the link is removed.
--all leaves the mounts that container engines have there for themselves ("netns-" or "cni-" and a UUID).`,
		Example: `  gons delete lab
  gons delete --if-exists client server
  gons delete --all`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case opts.all && len(args) > 0:
				return usage(cmd, "names and --all exclude each other")
			case opts.all:
				return nil
			}
			return needNames(cmd, args)
		},
		ValidArgsFunction: c.completeNames,
		RunE:              func(cmd *cobra.Command, names []string) error { return c.delete(cmd.Context(), names, opts) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&opts.all, "all", "a", false, "delete every name there is")
	flags.BoolVar(&opts.ifExists, "if-exists", false, "accept names that do not exist")
	return cmd
}

func (c *cli) delete(ctx context.Context, names []string, opts deleteOptions) error {
	// A first Ctrl-C ends the work between two names.
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	run, err := c.dir.Lock(c.warn)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		run = nil // no directory, no names
	case err != nil:
		return err
	default:
		defer run.Close()
	}
	if opts.all {
		if names, err = c.dir.Names(); err != nil {
			return err
		}
		names = slices.DeleteFunc(names, c.sparesEngine)
	}
	var failed failures
	for _, name := range names {
		err := error(&statusError{statusInterrupted, &nsfile.Error{Op: "delete", Name: name, Err: errInterrupted}})
		if ctx.Err() == nil {
			err = c.deleteOne(run, name, opts)
		}
		if err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed.err()
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

func (c *cli) deleteOne(run *nsfile.Locked, name string, opts deleteOptions) error {
	err := nsfile.CheckName(name)
	if err == nil && run == nil {
		err = &nsfile.Error{Op: "delete", Name: name, Err: nsfile.ErrNotExist}
	} else if err == nil {
		err = run.Remove(name)
	}
	if !errors.Is(err, nsfile.ErrNotExist) {
		return err
	}
	if opts.ifExists {
		return nil
	}
	return withHint(err, c.didYouMean(name))
}
