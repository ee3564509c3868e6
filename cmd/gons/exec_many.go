package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"

	"gons/internal/exec"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// A manyOptions is how a command is run in many namespaces.
type manyOptions struct {
	selection
	parallel int // how many at a time, 0 for as many as the machine can use, -1 for one after another with direct output
	prefix   bool
}

func (o *manyOptions) register(cmd *cobra.Command) {
	o.selection.register(cmd)
	flags := cmd.Flags()
	defer completeFlag(cmd, "parallel", noFiles)
	flags.IntVarP(&o.parallel, "parallel", "P", -1, "with --all or --match: run `N` at a time, 0 for a good number")
	flags.Lookup("parallel").DefValue = "0" // the help is not to show the -1
	flags.BoolVar(&o.prefix, "prefix", false, "with --all or --match: put the name before each line of output")
}

func (o *manyOptions) check(cmd *cobra.Command) error {
	switch {
	case !o.many() && (o.prefix || o.parallel >= 0):
		return usage(cmd, "--parallel and --prefix go with --all or --match")
	case cmd.Flags().Changed("parallel") && o.parallel < 0:
		return usage(cmd, "--parallel must be 0 or more")
	}
	return o.selection.check(cmd)
}

const (
	// moreThanCPUs is how many jobs at a time -P 0 means beyond one for each processor: while they start a program they wait for each other.
	moreThanCPUs = 1
	// aheadOfOutput bounds how many outputs are kept while an earlier command is still running.
	aheadOfOutput = 256
)

// A manyRun is one command in many namespaces.
type manyRun struct {
	c     *cli
	opts  manyOptions
	names []string
	plan  func(*target) (*exec.Plan, error)
	group exec.Group
	mu    sync.Mutex // for what is written from several goroutines
	ended unix.Signal
}

// execMany runs the command of the plan in every namespace that the user meant. plan makes the plan for one of them.
func (c *cli) execMany(opts manyOptions, plan func(*target) (*exec.Plan, error)) error {
	names, err := c.names(&opts.selection)
	if err != nil {
		return &statusError{statusPrepare, err}
	}
	r := &manyRun{c: c, opts: opts, names: names, plan: plan}
	signals := make(chan os.Signal, 1)
	notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	stopping := make(chan struct{})
	go func() {
		defer close(stopping)
		if s, ok := <-signals; ok {
			r.ended = s.(syscall.Signal)
			r.group.Stop(r.ended)
		}
	}()
	run := r.inTurn
	if opts.parallel >= 0 {
		run = r.atOnce
	}
	errs, err := run()
	signal.Stop(signals)
	close(signals)
	<-stopping
	if err != nil {
		return &statusError{statusPrepare, err} // 1 would be the command's
	}
	return r.sum(errs)
}

// sum makes one error of what came of each namespace.
func (r *manyRun) sum(errs []error) error {
	var failed failures
	left := 0
	for _, err := range errs {
		switch {
		case errors.Is(err, exec.ErrStopped):
			left++
		case err != nil:
			failed = append(failed, err)
		}
	}
	if r.ended != 0 {
		err := fmt.Errorf("interrupted by %s: %d of %d namespaces were left out", unix.SignalName(r.ended), left, len(errs))
		failed = append(failed, &statusError{128 + int(r.ended), err})
	}
	return failed.err()
}

// one runs the command in one namespace, on the stage and with the files as its descriptors.
func (r *manyRun) one(stage *exec.Stage, name string, files []*os.File) error {
	ns, err := r.c.dir.Open(name)
	if err != nil {
		return &statusError{statusPrepare, withHint(err, r.c.entryHint(name, err))}
	}
	defer ns.Close()
	plan, err := r.plan(&target{NsHandle: ns, label: name, name: name})
	if err != nil {
		return &statusError{statusPrepare, err}
	}
	warn := plan.Warn
	plan.Warn = func(err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		warn(fmt.Errorf("in %q: %w", name, err))
	}
	state, err := r.group.Run(stage, plan, files)
	var command *exec.CommandError
	switch {
	case errors.Is(err, exec.ErrStopped):
		return err
	case errors.As(err, &command):
		return fmt.Errorf("in %q: %w", name, err)
	case err != nil:
		return &statusError{statusPrepare, fmt.Errorf("in %q: %w", name, err)}
	case !state.Success():
		return &statusError{exec.ExitStatus(state), fmt.Errorf("in %q: the command ended with %v", name, state)}
	}
	return nil
}

// header is the line that tells whose output follows, the same as that of "ip -all netns exec".
func (r *manyRun) header(name string) error {
	if r.opts.prefix {
		return nil
	}
	_, err := fmt.Fprintf(r.c.stdout, "\nnetns: %s\n", output.Text(name))
	return err
}

// inTurn runs the commands one after another, each with the input and output of gons. The errors are in the order of the names; the
// last one means that there is no sense in going on.
func (r *manyRun) inTurn() ([]error, error) {
	errs := make([]error, len(r.names))
	var stage exec.Stage
	defer stage.Close()
	for i, name := range r.names {
		if r.group.Stopped() {
			errs[i] = exec.ErrStopped
			continue
		}
		if err := r.header(name); err != nil {
			return nil, err
		}
		if r.opts.prefix {
			errs[i] = r.prefixed(&stage, name)
		} else {
			errs[i] = r.one(&stage, name, []*os.File{os.Stdin, os.Stdout, os.Stderr})
		}
	}
	return errs, nil
}

// atOnce runs several commands at a time, without input, and writes the output of each when it has ended, in the order of the
// names.
func (r *manyRun) atOnce() ([]error, error) {
	jobs := r.opts.parallel
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0) + moreThanCPUs
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, &statusError{statusPrepare, err}
	}
	defer null.Close()
	errs := make([]error, len(r.names))
	kept := make([]*spool, len(r.names))
	done := make([]chan struct{}, len(r.names))
	for i := range done {
		done[i] = make(chan struct{})
	}
	free, ahead := make(chan *exec.Stage, jobs), make(chan struct{}, max(jobs, aheadOfOutput))
	for range jobs {
		free <- &exec.Stage{}
	}
	go func() {
		for i, name := range r.names {
			ahead <- struct{}{}
			stage := <-free
			go func() {
				defer close(done[i])
				if kept[i], errs[i] = newSpool(); errs[i] == nil {
					errs[i] = r.one(stage, name, []*os.File{null, kept[i].out, kept[i].err})
				}
				free <- stage
			}()
		}
	}()
	var broken error // the output cannot be written: the rest still has to end
	for i, name := range r.names {
		<-done[i]
		if broken == nil && !errors.Is(errs[i], exec.ErrStopped) {
			if broken = r.header(name); broken == nil && kept[i] != nil {
				broken = kept[i].copyTo(r, name)
			}
			if broken != nil {
				r.group.Stop(unix.SIGTERM)
			}
		}
		kept[i].close()
		<-ahead
	}
	for range jobs {
		(<-free).Close()
	}
	return errs, broken
}
