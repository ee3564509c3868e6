package exec

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"time"

	"gons/internal/mounts"
	"gons/internal/nsthread"
	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// A Stage is where programs run, one after another. As long as they cannot tell the difference short ones get one and the same mount namespace, in
// which only /sys is replaced: to make one, and to take it apart again, is most of the time that a short program takes where there are many mounts, such
// as names of namespaces.
//
// A program gets a mount namespace of its own as ever if the one before took its time, has left a process behind, or has changed a mount, if anything
// was mounted outside or unmounted meanwhile, or if its plan says more than which namespace.
//
// The zero value is ready. A Stage is for one goroutine at a time. Whoever uses it calls Close.
type Stage struct {
	work chan func(*nsthread.Thread) // what the thread of the stage is to do; nil if there is no thread

	scene       *Plan // the plan that the mount namespace was made for; nil if there is none that can be used again
	name        string
	sys         mounts.SysView
	connections mounts.Connections
	outside     int // descriptors of mountinfo, for poll(2): of the mount namespace that this one is a copy of,
	inside      int // and of this one
	loadavg     int
	processes   *process.Table

	first     int       // the process id of the last program
	begun     time.Time // when that was started
	isCrowded bool      // there are so many processes that to look at them takes longer than it saves
}

const (
	// shortRun is how long a program may have run. For a longer one a mount namespace costs little, and in this time process ids do
	// not come round.
	shortRun = 100 * time.Millisecond
	// crowd is how many processes are looked at.
	crowd = 1000
)

// Start is [Plan.Start] on the stage, where no program is running.
func (s *Stage) Start(p *Plan, files []*os.File) (child *os.Process, err error) {
	isOld := s.scene == nil || !p.canFollow(s.scene)
	for range 2 {
		if isOld {
			s.Close()
			s.open()
		}
		s.do(func(t *nsthread.Thread) {
			if isOld = s.scene != nil && !s.isUntouched(); isOld {
				return
			}
			if err = s.prepare(p, t); err == nil {
				child, err = p.spawn(files)
			}
		})
		if !isOld {
			break
		}
	}
	if err == nil {
		s.first, s.begun = child.Pid, time.Now()
	}
	return child, err
}

// Close ends the thread of the stage.
func (s *Stage) Close() {
	if s.work == nil {
		return
	}
	close(s.work)
	s.leave()
	s.sys.Close()
	*s = Stage{isCrowded: s.isCrowded}
}

// open starts the thread.
func (s *Stage) open() {
	work := make(chan func(*nsthread.Thread))
	s.work, s.sys.Lasting = work, true
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
		err := plan.change(t, s.sys.Mount)
		if err != nil || !complete {
			s.leave()
			return err
		}
		hasChanged(s.inside) // by this; what comes from outside is seen there
		return nil
	}
	outside := -1
	if p.isPlain() && !s.isCrowded && workingDir() == "" {
		// Before the copy is made, so that nothing that it does not have is missed. All but the thread of a stage are where the main thread is.
		outside, _ = unix.Open("/proc/self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err := plan.enter(t, s.sys.Mount); err != nil || outside < 0 {
		if outside >= 0 {
			_ = unix.Close(outside)
		}
		return err
	}
	s.stay(p, outside, complete)
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

// stay makes the mount namespace of the thread one that can be used again, if it is complete and all can be found out that is to be known then.
func (s *Stage) stay(p *Plan, outside int, complete bool) {
	name, err1 := os.Readlink("/proc/thread-self/ns/mnt")
	connections, err2 := mounts.ConnectionsHere()
	inside, err3 := unix.Open("/proc/thread-self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	loadavg, err4 := unix.Open("/proc/loadavg", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	processes, err5 := process.Open()
	s.scene, s.name, s.connections = p, name, connections
	s.outside, s.inside, s.loadavg, s.processes = outside, inside, loadavg, processes
	if errors.Join(err1, err2, err3, err4, err5) != nil || !complete || p.Sys == mounts.SysKeep && !s.sys.CanLast() {
		s.leave()
	}
}

// leave makes it one that can not.
func (s *Stage) leave() {
	if s.scene == nil {
		return
	}
	for _, fd := range []int{s.outside, s.inside, s.loadavg} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
	if s.processes != nil {
		s.processes.Close()
	}
	s.scene = nil
}

// isPlain tells whether the mount namespace of the plan differs only in its /sys from that of another plain one, and the thread only in its
// namespaces.
func (p *Plan) isPlain() bool {
	return !p.NoMounts && p.Sys != mounts.SysNone && (p.Etc == "" || p.EtcMode == mounts.EtcNone) && p.DNS == nil && p.Dir == "" && p.Credentials == nil
}

// canFollow tells whether the plan can use what was made for the other one.
func (p *Plan) canFollow(other *Plan) bool {
	return p.isPlain() && p.Sys == other.Sys && p.Propagation == other.Propagation
}

// isUntouched tells whether the mount namespace, which the calling thread is in, is as if no program had been on the stage, and a new copy would
// be the same.
func (s *Stage) isUntouched() bool {
	return s.first == 0 || time.Since(s.begun) < shortRun && !hasChanged(s.outside) && !hasChanged(s.inside) &&
		!s.isUsed() && s.connections.Unchanged()
}

// hasChanged tells whether mounts have come, gone, or got other options since it was asked last (proc_pid_mountinfo(5)).
func hasChanged(mountinfo int) bool {
	poll := []unix.PollFd{{Fd: int32(mountinfo), Events: unix.POLLPRI}}
	for {
		n, err := unix.Poll(poll, 0)
		if !errors.Is(err, unix.EINTR) {
			return err != nil || n > 0
		}
	}
}

// isUsed tells whether a process may be in the mount namespace, among those that have come to be since the program was started: what it has left
// behind, whoever its parent is now, and what was started outside to enter it.
func (s *Stage) isUsed() bool {
	pids, err := s.processes.Numbers()
	if err != nil {
		return true
	}
	s.isCrowded = len(pids) > crowd
	if s.isCrowded || s.lastPID() < s.first { // the numbers have come round
		return true
	}
	start, _ := slices.BinarySearch(pids, s.first)
	for _, pid := range pids[start:] {
		dir := "/proc/" + strconv.Itoa(pid)
		name, err := os.Readlink(dir + "/ns/mnt")
		if err == nil && name == s.name || err != nil && !isAllGone(dir) {
			return true
		}
	}
	return false
}

// lastPID is the process id that was given last (proc_loadavg(5)), 0 if that is not known.
func (s *Stage) lastPID() int {
	var buf [64]byte
	n, err := unix.Pread(s.loadavg, buf[:], 0)
	if err != nil {
		return 0
	}
	text := bytes.TrimSpace(buf[:max(0, n)])
	pid, _ := strconv.Atoi(string(text[bytes.LastIndexByte(text, ' ')+1:]))
	return pid
}

// isAllGone tells whether a process that cannot be looked at, by its directory, has ended with all its threads.
func isAllGone(dir string) bool {
	var st unix.Stat_t
	err := unix.Stat(dir+"/task", &st)
	return err == nil && st.Nlink == 3 || process.IsGone(err)
}
