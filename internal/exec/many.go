package exec

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
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
	starting sync.RWMutex // held for reading until a program that is being started is in running

	mu      sync.Mutex
	running map[int]*os.Process
	stopped bool
}

// Run starts the program on the stage and waits for its end. Signals are not passed on.
func (g *Group) Run(s *Stage, p *Plan, files []*os.File) (*os.ProcessState, error) {
	child, err := g.start(s, p, files)
	if err != nil {
		return nil, err
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

// start starts the program unless the group was stopped.
func (g *Group) start(s *Stage, p *Plan, files []*os.File) (*os.Process, error) {
	g.starting.RLock()
	defer g.starting.RUnlock()
	if g.Stopped() {
		return nil, ErrStopped
	}
	child, err := s.Start(p, files)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running == nil {
		g.running = map[int]*os.Process{}
	}
	g.running[child.Pid] = child
	return child, nil
}

// Stopped tells whether Stop was called.
func (g *Group) Stopped() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopped
}

// programs returns those that are running.
func (g *Group) programs() []*os.Process {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.running))
}

// Stop lets no more programs start and sends the signal to those that are running, together with all their descendants. What
// is still there 5 seconds later gets SIGKILL. Stop returns when none is left.
func (g *Group) Stop(signal unix.Signal) {
	g.mu.Lock()
	g.stopped = true
	g.mu.Unlock()
	// A program can run, and have children, before its start has returned here.
	g.starting.Lock()
	//lint:ignore SA2001 Nothing is to be done in between.
	g.starting.Unlock()
	tree := newTree()
	defer tree.close()
	tree.add(g.programs())
	if (signal == unix.SIGINT || signal == unix.SIGQUIT) && inForeground() {
		g.wait(tree, terminalGrace) // the terminal has sent it to all of the foreground group
	}
	tree.send(signal)
	if g.wait(tree, stopGrace) {
		return
	}
	for range 100 { // new ones can be born while the old ones are killed
		tree.add(g.programs())
		tree.send(unix.SIGKILL)
		if g.wait(tree, 100*time.Millisecond) {
			return
		}
	}
}

// wait waits until the programs and the processes of the tree are gone, and reports whether they are.
func (g *Group) wait(t *tree, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(2 * time.Millisecond) {
		if len(g.programs()) == 0 && t.gone() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
