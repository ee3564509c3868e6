package exec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"gons/internal/mounts"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
)

// EnvName is the variable that tells a program the name of the namespace it was started in.
const EnvName = "GONS_NETNS"

// A Plan is one program in one namespace.
type Plan struct {
	NS   netns.NsHandle // open; stays the caller's
	Name string         // of the namespace; the value of GONS_NETNS and the device of its /sys
	Etc  string         // directory with its own files for /etc, such as /etc/netns/NAME; empty for none
	Argv []string       // command and arguments; the command is looked up inside, in the PATH of Env
	Env  []string       // as in [os.Environ]
	Warn func(error)    // gets what is missing in the namespace but does not keep the program from running
}

// A CommandError means that the namespace was ready but the program could not be executed.
type CommandError struct {
	Command string
	Err     error // ErrNotFound, or the kernel's reason (EACCES, ENOEXEC, ENOMEM, E2BIG, ...)
}

func (e *CommandError) Error() string { return fmt.Sprintf("run %q: %v", e.Command, e.Err) }

// Unwrap returns the reason.
func (e *CommandError) Unwrap() error { return e.Err }

// ErrNotFound is the reason of a [CommandError] for a command that is not there.
var ErrNotFound = errors.New("command not found")

// Exec replaces the process by the program: same PID, descriptors, limits and signal dispositions. It returns only on
// failure, with a [CommandError] or with what kept the namespace from being prepared.
func (p *Plan) Exec() error {
	return nsthread.Final(func(t *nsthread.Thread) error {
		if err := p.enter(t); err != nil {
			return err
		}
		env := p.environ()
		return execute(p.Argv, env, func(path string, argv []string) error {
			return syscall.Exec(path, argv, env)
		})
	})
}

// enter brings the thread into the namespace with a mount tree of its own.
func (p *Plan) enter(t *nsthread.Thread) error {
	if err := t.SetNet(p.NS); err != nil {
		return fmt.Errorf("enter network namespace %q: %w", p.Name, err)
	}
	if err := t.NewMount(); err != nil {
		return fmt.Errorf("make a private mount namespace: %w", err)
	}
	if err := mounts.Slave(); err != nil {
		return err
	}
	if err := mounts.Sys(p.Name); err != nil {
		p.Warn(err)
	}
	if p.Etc == "" {
		return nil
	}
	if err := mounts.Etc(p.Etc, p.Warn); err != nil {
		p.Warn(err)
	}
	return nil
}

// environ is Env with GONS_NETNS set.
func (p *Plan) environ() []string {
	env := slices.DeleteFunc(slices.Clone(p.Env), func(kv string) bool {
		return strings.HasPrefix(kv, EnvName+"=")
	})
	return append(env, EnvName+"="+p.Name)
}
