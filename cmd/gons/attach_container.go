package main

import (
	"context"
	"errors"
	"fmt"

	"gons/internal/container"
	"gons/internal/nsfile"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

type attachContainerOptions struct {
	engine    container.Engine
	name      string
	bind      bool
	replace   bool
	allowHost bool
	all       bool
	follow    bool
}

// An attached says what became of the name of one container.
type attached struct {
	Name      string `json:"name"`
	Container string `json:"container"`
	Change    string `json:"change"`
	Note      string `json:"note,omitempty"`
}

// line is how a person reads it.
func (a attached) line() string {
	text := output.Text(a.Name) + ": " + a.Change
	if a.Note != "" {
		text += ", " + a.Note
	}
	return text
}

// newAttachContainer makes attach-docker and attach-podman, which differ in the engine alone.
func newAttachContainer(c *cli, engine container.Engine) *cobra.Command {
	opts := attachContainerOptions{engine: engine}
	out := &listing[attached]{
		columns: []column[attached]{
			{"NAME", "the name", func(a attached) string { return a.Name }},
			{"CONTAINER", "the container", func(a attached) string { return a.Container }},
			{"CHANGE", "attached, renewed, unchanged, removed or skipped", func(a attached) string { return a.Change }},
			{"NOTE", "why", func(a attached) string { return a.Note }},
		},
		usual: []string{"NAME", "CONTAINER", "CHANGE", "NOTE"},
		plain: attached.line,
	}
	use := "attach-" + string(engine)
	cmd := &cobra.Command{
		Use:     use + " {CONTAINER... | --all | --follow}",
		GroupID: groupContainers,
		Short:   fmt.Sprintf("Name the network namespace of a %s container", engine),
		Long: fmt.Sprintf(`Give the network namespace of a running container a name: to look into its network with the programs of the host, which the
container need not have. CONTAINER is what %[1]q calls it: its name, or its id, whole or in part. The name is that of the container.

The name is a symlink to the file on which the engine has mounted the namespace (SandboxKey), or to /proc/PID/ns/net if there is none that
can be seen here. It dangles once the container has ended; to repeat the command after a restart renews it. With --bind the namespace is
pinned instead, so that it outlives the container. "gons delete" takes only the name away; the container notices nothing.

--all names every running container that has a namespace of its own. --follow goes on with that, until it is interrupted: it
names containers as they start, renews names when they restart, and removes the names that it made when they end.`, engine),
		Example: fmt.Sprintf(`  gons %[1]s web
  gons exec web ss -lnt
  gons %[1]s 4f2a --name db
  gons %[1]s --all`, use),
		Args: func(cmd *cobra.Command, args []string) error { return opts.check(cmd, args) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if opts.all || opts.follow {
				return noFiles(cmd, args, prefix)
			}
			return completeContainers(engine, args, "", prefix), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := notifyContext(cmd.Context(), unix.SIGINT, unix.SIGTERM)
			defer stop()
			switch {
			case opts.follow:
				return c.follow(ctx, opts, out.json)
			case opts.all:
				return c.attachAll(ctx, opts, out)
			}
			return c.attachContainers(ctx, args, opts, out)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.name, "name", "", "make the name `NAME`, instead of that of the container")
	completeFlag(cmd, "name", noFiles)
	flags.BoolVar(&opts.bind, "bind", false, "pin the namespace by a bind mount, so that it outlives the container")
	flags.BoolVar(&opts.replace, "replace", false, "replace a name that leads to no namespace, or that is a symlink")
	flags.BoolVar(&opts.allowHost, "allow-host", false, "accept a container that uses the network of the host")
	flags.BoolVar(&opts.all, "all", false, "name all running containers, and print what was done")
	flags.BoolVar(&opts.follow, "follow", false, "name all running containers, and keep the names true until interrupted")
	out.register(cmd)
	return cmd
}

// check is the check of the command line.
func (o attachContainerOptions) check(cmd *cobra.Command, args []string) error {
	every := o.all || o.follow
	switch {
	case o.all && o.follow:
		return usage(cmd, "--all and --follow exclude each other")
	case every && len(args) > 0:
		return usage(cmd, "containers and --all or --follow exclude each other")
	case every && cmd.Flags().Changed("name"):
		return usage(cmd, "--name is for one container")
	case o.follow && (o.bind || o.replace):
		return usage(cmd, "--follow makes symlinks and replaces nothing that it did not make")
	case every:
		return nil
	case len(args) == 0:
		return usage(cmd, "no container given")
	case len(args) > 1 && cmd.Flags().Changed("name"):
		return usage(cmd, "--name is for one container")
	case cmd.Flags().Changed("name"):
		return nsfile.CheckNewName(o.name)
	}
	return nil
}

// attachContainers names the containers that the user named. It is silent unless a form of output was chosen.
func (c *cli) attachContainers(ctx context.Context, refs []string, opts attachContainerOptions, out *listing[attached]) error {
	done := []attached{}
	var failed failures
	for _, ref := range refs {
		item, err := c.attachContainer(ctx, ref, opts)
		if err != nil {
			failed = append(failed, err)
		} else {
			done = append(done, item)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if out.json || out.chosen != nil {
		if err := out.write(c, done); err != nil {
			failed = append(failed, err)
		}
	}
	return failed.err()
}

func (c *cli) attachContainer(ctx context.Context, ref string, opts attachContainerOptions) (attached, error) {
	place, err := opts.engine.Find(ctx, ref)
	if err != nil {
		return attached{}, err
	}
	defer place.NS.Close()
	if place.Host && !opts.allowHost {
		err := fmt.Errorf("attach %s container %q: it uses the network of the host", opts.engine, ref)
		return attached{}, withHint(err, "it has no network namespace of its own; --allow-host names that of the host")
	}
	name := place.Name
	if opts.name != "" {
		name = opts.name
	}
	run, err := c.attachDir(opts)
	if err != nil {
		return attached{}, err
	}
	defer run.Close()
	return attachPlace(run, name, place, opts)
}

// attachDir locks the run directory, and prepares it as far as the kind of entry needs.
func (c *cli) attachDir(opts attachContainerOptions) (*nsfile.Locked, error) {
	prepare := c.dir.LockNew
	if opts.bind {
		prepare = c.dir.Setup
	}
	run, err := prepare(c.warn)
	return run, withHint(err, rootlessDirHint(opts.engine, err))
}

// attachPlace makes one name.
func attachPlace(run *nsfile.Locked, name string, place *container.Place, opts attachContainerOptions) (attached, error) {
	item := attached{Name: name, Container: place.Name}
	if place.SharedBy != "" {
		item.Note = fmt.Sprintf("shares the network of %q", place.SharedBy)
	}
	var change nsfile.Change
	var err error
	if opts.bind {
		change, err = run.Pin(name, place.NS)
	} else {
		change, err = run.Link(name, sourceOf(place, opts), place.NS, opts.replace)
	}
	item.Change = change.String()
	if errors.Is(err, nsfile.ErrExist) {
		err = withHint(err, takenHint(err, opts))
	}
	return item, err
}

func sourceOf(p *container.Place, opts attachContainerOptions) nsfile.Source {
	return nsfile.Source{Link: p.Path, Engine: string(opts.engine), ID: p.ID, Container: p.Name, Follow: opts.follow}
}

// takenHint is the advice for a name that is something else already.
func takenHint(err error, opts attachContainerOptions) string {
	if !opts.bind && !opts.replace {
		return "--name takes another name; --replace overwrites a symlink or what leads to no namespace, but no other namespace"
	}
	if errors.Is(err, nsfile.ErrForeign) {
		return "--name takes another name"
	}
	return `--name takes another name; "gons delete" takes this one away`
}

// openContainer opens the network namespace of a container, for a target.
func openContainer(engine container.Engine, ref string) (netns.NsHandle, error) {
	place, err := engine.Find(context.Background(), ref)
	if err != nil {
		return netns.None(), err
	}
	return place.NS, nil
}
