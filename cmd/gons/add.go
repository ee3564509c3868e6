package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"

	"gons/internal/links"
	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/nsthread"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type addOptions struct {
	up        bool
	ifMissing bool
	id        idFlag
}

func newAdd(c *cli) *cobra.Command {
	opts := addOptions{id: idFlag{auto: true}}
	cmd := &cobra.Command{
		Use:        "add NAME...",
		GroupID:    groupNamespaces,
		SuggestFor: []string{"create", "new", "make"},
		Short:      "Make new network namespaces",
		Long: `Make new network namespaces and give them names: for a test, a VPN, or a program that is to have a network of its own. Several are
made in parallel.

A new namespace has only a loopback device, which is down unless --up is given. It lasts until it is deleted
or the machine is switched off.

--id sets the nsid that it has here, as "gons set" does. The file that a crash or a reboot left of a name is replaced, with a warning.`,
		Example: `  gons add lab
  gons add --up --if-missing client server
  gons add --id 7 uplink`,
		Args: func(cmd *cobra.Command, names []string) error {
			if opts.id.given && opts.id.id != nsid.Auto && len(names) > 1 {
				return usage(cmd, "an id is for one namespace, several names take --id auto")
			}
			return needNames(cmd, names)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return c.completeAdd(args, prefix, opts)
		},
		RunE: func(cmd *cobra.Command, names []string) error { return c.add(cmd.Context(), names, opts) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.up, "up", false, "bring the loopback device up")
	flags.BoolVar(&opts.ifMissing, "if-missing", false, "accept namespaces that exist already")
	flags.Var(&opts.id, "id", "set the nsid, or let the kernel choose one with auto")
	completeFlag(cmd, "id", oneOf("auto\tone that is free"))
	return cmd
}

func (c *cli) add(ctx context.Context, names []string, opts addOptions) error {
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
	if len(names) == 1 && !opts.id.given {
		// Too short to be interrupted, and half of it is not to be left behind.
		swallowed := make(chan os.Signal, 1)
		notify(swallowed, unix.SIGINT, unix.SIGTERM)
		defer signal.Stop(swallowed)
		return c.addOne(run.CreateLast, names[0], opts)
	}
	// A first Ctrl-C ends the work between two namespaces.
	ctx, stop := notifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	errs := make([]error, len(names))
	var taken atomic.Int64
	add := func(create func(string, func() error) error) {
		for ctx.Err() == nil {
			i := int(taken.Add(1)) - 1
			if i >= len(names) {
				return
			}
			errs[i] = c.addOne(create, names[i], opts)
		}
	}
	var work sync.WaitGroup
	for range min(addAtOnce(), len(names)) {
		work.Go(func() {
			if opts.id.given {
				add(run.Create) // the id is asked for from here
			} else {
				run.CreateMany(add)
			}
		})
	}
	work.Wait()
	if i := int(taken.Load()); i < len(names) {
		errs[i] = &statusError{statusInterrupted, &nsfile.Error{Op: "add", Name: names[i], Err: errInterrupted}}
	}
	return all(errs)
}

// addAtOnce is how many namespaces are made in parallel: not more than there are descriptors for.
func addAtOnce() int {
	const each, others = 4, 10 // for one of them; for the runtime and the lock
	atOnce := 2 * runtime.GOMAXPROCS(0)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil && limit.Cur < uint64(others+each*atOnce) {
		atOnce = max(1, (int(limit.Cur)-others)/each)
	}
	return atOnce
}

// addOne makes one namespace with create, which is a way of [nsfile.Locked] to do so.
func (c *cli) addOne(create func(string, func() error) error, name string, opts addOptions) error {
	var up func() error
	if opts.up {
		up = func() error { return links.Up("lo") }
	}
	configure := up
	if opts.id.given {
		ids, err := nsid.Dial() // here, not in the new namespace: the id is what it is called from here
		if err != nil {
			return &nsfile.Error{Op: "add", Name: name, Err: err}
		}
		defer ids.Close()
		configure = func() error {
			err := setOwnID(ids, opts.id.id)
			if err == nil && up != nil {
				err = up()
			}
			return err
		}
	}
	err := create(name, configure)
	if !opts.ifMissing || !errors.Is(err, nsfile.ErrExist) {
		return withHint(withHint(err, c.entryHint(name, err)), c.idHint(err))
	}
	ns, openErr := c.dir.Open(name)
	if openErr != nil {
		return withHint(err, c.entryHint(name, err)) // the name is taken, but not by a namespace
	}
	defer ns.Close()
	if opts.id.given {
		if err := c.setID(name, ns, opts.id.id); err != nil {
			return err
		}
	}
	if up == nil {
		return nil
	}
	return nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.SetNet(ns); err != nil {
			return err
		}
		return up()
	})
}

// setOwnID sets the id of the namespace that the calling thread is in.
func setOwnID(ids *nsid.Conn, id int) error {
	ns, err := nsfile.OpenPath(nsthread.NetPath)
	if err != nil {
		return err
	}
	defer ns.Close()
	return ids.Set(ns, id)
}
