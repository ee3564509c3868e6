package exec

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"gons/internal/mounts"
	"gons/internal/nsthread"
	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// A Stage is where programs run, one after another. As long as nobody can tell the difference they get one and the same mount namespace, in which only
// /sys is replaced: to make one, and to take it apart again, is most of the time that a short program takes where there are many mounts, such as names
// of namespaces.
//
// A program gets a mount namespace of its own as ever if the one before has left a process behind, or has changed any mount, or if something was mounted
// meanwhile outside, or if its plan says more than which namespace.
//
// The zero value is ready. A Stage is for one goroutine at a time. Whoever uses it calls Close, and calls [AdoptOrphans] before.
type Stage struct {
	work   chan func(*nsthread.Thread) // what the thread of the stage is to do; nil if there is no thread
	scene  *Plan                       // the plan that the mount namespace was made for; nil if there is none that can be used again
	mounts int                         // descriptor of mountinfo, for poll(2)
	sys    mounts.SysView
	name   string // of the mount namespace, as /proc has it
}

// AdoptOrphans makes processes whose parents end children of this process, if they descend from it. That is how a [Stage] finds out what a program has
// left behind.
func AdoptOrphans() error {
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
}

// Start is [Plan.Start] on the stage, where no program is running.
func (s *Stage) Start(p *Plan, files []*os.File) (child *os.Process, err error) {
	if s.scene == nil || !s.isUntouched() || !p.canFollow(s.scene) {
		s.Close()
		s.open()
	}
	s.do(func(t *nsthread.Thread) {
		if err = s.prepare(p, t); err == nil {
			child, err = p.spawn(files)
		}
	})
	return child, err
}

// Close ends the thread of the stage.
func (s *Stage) Close() {
	if s.work == nil {
		return
	}
	close(s.work)
	if s.scene != nil {
		_ = unix.Close(s.mounts)
	}
	*s = Stage{}
}

// open starts the thread.
func (s *Stage) open() {
	work := make(chan func(*nsthread.Thread))
	s.work = work
	go func() {
		_ = nsthread.Do(func(t *nsthread.Thread) error {
			for fn := range work {
				fn(t)
			}
			return nil
		})
	}()
}

// do runs fn on the thread.
func (s *Stage) do(fn func(*nsthread.Thread)) {
	done := make(chan struct{})
	s.work <- func(t *nsthread.Thread) {
		defer close(done)
		fn(t)
	}
	<-done
}

// prepare brings the thread of the stage into the namespace, and its mount namespace into the state that the plan wants.
func (s *Stage) prepare(p *Plan, t *nsthread.Thread) error {
	complete := true
	plan := *p
	plan.Warn = func(err error) {
		complete = false
		p.Warn(err)
	}
	if s.scene != nil {
		if err := plan.change(t, s.sys.Mount); err != nil || !complete {
			s.leave()
			return err
		}
		s.isChanged() // as it was by this
		return nil
	}
	isLasting := p.isPlain() && workingDir() == ""
	if err := plan.enter(t, s.sys.Mount); err != nil {
		return err
	}
	if isLasting && complete {
		s.stay(p)
	}
	return nil
}

// change makes the namespace of the thread and its /sys those of the plan, and leaves the rest of the mounts as they are.
func (p *Plan) change(t *nsthread.Thread, sys sysMounter) error {
	if err := p.enterNet(t); err != nil {
		return err
	}
	var missing failures
	if err := sys(p.Name, p.Sys, missing.add); err != nil {
		missing.add(err)
	}
	return missing.report(p)
}

// stay makes the mount namespace of the thread one that can be used again.
func (s *Stage) stay(p *Plan) {
	name, err := os.Readlink("/proc/thread-self/ns/mnt")
	if err != nil {
		return
	}
	fd, err := unix.Open("/proc/thread-self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	s.scene, s.mounts, s.name = p, fd, name
}

// leave makes it one that can not.
func (s *Stage) leave() {
	_ = unix.Close(s.mounts)
	s.scene = nil
}

// isPlain tells whether the mount namespace of the plan differs only in its /sys from that of another plain one, and the thread only in its
// namespaces.
func (p *Plan) isPlain() bool {
	return !p.NoMounts && (p.Etc == "" || p.EtcMode == mounts.EtcNone) && p.DNS == nil && p.Dir == "" && p.Credentials == nil
}

// canFollow tells whether the plan can use what was made for the other one.
func (p *Plan) canFollow(other *Plan) bool {
	return p.isPlain() && p.Sys == other.Sys && p.Propagation == other.Propagation
}

// isUntouched tells whether the program that was on the stage has left neither a process nor a changed mount.
func (s *Stage) isUntouched() bool { return !s.isChanged() && !s.isUsed() }

// isChanged tells whether any mount of the namespace has changed since the last call (proc_pid_mountinfo(5)).
func (s *Stage) isChanged() bool {
	poll := []unix.PollFd{{Fd: int32(s.mounts), Events: unix.POLLPRI}}
	for {
		n, err := unix.Poll(poll, 0)
		if !errors.Is(err, unix.EINTR) {
			return err != nil || n > 0
		}
	}
}

// isUsed tells whether a process may be in the mount namespace of the stage. It would descend from a program that was on the stage, and one of its
// ancestors, or it itself, would be an orphan by now.
func (s *Stage) isUsed() bool {
	// The kernel gives orphans to the first thread that lives, which is the main one (find_alive_thread() in kernel/exit.c).
	pid := strconv.Itoa(os.Getpid())
	text, err := os.ReadFile("/proc/self/task/" + pid + "/children")
	if err != nil {
		return true
	}
	for child := range strings.FieldsSeq(string(text)) {
		name, err := os.Readlink("/proc/" + child + "/ns/mnt")
		if name == s.name || err != nil && !isAllGone(child) {
			return true
		}
	}
	return false
}

// isAllGone tells whether a process that cannot be looked at has ended with all its threads.
func isAllGone(pid string) bool {
	var st unix.Stat_t
	err := unix.Stat("/proc/"+pid+"/task", &st)
	return err == nil && st.Nlink == 3 || process.IsGone(err)
}
