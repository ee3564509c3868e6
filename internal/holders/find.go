package holders

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"
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
	proc, err := openProc()
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	dir := int(proc.Fd())
	parts := make([]Found, runtime.GOMAXPROCS(0))
	err = spread(proc, len(parts), func(worker int, pids []int) error {
		for _, pid := range pids {
			if err := parts[worker].look(dir, pid, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all Found
	for _, part := range parts {
		all.Tasks = append(all.Tasks, part.Tasks...)
		all.Hidden += part.Hidden
	}
	slices.SortFunc(all.Tasks, func(a, b Task) int { return cmp.Or(a.PID-b.PID, a.TID-b.TID) })
	return &all, nil
}

// look adds the process pid and its threads, as far as they are asked for.
func (f *Found) look(proc, pid int, q Query) error {
	name := strconv.Itoa(pid)
	ns, err := inode(proc, name+"/ns/net")
	ended := isGone(err)
	switch {
	case isHidden(err):
		f.Hidden++
		return nil
	case err != nil && !ended:
		return err
	case err == nil:
		f.add(q, Task{pid, pid, ns})
	}
	if !ended && !q.Threads {
		return nil
	}
	// A main thread that has ended leaves a zombie for as long as other threads run: they are the process.
	tids, tasks, err := threads(proc, name)
	if isGone(err) || isHidden(err) || err == nil && tasks == nil {
		return nil
	}
	if err != nil {
		return err
	}
	defer tasks.Close()
	for _, tid := range slices.DeleteFunc(tids, func(tid int) bool { return tid == pid }) {
		threadNS, err := inode(int(tasks.Fd()), strconv.Itoa(tid)+"/ns/net")
		switch {
		case isGone(err) || isHidden(err):
		case err != nil:
			return err
		case ended:
			f.add(q, Task{pid, pid, threadNS})
			if !q.Threads {
				return nil
			}
			ns, ended = threadNS, false
		case threadNS != ns:
			f.add(q, Task{pid, tid, threadNS})
		}
	}
	return nil
}

func (f *Found) add(q Query, t Task) {
	if q.NS == 0 || q.NS == t.NS {
		f.Tasks = append(f.Tasks, t)
	}
}
