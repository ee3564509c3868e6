package holders

import (
	"strconv"

	"gons/internal/process"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Open returns a handle of the network namespace that the process or thread pid is in; the caller closes it. The namespace lasts as
// long as the handle, even if the process ends a moment later.
//
// The error is [ErrNoProcess], [ErrEnded] for a zombie, [ErrOtherPIDs], or an errno: EACCES where the caller may
// not inspect the process (ptrace(2)).
func Open(pid int) (netns.NsHandle, error) {
	proc, err := process.Open()
	if err != nil {
		return netns.None(), err
	}
	defer proc.Close()
	// The directory is kept open, so that all that follows is about one and the same process.
	dir, err := openDir(proc.Fd(), pid)
	if err != nil {
		return netns.None(), err
	}
	defer unix.Close(dir)
	fd, err := openNet(dir, "ns/net")
	if !process.IsGone(err) {
		return fd, err
	}
	tids, tasks, err := threads(dir, ".")
	if err != nil {
		return netns.None(), process.Gone(err)
	}
	if tasks >= 0 {
		defer unix.Close(tasks)
	}
	for _, tid := range tids {
		if fd, err := openNet(tasks, strconv.Itoa(tid)+"/ns/net"); !process.IsGone(err) {
			return fd, err
		}
	}
	// It is there, but only until its parent asks for its status?
	if stat, err := process.ReadStat(dir); err == nil && (stat.State == 'Z' || stat.State == 'X') {
		return netns.None(), ErrEnded
	}
	return netns.None(), ErrNoProcess
}

// openDir opens the directory of a process or thread below that of /proc.
func openDir(proc, pid int) (int, error) {
	dir, err := unix.Openat(proc, strconv.Itoa(pid), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return dir, process.Gone(err)
}

func openNet(dir int, name string) (netns.NsHandle, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return netns.None(), err
	}
	return netns.NsHandle(fd), nil
}

// Pidfd returns a descriptor that stands for the process (pidfd_open(2)) and for no later one with its number; the caller closes
// it. The error is [ErrNoProcess] if the process, or its main thread, has left the namespace since it was found, or has ended.
func (t Task) Pidfd() (int, error) {
	fd, err := unix.PidfdOpen(t.PID, 0)
	if err != nil {
		return -1, process.Gone(err)
	}
	// What has the number now can be another process than the one that was found. If it has changed hands since the line above the
	// descriptor is of one that has ended, which no signal reaches.
	dir, err := unix.Open("/proc/"+strconv.Itoa(t.PID), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = new(reader).confirm(t, dir)
		_ = unix.Close(dir)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, process.Gone(err)
	}
	return fd, nil
}

// confirm returns [ErrNoProcess] unless the task of the process with the directory dir is still there and in the namespace.
func (r *reader) confirm(t Task, dir int) error {
	ns, err := r.net(dir, []byte(t.path()+"ns/net\x00"))
	if process.IsGone(err) && t.TID == t.PID {
		ns, err = r.ofOthers(dir)
	}
	switch {
	case err != nil:
		return process.Gone(err)
	case ns != t.NS:
		return ErrNoProcess
	}
	return nil
}

// path is where the directory of the task is below that of its process, with a slash at the end.
func (t Task) path() string {
	if t.TID == t.PID {
		return ""
	}
	return "task/" + strconv.Itoa(t.TID) + "/"
}

// ofOthers returns the namespace of a process whose main thread has ended: that of the first of its other threads.
func (r *reader) ofOthers(dir int) (uint64, error) {
	tids, tasks, err := threads(dir, ".")
	if err != nil {
		return 0, err
	}
	if tasks < 0 {
		return 0, ErrNoProcess
	}
	defer unix.Close(tasks)
	for _, tid := range tids {
		if ns, err := r.netOf(tasks, tid); !process.IsGone(err) {
			return ns, err
		}
	}
	return 0, ErrNoProcess
}
