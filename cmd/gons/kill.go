package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"gons/internal/holders"
	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

const (
	killGrace = 5 * time.Second // until SIGKILL
	killLimit = 5 * time.Second // after SIGKILL, for a process in the middle of disk access and the like
)

// signalFlag is the value of --kill.
type signalFlag struct{ signal unix.Signal }

func (*signalFlag) Type() string { return "SIGNAL" }

func (f *signalFlag) String() string {
	if f.signal == 0 {
		return ""
	}
	return strings.TrimPrefix(unix.SignalName(f.signal), "SIG")
}

func (f *signalFlag) Set(value string) error {
	name := strings.ToUpper(value)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	f.signal = unix.SignalNum(name)
	if n, err := strconv.ParseUint(value, 10, 31); err == nil && n > 0 && n <= 64 {
		f.signal = unix.Signal(n)
	}
	if f.signal == 0 {
		return fmt.Errorf("must be a signal such as TERM, INT or 9")
	}
	return nil
}

// killInside ends the processes whose main thread is in the namespace: with the signal, later with SIGKILL. It returns when none
// is left. A process that only has a thread there is left alone, unless its main thread has ended.
func killInside(ctx context.Context, e *endingNS, signal unix.Signal) error {
	fail := func(err error) error { return &nsfile.Error{Op: "end the processes in", Name: e.name, Err: err} }
	for process, whose := range map[string]string{"thread-self": "gons itself", "1": "process 1", "2": "the kernel"} {
		key, err := keyOf("/proc/" + process + "/ns/net")
		if err == nil && key == e.key && (process != "2" || isKernelThread(2)) {
			return fail(fmt.Errorf("it is the namespace of %s", whose))
		}
	}
	told := map[int]bool{}
	start := time.Now()
	for {
		now := time.Since(start)
		hard := now > killGrace || signal == unix.SIGKILL
		left, err := signalInside(e, told, signal, hard)
		switch {
		case err != nil:
			return withHint(fail(err), processHint(err))
		case left == 0:
			return nil
		case ctx.Err() != nil:
			return &statusError{statusInterrupted, fail(errInterrupted)}
		case now > killGrace+killLimit:
			return fail(fmt.Errorf("process %d is still there after SIGKILL", left))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// signalInside sends each process in the namespace the signal, once, or SIGKILL if it is time for that. It returns one of
// the processes, 0 if there is none.
func signalInside(e *endingNS, told map[int]bool, signal unix.Signal, hard bool) (left int, err error) {
	found, err := holders.Find(holders.Query{NS: e.key.ino})
	if err != nil {
		return 0, err
	}
	for _, task := range found.Tasks {
		fd, err := task.Pidfd()
		switch {
		case errors.Is(err, holders.ErrNoProcess), errors.Is(err, unix.EACCES): // gone, or no longer ours to look at
			continue
		case err != nil:
			return 0, fmt.Errorf("get hold of process %d: %w", task.PID, err)
		}
		left = task.PID
		switch {
		case hard:
			err = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		case !told[task.PID]:
			told[task.PID] = true
			err = unix.PidfdSendSignal(fd, signal, nil, 0)
		}
		_ = unix.Close(fd)
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return 0, fmt.Errorf("send a signal to process %d: %w", task.PID, err)
		}
	}
	return left, nil
}

// isKernelThread tells whether the process is one: it has no program.
func isKernelThread(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return errors.Is(err, unix.ENOENT)
}
