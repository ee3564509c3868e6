package holders

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// An About is what a reader wants to know of a process or thread.
type About struct {
	Command string   // the short name that the kernel keeps, of a thread its own
	Args    []string // the command line; a kernel thread has none
	UID     int      // the effective user id
	Start   time.Time
}

// About reads what there is to know about the task. The error is [ErrNoProcess] if it has ended, or moved to another namespace,
// since it was found.
func (t Task) About() (*About, error) {
	s := &scratch{boot: boot()}
	return s.about(t)
}

// scratch is what is the same, or is used again, for one task after another.
type scratch struct {
	reader
	boot time.Time
	buf  [4096]byte
}

// AboutAll does what [Task.About] does for each of the tasks, several at a time. An About is nil if the error was
// [ErrNoProcess]; any other one ends it.
func AboutAll(tasks []Task) ([]*About, error) {
	const few = 8 // not worth another goroutine
	all := make([]*About, len(tasks))
	errs := make([]error, max(1, min(process.Workers(), len(tasks)/few)))
	boot := boot()
	var next atomic.Int64
	var others sync.WaitGroup
	run := func(worker int) {
		s := &scratch{boot: boot}
		for errs[worker] == nil {
			i := int(next.Add(1)) - 1
			if i >= len(tasks) {
				return
			}
			a, err := s.about(tasks[i])
			if err != nil && !errors.Is(err, ErrNoProcess) {
				errs[worker] = fmt.Errorf("look at process %d: %w", tasks[i].PID, err)
			}
			all[i] = a
		}
	}
	for worker := range len(errs) - 1 {
		others.Go(func() { run(worker + 1) })
	}
	run(0)
	others.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return all, nil
}

func (s *scratch) about(t Task) (*About, error) {
	dir, err := unix.Open("/proc/"+strconv.Itoa(t.PID), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, process.Gone(err)
	}
	defer unix.Close(dir)
	a, err := s.read(dir, t.path())
	if err != nil {
		return nil, err
	}
	if err := s.confirm(t, dir); err != nil {
		return nil, err
	}
	return a, nil
}

// read reads the files of a process or thread, the names of which begin with path below the directory dir.
func (s *scratch) read(dir int, path string) (*About, error) {
	content, err := process.ReadFile(dir, path+"stat", s.buf[:])
	if err != nil {
		return nil, err
	}
	stat, err := process.ParseStat(content)
	if err != nil {
		return nil, err
	}
	a := &About{Command: stat.Command, Start: startTime(stat.Start, s.boot)}
	if content, err = process.ReadFile(dir, path+"status", s.buf[:]); err != nil {
		return nil, err
	}
	if a.UID, err = parseUID(content); err != nil {
		return nil, err
	}
	if content, err = process.ReadFile(dir, path+"cmdline", s.buf[:]); err != nil {
		return nil, err
	}
	if content = bytes.TrimRight(content, "\x00"); len(content) > 0 {
		a.Args = strings.Split(string(content), "\x00")
	}
	return a, nil
}

// boot is when the machine was started, as the clocks have it now. A machine that slept counts the time.
func boot() time.Time {
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{} // not possible since Linux 2.6.39
	}
	return time.Now().Add(-time.Duration(up.Nano()))
}

func startTime(start uint64, boot time.Time) time.Time {
	const tick = time.Second / process.Ticks
	return boot.Add(time.Duration(start) * tick).Truncate(tick)
}

var errStatus = errors.New("unexpected content of /proc/PID/status")

// parseUID reads the effective user id from the content of /proc/PID/status.
func parseUID(status []byte) (int, error) {
	for line := range bytes.Lines(status) {
		if ids, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			if fields := bytes.Fields(ids); len(fields) > 1 {
				return strconv.Atoi(string(fields[1]))
			}
		}
	}
	return 0, errStatus
}
