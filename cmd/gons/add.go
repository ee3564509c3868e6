package main

import (
	"context"
	"errors"
	"os/signal"
	"runtime"
	"sync"

	"gons/internal/links"
	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type addOptions struct {
	up        bool
	ifMissing bool
}

func newAdd(c *cli) *cobra.Command {
	var opts addOptions
	cmd := &cobra.Command{
		Use:     "add NAME...",
		GroupID: groupNamespaces,
		Short:   "Make new network namespaces",
		Long: `Make new network namespaces and give them names. Several are made in parallel.

A new namespace has only a loopback device, which is down unless --up is given. It lasts until it is deleted
or the machine is switched off. The file that a crash or a reboot left of a name is replaced, with a warning.`,
		Example: `  gons add lab
  gons add --up --if-missing client server`,
		Args: needNames,
		RunE: func(cmd *cobra.Command, names []string) error { return c.add(cmd.Context(), names, opts) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.up, "up", false, "bring the loopback device up")
	flags.BoolVar(&opts.ifMissing, "if-missing", false, "accept namespaces that exist already")
	return cmd
}

func (c *cli) add(ctx context.Context, names []string, opts addOptions) error {
	// A first Ctrl-C ends the work between two namespaces.
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	for _, name := range names {
		if err := nsfile.CheckNewName(name); err != nil {
			return err
		}
	}
	run, err := c.dir.Setup(c.warn)
	if err != nil {
		return err
	}
	defer run.Close()

	errs := make([]error, len(names))
	free := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	var work sync.WaitGroup
	for i, name := range names {
		free <- struct{}{}
		if ctx.Err() != nil {
			errs[i] = &statusError{statusInterrupted, &nsfile.Error{Op: "add", Name: name, Err: errInterrupted}}
			break
		}
		work.Go(func() {
			errs[i] = c.addOne(run, name, opts)
			<-free
		})
	}
	work.Wait()
	return all(errs)
}

func (c *cli) addOne(run *nsfile.Locked, name string, opts addOptions) error {
	var configure func() error
	if opts.up {
		configure = func() error { return links.Up("lo") }
	}
	err := run.Create(name, configure)
	if !opts.ifMissing || !errors.Is(err, nsfile.ErrExist) {
		return err
	}
	ns, openErr := c.dir.Open(name)
	if openErr != nil {
		return err // the name is taken, but not by a namespace
	}
	defer ns.Close()
	if configure == nil {
		return nil
	}
	return nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.SetNet(ns); err != nil {
			return err
		}
		return configure()
	})
}
