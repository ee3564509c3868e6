package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"gons/internal/exec"
	"gons/internal/holders"
	"gons/internal/nsfile"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// ipPlan returns the plan for a program in the namespace that the path name below the run directory leads to.
func (c *cli) ipPlan(name string, argv []string) (*exec.Plan, error) {
	ns, err := c.ipOpen(name)
	switch {
	case errors.Is(err, nsfile.ErrStale), errors.Is(err, nsfile.ErrForeign):
		return nil, ipCannotEnter(name, err)
	case err != nil:
		return nil, &ipFailure{ipStatusEnter, fmt.Sprintf("Cannot open network namespace \"%s\": %s", name, strerror(err))}
	}
	etc, err := c.etcOf(name)
	if err != nil {
		_ = ns.Close()
		return nil, &ipFailure{ipStatusEnter, oneLine(err)}
	}
	return &exec.Plan{
		NS:   ns,
		Name: name,
		Etc:  etc,
		Argv: argv,
		Env:  os.Environ(),
		Warn: c.ipWarn,
	}, nil
}

// ipOpen opens the namespace that the path name below the run directory leads to. Where that cannot be followed the error is the
// kernel's.
func (c *cli) ipOpen(name string) (netns.NsHandle, error) {
	path := c.dir.Path(name)
	open := nsfile.OpenPath
	if nsfile.CheckName(name) == nil {
		open = func(string) (netns.NsHandle, error) { return c.dir.Open(name) } // which knows what a symlink was made for
	}
	ns, err := open(path)
	if errors.Is(err, nsfile.ErrDangling) {
		_, reason := os.Stat(path)
		if reason == nil {
			reason = nsfile.ErrStale // a symlink to a plain file
		}
		err = reason
	}
	return ns, err
}

// ipExec returns only if the command could not be executed.
func (c *cli) ipExec(name string, argv []string) error {
	plan, err := c.ipPlan(name, argv)
	if err != nil {
		return err
	}
	return ipExecError(plan, plan.Exec())
}

// ipRun runs the command as a child and returns its status as an error, or errStopped if it was to be ended together with
// gons, as by Ctrl-C.
func (c *cli) ipRun(name string, argv []string) error {
	plan, err := c.ipPlan(name, argv)
	if err != nil {
		return err
	}
	defer plan.NS.Close()
	stopped, end := notifyContext(context.Background(), unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	defer end()
	state, err := plan.Run([]*os.File{os.Stdin, os.Stdout, os.Stderr})
	switch {
	case stopped.Err() != nil:
		return errStopped
	case err != nil:
		return ipExecError(plan, err)
	}
	return ended(state)
}

// ipExecAll runs the command in every namespace, one after the other. As with ip(8) it does not matter how the command
// ends, except by a signal; one that nobody sent to end all of this, however, does not keep it from being run in the other
// namespaces.
func (c *cli) ipExecAll(argv []string) error {
	names, err := c.ipNames()
	if err != nil {
		return err
	}
	var killed error
	for _, name := range names {
		if _, err := fmt.Fprintf(c.stdout, "\nnetns: %s\n", name); err != nil {
			return err
		}
		var status exitStatus
		err := c.ipRun(name, argv)
		switch {
		case errors.Is(err, errStopped), errors.Is(err, errCanceled):
			return err
		case errors.Is(err, errKilled):
			killed = err
		case err != nil && !errors.As(err, &status):
			c.reportIP(err)
		}
	}
	return killed
}

func (c *cli) ipPIDs(name string) error {
	ns, err := c.ipOpen(name)
	switch {
	case errors.Is(err, nsfile.ErrStale), errors.Is(err, nsfile.ErrForeign):
		return nil // nothing is in it
	case err != nil:
		return ipFailed("Cannot open network namespace: %s", strerror(err))
	}
	defer ns.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(ns), &st); err != nil {
		return ipFailed("Stat of netns failed: %s", strerror(err))
	}
	// How many processes are hidden is not told: scripts do not expect anything on standard error.
	found, err := holders.Find(holders.Query{NS: st.Ino})
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, task := range found.Tasks {
		fmt.Fprintln(&b, task.PID)
	}
	_, err = fmt.Fprint(c.stdout, b.String())
	return err
}
