package exec

import (
	"errors"
	"fmt"
	"syscall"

	"gons/internal/mounts"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
)

// A Plan is one program in one namespace. What is left out is as with ip netns exec, but for /sys, which keeps what is mounted below.
type Plan struct {
	NS   netns.NsHandle // open; stays the caller's
	Name string         // of the namespace; the value of GONS_NETNS and the device of its /sys
	Etc  string         // directory with its own files for /etc, such as /etc/netns/NAME; empty for none
	Argv []string       // command and arguments; the command is looked up inside, in the PATH of Env
	File string         // the file of the command, if that is not what Argv[0] says
	Env  []string       // as in [os.Environ]
	Warn func(error)    // gets what is missing in the namespace but does not keep the program from running

	NoMounts    bool               // stay in the mount namespace: the next five do not count
	Propagation mounts.Propagation // between the mounts inside and outside
	Sys         mounts.SysMode     // what /sys shows
	EtcMode     mounts.EtcMode     // how Etc gets into /etc
	DNS         *mounts.DNS        // name servers of this program alone; nil for those of /etc
	Strict      bool               // what Warn would get is an error

	Dir         string       // working directory inside; empty for the present one
	Credentials *Credentials // who the program runs as; nil for the present user
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
		if err := p.enter(t, mounts.Sys); err != nil {
			return err
		}
		env := p.environ()
		return execute(p.command(), p.Argv, env, func(path string, argv []string) error {
			return syscall.Exec(path, argv, env)
		})
	})
}

// command is what is looked up.
func (p *Plan) command() string {
	if p.File != "" {
		return p.File
	}
	return p.Argv[0]
}

// environ is Env with GONS_NETNS set.
func (p *Plan) environ() []string { return Setenv(p.Env, EnvName, p.Name) }
