package exec

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrStopped is what [Group.Run] returns after [Group.Stop], without having started the program.
var ErrStopped = errors.New("interrupted")

const (
	terminalGrace = time.Second     // for what the terminal has sent the signal to as well
	stopGrace     = 5 * time.Second // until SIGKILL
)

// A Group runs programs, any number at a time, and can end them all. The zero value is ready. It is safe for concurrent use.
type Group struct {
	mu      sync.Mutex
	running map[int]*os.Process
	stopped bool
}

// Run starts the program as [Plan.Start] does and waits for its end. Signals are not passed on.
func (g *Group) Run(p *Plan, files []*os.File) (*os.ProcessState, error) {
	if g.isStopped() {
		return nil, ErrStopped
	}
	child, err := p.Start(files)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	if g.running == nil {
		g.running = map[int]*os.Process{}
	}
	g.running[child.Pid] = child
	late := g.stopped
	g.mu.Unlock()
	if late { // started while Stop was at work, which may not have seen it
		_ = child.Signal(unix.SIGTERM)
	}
	state, err := child.Wait()
	g.mu.Lock()
	delete(g.running, child.Pid)
	g.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("wait for %q: %w", p.Argv[0], err)
	}
	return state, nil
}

func (g *Group) isStopped() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopped
}

// pids returns the programs that are running.
func (g *Group) pids() map[int]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	pids := map[int]bool{}
	for pid := range g.running {
		pids[pid] = true
	}
	return pids
}

// Stop lets no more programs start and sends the signal to those that are running, together with all their descendants. What
// is still there 5 seconds later gets SIGKILL. Stop returns when none is left.
func (g *Group) Stop(signal unix.Signal) {
	g.mu.Lock()
	g.stopped = true
	g.mu.Unlock()
	tree := newTree()
	defer tree.close()
	tree.add(g.pids())
	if (signal == unix.SIGINT || signal == unix.SIGQUIT) && inForeground() {
		g.wait(tree, terminalGrace) // the terminal has sent it to all of the foreground group
	}
	tree.send(signal)
	if g.wait(tree, stopGrace) {
		return
	}
	for range 100 { // new ones can be born while the old ones are killed
		tree.add(g.pids())
		tree.send(unix.SIGKILL)
		if g.wait(tree, 100*time.Millisecond) {
			return
		}
	}
}

// wait waits until the programs and the processes of the tree are gone, and reports whether they are.
func (g *Group) wait(t *tree, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(2 * time.Millisecond) {
		if len(g.pids()) == 0 && t.gone() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// A tree is programs and their descendants, each by a descriptor that no other process can take over.
type tree struct{ fds map[int]int }

func newTree() *tree { return &tree{fds: map[int]int{}} }

// add adds the processes and all descendants of them and of what is in the tree.
func (t *tree) add(pids map[int]bool) {
	for pid := range t.fds {
		pids[pid] = true
	}
	names, err := readNames("/proc")
	if err != nil {
		return
	}
	parents := map[int]int{}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			parents[pid] = parentOf(pid)
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, parent := range parents {
			if pids[parent] && !pids[pid] {
				pids[pid], grown = true, true
			}
		}
	}
	for pid := range pids {
		if _, ok := t.fds[pid]; ok {
			continue
		}
		// If the number has been given to another process by now, its parent is another one too.
		fd, err := unix.PidfdOpen(pid, 0)
		switch {
		case err != nil:
		case parentOf(pid) != parents[pid]:
			_ = unix.Close(fd)
		default:
			t.fds[pid] = fd
		}
	}
}

func (t *tree) send(signal unix.Signal) {
	for _, fd := range t.fds {
		_ = unix.PidfdSendSignal(fd, signal, nil, 0) // it may be gone already
	}
}

// gone tells whether all processes of the tree have ended.
func (t *tree) gone() bool {
	for _, fd := range t.fds {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		// Only an event tells: poll(2) is also interrupted, by the signals of the Go runtime for instance.
		if n, err := unix.Poll(poll, 0); err != nil || n == 0 {
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

func readNames(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// parentOf is the parent of a process, -1 if it is gone.
func parentOf(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return -1
	}
	// PID (NAME) STATE PARENT ...; the name can hold anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return -1
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return -1
	}
	return parent
}
