package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"gons/internal/exec"
	"gons/internal/ipgrammar"

	"golang.org/x/sys/unix"
)

// The names by which gons can be called to take the place of ip(8).
const (
	ipName      = "ip"
	ipNetnsName = "ipnetns"
)

// ip is the program when it is called by name, one of those two: it does what "ip netns" does, with the words, the output and
// the exit status of that, and hands everything else on to the real ip(8).
func (c *cli) ip(name string, args []string) int {
	call := ipgrammar.Parse(args, name == ipNetnsName)
	var err error
	switch call.Kind {
	case ipgrammar.Netns:
		err = c.ipNetns(call.Options, call.Args, false)
	case ipgrammar.Enter:
		err = c.ipEnter(name, call)
	case ipgrammar.File:
		err = c.ipBatch(call, args)
	case ipgrammar.Foreign:
		err = c.handOn(call)
	}
	return c.reportIP(err)
}

// ipNetns does what the words after "ip netns" ask for. Of the lines of a batch none replaces the process.
func (c *cli) ipNetns(o ipgrammar.Options, words []string, inBatch bool) error {
	r, err := ipgrammar.ParseNetns(o, words)
	if err != nil {
		return err
	}
	switch r.Command {
	case ipgrammar.List:
		return c.ipList(o)
	case ipgrammar.Add:
		return c.ipAdd(r.Name)
	case ipgrammar.Attach:
		return c.ipAttach(r.Name, r.Number)
	case ipgrammar.Delete:
		if o.All {
			return c.ipDeleteAll()
		}
		return c.ipDelete(r.Name)
	case ipgrammar.Set:
		return c.ipSet(r.Name, r.Number)
	case ipgrammar.ListID:
		return c.ipListID(o, r)
	case ipgrammar.Identify:
		return c.ipIdentify(r.PID)
	case ipgrammar.PIDs:
		return c.ipPIDs(r.Name)
	case ipgrammar.Exec:
		switch {
		case o.All:
			return c.ipExecAll(r.Argv)
		case inBatch:
			return c.ipRun(r.Name, r.Argv)
		}
		return c.ipExec(r.Name, r.Argv)
	case ipgrammar.Monitor:
		return c.monitor(monitorOptions{})
	case ipgrammar.Help:
	}
	return ipgrammar.ErrUsage
}

// ipEnter does the rest of the line in a namespace. It returns only if that could not even begin.
func (c *cli) ipEnter(name string, call *ipgrammar.Call) error {
	// As with ip(8) this is any path below the run directory. To open it does no harm, and it has to be a namespace.
	plan, err := c.ipPlan(call.Name, nil)
	if err != nil {
		return err
	}
	next := ipgrammar.Parse(call.Args, name == ipNetnsName)
	if next.Kind == ipgrammar.Foreign {
		other, err := nextIP()
		if err != nil {
			return c.noIP(next, err)
		}
		plan.File, plan.Argv, plan.Env = other.path, append([]string{ipName}, call.Args...), other.env
	} else {
		// A thread that has changed its namespace cannot take the others along: start anew.
		plan.File, plan.Argv = self, append([]string{name}, call.Args...)
	}
	return ipExecError(plan, plan.Exec())
}

// An exitStatus is the end of a program that has said itself what is wrong.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// The ends of a command that, unlike a status, end a batch.
var (
	errKilled   = errors.New("the command was killed by a signal")
	errCanceled = fmt.Errorf("%w, one that keys send", errKilled)
	errStopped  = errors.New("a signal has ended the command and gons")
)

// ended turns the end of a child into an error.
func ended(state *os.ProcessState) error {
	killed, _ := state.Sys().(syscall.WaitStatus)
	switch status := exec.ExitStatus(state); {
	case killed.Signaled() && (killed.Signal() == unix.SIGINT || killed.Signal() == unix.SIGQUIT):
		return errCanceled
	case killed.Signaled():
		return errKilled
	case status != 0:
		return exitStatus(status)
	}
	return nil
}

// reportIP writes err as ip(8) does, and returns the exit status.
func (c *cli) reportIP(err error) int {
	var own exitStatus
	var refused *ipgrammar.Error
	var failure *ipFailure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &own):
		return int(own)
	case errors.Is(err, errKilled): // the command is not there any more to say so, and ip(8) does not either
		return ipgrammar.StatusFailed
	case errors.Is(err, errStopped):
		return statusInterrupted
	case errors.Is(err, ipgrammar.ErrUsage):
		fmt.Fprint(c.stderr, ipUsage)
		return ipgrammar.StatusUsage
	case errors.As(err, &refused):
		fmt.Fprintln(c.stderr, refused.Text)
		return refused.Status
	case errors.As(err, &failure):
		fmt.Fprintln(c.stderr, failure.text)
		return failure.status
	}
	return c.report(err) // ip(8) has nothing to say about it
}

const ipUsage = `Usage: ip [-j [-p]] netns [list]
       ip netns add NAME
       ip netns attach NAME PID
       ip netns set NAME {ID | auto}
       ip netns delete NAME
       ip netns exec NAME COMMAND [ARG...]
       ip netns identify [PID]
       ip netns pids NAME
       ip netns monitor
       ip [-j [-p]] netns list-id [target-nsid ID] [nsid ID]
       ip -all netns delete
       ip -all netns exec COMMAND [ARG...]
       ip -n NAME ...
       ip [-force] -batch FILE
This is gons in place of ip: "gons --help" tells what else it does.
`
