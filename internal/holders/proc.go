package holders

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// What /proc can be asked in vain for, beside errnos such as EACCES.
var (
	ErrNoProcess = errors.New("there is no such process")
	ErrEnded     = errors.New("it has ended and waits for its parent, it is in no namespace any more")
	ErrOtherPIDs = errors.New("/proc shows the processes of another PID namespace")
)

// openProc opens /proc. The error is [ErrOtherPIDs] if the numbers in it are not those that this process knows others by, as
// after "unshare --pid --fork" without a new /proc.
func openProc() (*os.File, error) {
	self, err := os.Readlink("/proc/self") // safe: the link is made of the process id, not of a namespace
	if errors.Is(err, unix.ENOENT) {
		if _, err := os.Stat("/proc/stat"); err == nil {
			return nil, ErrOtherPIDs
		}
	}
	switch {
	case err != nil:
		return nil, err
	case self != strconv.Itoa(os.Getpid()):
		return nil, ErrOtherPIDs
	}
	return os.Open("/proc")
}

// numbers returns the entries of an open directory that are numbers, in ascending order.
func numbers(dir *os.File) ([]int, error) {
	names, err := dir.Readdirnames(-1)
	found := parseNumbers(names)
	slices.Sort(found)
	return found, err
}

func parseNumbers(names []string) []int {
	found := make([]int, 0, len(names))
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			found = append(found, n)
		}
	}
	return found
}

// chunk is how many processes a worker takes at a time: looking at one takes a few microseconds.
const chunk = 128

// A crowd is all processes, handed out a chunk at a time to those who look at them.
type crowd struct {
	mu   sync.Mutex
	proc *os.File
}

// next returns some process ids, none at the end.
func (c *crowd) next() ([]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		names, err := c.proc.Readdirnames(chunk)
		pids := parseNumbers(names)
		if errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil && len(pids) == 0 {
			continue // the other files of /proc
		}
		return pids, err
	}
}

// spread calls work with every chunk of the processes in proc, from so many goroutines at once. It returns the errors.
func spread(proc *os.File, workers int, work func(worker int, pids []int) error) error {
	all := &crowd{proc: proc}
	errs := make([]error, workers)
	run := func(worker int) {
		for errs[worker] == nil {
			pids, err := all.next()
			if err == nil && len(pids) == 0 {
				return
			}
			if err == nil {
				err = work(worker, pids)
			}
			errs[worker] = err
		}
	}
	var others sync.WaitGroup
	for worker := range workers - 1 {
		others.Go(func() { run(worker) })
	}
	run(workers - 1)
	others.Wait()
	return errors.Join(errs...)
}
