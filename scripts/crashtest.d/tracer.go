//go:build amd64

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A tracer runs gons and sees each of its system calls, at the entry and at the exit (ptrace(2)). Why not strace(1): it counts calls for each
// thread by itself, and which thread makes a call is different each time; here a point is the Nth call with certain arguments
// of the process. And a call that is to fail may be let through first, as close(2) does fail: the descriptor is gone.
//
// All of it has to happen on one thread.
type tracer struct {
	main    int             // the process
	threads map[int]*thread // of gons, and of its children until they are another program
	started bool            // the start-up of Go is over, or has not begun
	early   bool            // it has not begun
	seen    map[point]int   // how often each call was made, by the point with an N of 0
	aim     *request        // what to do to which call; nil: list the points
	points  []point
	hit     bool            // the aim was met
	ended   bool            // the process has
	status  unix.WaitStatus // of the process
}

type thread struct {
	process int   // that it belongs to
	result  int64 // for the call that it is in, unless 0
	isDying bool  // to be killed at the exit of the call that it is in
}

// start starts the program, stopped at its first instruction.
func (t *tracer) start(path string, argv, env []string, output *os.File) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	t.main, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Env:   env,
		Files: []uintptr{null.Fd(), output.Fd(), output.Fd()},
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return fmt.Errorf("start %q: %w", path, err)
	}
	var ws unix.WaitStatus
	if _, err := unix.Wait4(t.main, &ws, 0, nil); err != nil || !ws.Stopped() {
		return fmt.Errorf("trace %q: %v %w", path, ws, err)
	}
	t.threads = map[int]*thread{t.main: {process: t.main}}
	t.seen = map[point]int{}
	const options = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEEXEC |
		unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK
	return errors.Join(unix.PtraceSetOptions(t.main, options), unix.PtraceSyscall(t.main, 0))
}

// wait lets the process run until it has ended.
func (t *tracer) wait() error {
	for !t.ended || len(t.threads) > 0 {
		var ws unix.WaitStatus
		tid, err := unix.Wait4(-1, &ws, unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait for the process: %w", err)
		}
		// A thread that is killed meanwhile is gone: the next wait tells.
		if err := t.stopped(tid, ws); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("trace the process: %w", err)
		}
	}
	return nil
}

// stopped makes a thread go on that has stopped.
func (t *tracer) stopped(tid int, ws unix.WaitStatus) error {
	if ws.Exited() || ws.Signaled() {
		delete(t.threads, tid)
		if tid == t.main {
			t.ended, t.status = true, ws
		}
		return nil
	}
	th := t.threads[tid]
	if th == nil { // a new one begins with a stop
		process, err := processOf(tid)
		t.threads[tid] = &thread{process: process}
		return errors.Join(err, unix.PtraceSyscall(tid, 0))
	}
	signal := 0
	switch sig := ws.StopSignal(); {
	case sig == unix.SIGTRAP|0x80:
		if err := t.call(tid, th); err != nil {
			return err
		}
	case ws.TrapCause() == unix.PTRACE_EVENT_EXEC: // another program, which is left alone
		for id, other := range t.threads {
			if other.process == th.process {
				delete(t.threads, id)
			}
		}
		return unix.PtraceDetach(tid)
	case ws.TrapCause() > 0: // a new thread or process: it will be seen
	default:
		signal = int(sig)
	}
	return unix.PtraceSyscall(tid, signal)
}

// callInfo is struct ptrace_syscall_info.
type callInfo struct {
	Op   uint8
	_    [3]uint8
	Arch uint32
	_    [2]uint64
	Call uint64 // at the entry
	Args [6]uint64
}

// call is for a thread that is at the entry or at the exit of a system call.
func (t *tracer) call(tid int, th *thread) error {
	var info callInfo
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(info),
		uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return errno
	}
	if info.Op == unix.PTRACE_SYSCALL_INFO_ENTRY {
		return t.entry(tid, th, info)
	}
	result := th.result
	th.result = 0
	switch {
	case th.isDying:
		t.hit = true
		return unix.Kill(th.process, unix.SIGKILL)
	case result != 0:
		return setResult(tid, result)
	}
	return nil
}

// entry notes the call, or does to it what is to be done.
func (t *tracer) entry(tid int, th *thread, info callInfo) error {
	if t.early && info.Call == unix.SYS_SCHED_GETAFFINITY { // the first thing that it does
		t.early, t.started = false, false
	}
	if !t.started { // it is over when package os has looked at the descriptors 0, 1 and 2
		t.started = info.Call == unix.SYS_FCNTL && info.Args[0] == 2 && info.Args[1] == unix.F_GETFL
		return nil
	}
	s, known := signatures[info.Call]
	if !known {
		s.name = fmt.Sprintf("syscall_%d", info.Call)
	}
	if t.aim != nil && (t.hit || t.aim.Point.Call != s.name) {
		return nil
	}
	p := point{Call: s.name, Key: s.key(tid, info.Args), Child: th.process != t.main}
	t.seen[p]++
	p.N = t.seen[p]
	if t.aim == nil {
		t.points = append(t.points, p)
		return nil
	}
	if p != t.aim.Point {
		return nil
	}
	switch t.aim.How {
	case killEntry: // the call does not take place
		t.hit = true
		return unix.Kill(th.process, unix.SIGKILL)
	case killExit: // which not every call reaches: threads wait for work until the end
		th.isDying = true
		return nil
	}
	t.hit = true
	th.result = -int64(errnoOf[t.aim.How])
	if s.name == "close" { // whatever close(2) says, the descriptor is closed
		return nil
	}
	return skipCall(tid)
}

// processOf is the process of a thread.
func processOf(tid int) (process int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0, unix.ESRCH
	}
	_, rest, _ := strings.Cut(string(status), "\nTgid:")
	_, err = fmt.Sscan(rest, &process)
	return process, err
}

// errnoOf has the errnos by name.
var errnoOf = func() map[string]syscall.Errno {
	byName := map[string]syscall.Errno{}
	for e := syscall.Errno(1); e < 200; e++ {
		if name := unix.ErrnoName(e); name != "" {
			byName[name] = e
		}
	}
	byName["ENOTSUP"], byName["EOPNOTSUPP"] = unix.EOPNOTSUPP, unix.EOPNOTSUPP // one number has both names
	return byName
}()
