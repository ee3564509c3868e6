package exec

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"gons/internal/mounts"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// Run starts the program as a child with files as its descriptors 0, 1, ... and waits for it. Signals that arrive
// meanwhile are passed on to it. The state tells how it ended; [ExitStatus] makes a shell's number of it. The
// error is a [CommandError], what kept the namespace from being prepared, or a failed wait.
func (p *Plan) Run(files []*os.File) (*os.ProcessState, error) {
	child, err := p.Start(files)
	if err != nil {
		return nil, err
	}
	defer passSignals(child)()
	state, err := child.Wait()
	if err != nil {
		return nil, fmt.Errorf("wait for %q: %w", p.Argv[0], err)
	}
	return state, nil
}

// Start is Run without the waiting and without passing signals on. The caller waits for the process.
func (p *Plan) Start(files []*os.File) (child *os.Process, err error) {
	err = nsthread.Do(func(t *nsthread.Thread) error {
		if err := p.enter(t, mounts.Sys); err != nil {
			return err
		}
		child, err = p.spawn(files)
		return err
	})
	return child, err
}

// spawn starts the program from the calling thread, the namespaces of which it gets. There is no Pdeathsig: it would fire when that thread ends.
func (p *Plan) spawn(files []*os.File) (child *os.Process, err error) {
	attr := &os.ProcAttr{Env: p.environ(), Files: files}
	err = execute(p.command(), p.Argv, attr.Env, func(path string, argv []string) error {
		child, err = os.StartProcess(path, argv, attr)
		var failed *os.PathError
		if errors.As(err, &failed) { // "fork/exec PATH": which command it is, is said anyway
			return failed.Err
		}
		return err
	})
	return child, err
}

// passed are the signals that somebody sends to gons but means for the program. The job control signals are
// not among them: they stop and continue gons itself together with the child.
var passed = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGWINCH,
}

// passSignals hands the signals of this process on to child until the returned function is called.
func passSignals(child *os.Process) (stop func()) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, passed...)
	go func() {
		for s := range signals {
			if (s == unix.SIGINT || s == unix.SIGQUIT) && inForeground() {
				continue // the terminal sent it to the whole foreground group, the child included
			}
			_ = child.Signal(s) // it may be gone already
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// inForeground tells whether the process belongs to the foreground process group of its terminal.
func inForeground() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty)
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// ExitStatus is the number that a shell gives to the way a program ended: its exit status, or 128 plus the signal that
// killed it.
func ExitStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
