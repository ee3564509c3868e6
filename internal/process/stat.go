package process

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// A Stat is some of what proc_pid_stat(5) tells of a process or thread.
type Stat struct {
	Command string // the short name, which the process chooses itself
	State   byte   // R, S, Z and so on
	Parent  int    // 0 if it is not in the PID namespace that /proc shows
	Start   uint64 // when it was started, in [Ticks] since the machine was: with the process id it stands for one process for ever
}

// Ticks is how many of the units of [Stat.Start] a second has, the same on all Linux systems for ages (AT_CLKTCK).
const Ticks = 100

var errFormat = errors.New("unexpected content of /proc/PID/stat")

// ParseStat reads the content of /proc/PID/stat.
func ParseStat(stat []byte) (*Stat, error) {
	// PID (NAME) STATE PARENT ...: the name can hold any byte, but what follows the last parenthesis is fixed.
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return nil, errFormat
	}
	s := &Stat{Command: string(stat[open+1 : end])}
	var err error
	number := 3 // the name is field 2
	for field := range bytes.FieldsSeq(stat[end+1:]) {
		switch number {
		case 3:
			if len(field) != 1 {
				return nil, errFormat
			}
			s.State = field[0]
		case 4:
			s.Parent, err = strconv.Atoi(string(field))
		case 22:
			s.Start, err = strconv.ParseUint(string(field), 10, 64)
			if err == nil {
				return s, nil
			}
		}
		if err != nil {
			return nil, errFormat
		}
		number++
	}
	return nil, errFormat
}

// ReadStat reads the stat file of the process with the directory dir.
func ReadStat(dir int) (*Stat, error) { return readStat(dir, "stat") }

func readStat(dir int, path string) (*Stat, error) {
	stat, err := ReadFile(dir, path, nil)
	if err != nil {
		return nil, err
	}
	return ParseStat(stat)
}

// StatOf reads the stat file of a process. The error is [ErrNone] if there is none with that number in /proc.
func StatOf(pid int) (*Stat, error) {
	return readStat(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/stat", pid))
}

// Parent returns the parent of a process, as [StatOf] does.
func Parent(pid int) (int, error) {
	s, err := StatOf(pid)
	if err != nil {
		return 0, err
	}
	return s.Parent, nil
}

// Parents returns the parents of all processes. Those that end meanwhile are left out.
func Parents() (map[int]int, error) {
	t, err := Open()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	parents := map[int]int{}
	var mu sync.Mutex
	err = t.Each(func(_, pid int) error {
		s, err := readStat(t.fd, strconv.Itoa(pid)+"/stat")
		if err != nil {
			return nil
		}
		mu.Lock()
		parents[pid] = s.Parent
		mu.Unlock()
		return nil
	})
	return parents, err
}

// Commands returns the short names of all processes. Those that end meanwhile are left out.
func Commands() (map[int]string, error) {
	t, err := Open()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	commands := map[int]string{}
	var mu sync.Mutex
	err = t.Each(func(_, pid int) error {
		command := commandIn(t.fd, strconv.Itoa(pid)+"/comm")
		if command == "" {
			return nil
		}
		mu.Lock()
		commands[pid] = command
		mu.Unlock()
		return nil
	})
	return commands, err
}

// Command returns the short name of a process, "" if it has ended.
func Command(pid int) string { return commandIn(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/comm", pid)) }

func commandIn(dir int, path string) string {
	comm, err := ReadFile(dir, path, nil)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(comm, []byte("\n")))
}
