package holders

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// An About is what a reader wants to know of a process or thread.
type About struct {
	Command string   // the short name that the kernel keeps, of a thread its own
	Args    []string // the command line; a kernel thread has none
	UID     int      // the effective user id
	Start   time.Time
}

// ticks is the unit of times in /proc/PID/stat, a second's part that has been the same on all Linux systems for ages (AT_CLKTCK).
const ticks = 100

// About reads what there is to know about the task. The error is [ErrNoProcess] if it has ended, or moved to another namespace,
// since it was found.
func (t Task) About() (*About, error) {
	name := fmt.Sprintf("/proc/%d/task/%d", t.PID, t.TID)
	dir, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, gone(err)
	}
	defer unix.Close(dir)
	a := &About{}
	if err := a.read(dir); err != nil {
		return nil, gone(err)
	}
	ns, err := inode(dir, "ns/net")
	switch {
	case isGone(err) && t.hasOtherThreads(), err == nil && ns == t.NS:
		return a, nil
	case err == nil || isGone(err):
		return nil, ErrNoProcess
	}
	return nil, err
}

// hasOtherThreads tells whether the process runs on although its main thread, which is t, has ended.
func (t Task) hasOtherThreads() bool {
	_, tasks, err := threads(unix.AT_FDCWD, fmt.Sprintf("/proc/%d", t.PID))
	if err != nil || tasks == nil {
		return false
	}
	_ = tasks.Close()
	return t.TID == t.PID
}

// read fills in a from the directory of a process or thread.
func (a *About) read(dir int) error {
	stat, err := readAt(dir, "stat")
	if err != nil {
		return err
	}
	status, err := readAt(dir, "status")
	if err != nil {
		return err
	}
	cmdline, err := readAt(dir, "cmdline")
	if err != nil {
		return err
	}
	if a.Command, a.Start, err = parseStat(stat, boot()); err != nil {
		return err
	}
	if a.UID, err = parseUID(status); err != nil {
		return err
	}
	if cmdline = bytes.TrimRight(cmdline, "\x00"); len(cmdline) > 0 {
		a.Args = strings.Split(string(cmdline), "\x00")
	}
	return nil
}

// boot is when the machine was started, as the clocks have it now. A machine that slept counts the time.
func boot() time.Time {
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{} // not possible since Linux 2.6.39
	}
	return time.Now().Add(-time.Duration(up.Nano()))
}

var errFormat = errors.New("unexpected content in /proc")

// parseStat reads the name and the time of start from the content of /proc/PID/stat (proc_pid_stat(5)).
func parseStat(stat []byte, boot time.Time) (command string, start time.Time, err error) {
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return "", start, errFormat
	}
	const first, starttime = 3, 22 // numbers of the fields, the first after the name and the one we want
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) <= starttime-first {
		return "", start, errFormat
	}
	n, err := strconv.ParseInt(fields[starttime-first], 10, 64)
	if err != nil {
		return "", start, errFormat
	}
	return string(stat[open+1 : end]), boot.Add(time.Duration(n) * (time.Second / ticks)).Truncate(time.Second / ticks), nil
}

// parseUID reads the effective user id from the content of /proc/PID/status.
func parseUID(status []byte) (int, error) {
	for line := range strings.Lines(string(status)) {
		if ids, ok := strings.CutPrefix(line, "Uid:"); ok {
			if fields := strings.Fields(ids); len(fields) > 1 {
				return strconv.Atoi(fields[1])
			}
		}
	}
	return 0, errFormat
}

// Commands returns the short names of all processes by process id, for those who choose one.
func Commands() (map[int]string, error) {
	proc, err := openProc()
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	pids, err := numbers(proc)
	commands := make(map[int]string, len(pids))
	for _, pid := range pids {
		if comm, err := readAt(int(proc.Fd()), strconv.Itoa(pid)+"/comm"); err == nil {
			commands[pid] = strings.TrimSuffix(string(comm), "\n")
		}
	}
	return commands, err
}

// Command returns the short name of a process, "" if it has ended.
func Command(pid int) string {
	comm, err := readAt(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(comm), "\n")
}
