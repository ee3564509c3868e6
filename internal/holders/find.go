package holders

import (
	"cmp"
	"slices"
	"strconv"

	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// A Task is a process or a thread that is in a namespace.
type Task struct {
	PID int
	TID int    // of a thread that is in another namespace than its process; otherwise PID
	NS  uint64 // inode number of the network namespace
}

// A Query says what [Find] is to look for.
type Query struct {
	NS      uint64 // the inode number of a namespace, 0 for all
	Threads bool   // look for threads that are in another namespace than their process, too
}

// A Found is what one pass over /proc has shown.
type Found struct {
	Tasks  []Task // by PID, then by TID
	Hidden int    // how many processes the caller may not inspect
}

// Find makes one pass over all processes. The namespace of a process is that of its main thread, or of another thread
// if the main one has ended. The error is [ErrOtherPIDs] or says why /proc cannot be read.
func Find(q Query) (*Found, error) {
	proc, err := process.Open()
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	parts := make([]*look, process.Workers())
	err = proc.Each(func(worker, pid int) error {
		if parts[worker] == nil {
			parts[worker] = &look{proc: proc.Fd(), query: q} // by the goroutine itself: cores should not share memory that they write to
		}
		return parts[worker].at(pid)
	})
	if err != nil {
		return nil, err
	}
	var all Found
	for _, part := range parts {
		if part == nil {
			continue
		}
		all.Tasks = append(all.Tasks, part.found.Tasks...)
		all.Hidden += part.found.Hidden
	}
	slices.SortFunc(all.Tasks, func(a, b Task) int { return cmp.Or(a.PID-b.PID, a.TID-b.TID) })
	return &all, nil
}

// A look is a part of a pass.
type look struct {
	reader
	proc  int // descriptor of /proc
	query Query
	found Found
}

// at looks at the process pid and its threads, as far as they are asked for.
func (l *look) at(pid int) error {
	ns, err := l.netOf(l.proc, pid)
	ended := process.IsGone(err)
	switch {
	case isHidden(err):
		l.found.Hidden++
		return nil
	case err != nil && !ended:
		return err
	case err == nil:
		l.add(Task{pid, pid, ns})
	}
	if !ended && !l.query.Threads {
		return nil
	}
	// A main thread that has ended leaves a zombie for as long as other threads run: they are the process.
	tids, tasks, err := threads(l.proc, strconv.Itoa(pid))
	if process.IsGone(err) || isHidden(err) || err == nil && tasks < 0 {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(tasks)
	for _, tid := range tids {
		if tid == pid {
			continue
		}
		threadNS, err := l.netOf(tasks, tid)
		switch {
		case process.IsGone(err) || isHidden(err):
		case err != nil:
			return err
		case ended:
			l.add(Task{pid, pid, threadNS})
			if !l.query.Threads {
				return nil
			}
			ns, ended = threadNS, false
		case threadNS != ns:
			l.add(Task{pid, tid, threadNS})
		}
	}
	return nil
}

func (l *look) add(t Task) {
	if l.query.NS == 0 || l.query.NS == t.NS {
		l.found.Tasks = append(l.found.Tasks, t)
	}
}
