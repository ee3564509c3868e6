package exec

import (
	"os"

	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// A tree is programs and their descendants, each by a descriptor that stands for it and for no later process with its number.
type tree struct{ fds map[int]int } // by process id

func newTree() *tree { return &tree{fds: map[int]int{}} }

// addTries bounds how often add looks again, as long as it finds processes that were born meanwhile.
const addTries = 10

// add adds the programs and all descendants of them and of what is in the tree. Where /proc cannot be read, or is that of another PID
// namespace, the descendants stay unknown.
func (t *tree) add(programs []*os.Process) {
	for range addTries {
		if !t.addOnce(programs) {
			return
		}
	}
}

// addOnce is one look of add. It reports whether it found anything.
func (t *tree) addOnce(programs []*os.Process) (found bool) {
	for _, p := range programs {
		if fd, ok := t.fds[p.Pid]; ok && !hasEnded(fd) {
			continue
		}
		fd, err := unix.PidfdOpen(p.Pid, 0)
		if err != nil {
			continue
		}
		// As long as it was not waited for nobody else can have its number.
		if p.Signal(unix.Signal(0)) != nil {
			_ = unix.Close(fd)
			continue
		}
		t.put(p.Pid, fd)
		found = true
	}
	parents, _ := process.Parents()
	for grown := true; grown; {
		grown = false
		for pid, parent := range parents {
			grown = t.addChild(pid, parent) || grown
		}
		found = found || grown
	}
	return found
}

// addChild adds a process that is not there yet, if it is a child of one that is.
func (t *tree) addChild(pid, parent int) bool {
	if fd, ok := t.fds[pid]; ok && !hasEnded(fd) {
		return false
	}
	parentFD, ok := t.fds[parent]
	if !ok {
		return false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	// Both numbers may have been given to other processes by now. What lives has its number to itself, so if the parent still lives after
	// the child was found to be its child, that was true; and a number of the child that has changed hands meanwhile is that of a
	// child as well, and the descriptor that of a process that has ended.
	if now, err := process.Parent(pid); err != nil || now != parent || hasEnded(parentFD) || hasEnded(fd) {
		_ = unix.Close(fd)
		return false
	}
	t.put(pid, fd)
	return true
}

// put adds a process, in place of an earlier one with its number.
func (t *tree) put(pid, fd int) {
	if old, ok := t.fds[pid]; ok {
		_ = unix.Close(old)
	}
	t.fds[pid] = fd
}

func (t *tree) send(signal unix.Signal) {
	for _, fd := range t.fds {
		_ = unix.PidfdSendSignal(fd, signal, nil, 0) // it may be gone already
	}
}

// gone tells whether all processes of the tree have ended.
func (t *tree) gone() bool {
	for _, fd := range t.fds {
		if !hasEnded(fd) {
			return false
		}
	}
	return true
}

func (t *tree) close() {
	for _, fd := range t.fds {
		_ = unix.Close(fd)
	}
}

// hasEnded tells whether the process that a descriptor stands for has ended.
func hasEnded(pidfd int) bool {
	poll := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	// Only an event tells: poll(2) is also interrupted, by the signals of the Go runtime for instance.
	n, err := unix.Poll(poll, 0)
	return err == nil && n > 0
}
