//go:build amd64

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A point is a system call that gons makes.
type point struct {
	Call  string
	Key   string // the call with its arguments, as far as they are the same each time
	N     int    // which of those with this key, counted from 1 over the threads of the process
	Child bool   // a child of gons makes it before it is another program
}

func (p point) String() string {
	if p.Child {
		return fmt.Sprintf("%s #%d of a child", p.Key, p.N)
	}
	return fmt.Sprintf("%s #%d", p.Key, p.N)
}

// isOfRuntime tells whether the runtime of Go makes the call for itself. How many there are of them is different each time, and what
// it does when one fails is not in the hands of gons. Mostly it ends the process.
func (p point) isOfRuntime() bool {
	switch p.Call {
	case "clone":
		return strings.HasSuffix(p.Key, "thread)")
	case "prctl": // names for pieces of memory
		return strings.Contains(p.Key, fmt.Sprintf("(%#x", unix.PR_SET_VMA))
	case "read", "write": // to wake a thread that waits for files
		return strings.Contains(p.Key, "anon_inode:[eventfd]")
	case "pread64": // how much of the processors there is for it
		return strings.Contains(p.Key, "/sys/fs/cgroup/")
	}
	return runtimeCalls[p.Call]
}

// fewestReads is how often the output of the engine is read at least: its end, the end of what it says of errors, and each once before.
const fewestReads = 4

// isOptional tells whether the command may do without the call. How often a pipe is read depends on how fast the other side
// writes to it.
func (p point) isOptional() bool {
	return p.isOfRuntime() || p.Key == "read(<pipe>)" && p.N > fewestReads
}

var runtimeCalls = map[string]bool{
	"epoll_create1": true, "epoll_ctl": true, "epoll_pwait": true, "eventfd2": true, "exit": true, "futex": true,
	"gettid": true, "madvise": true, "mincore": true, "mmap": true, "munmap": true, "nanosleep": true, "restart_syscall": true,
	"rt_sigaction":   true,
	"rt_sigprocmask": true, "rt_sigreturn": true, "sched_getaffinity": true, "sched_yield": true, "sigaltstack": true, "tgkill": true,
}

// hasExit tells whether gons is still there at the exit of the call.
func (p point) hasExit() bool {
	return !slices.Contains([]string{"exit", "exit_group", "execve", "rt_sigreturn"}, p.Call)
}

// files are the paths that the call is about.
func (p point) files() (paths []string) {
	for _, m := range pathOfKey.FindAllStringSubmatch(p.Key, -1) {
		if path := m[1] + m[2]; path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

// isOnWayTo tells whether the call is about the directory or one above it.
func (p point) isOnWayTo(dir string) bool {
	files := p.files()
	return len(files) == 1 && strings.HasPrefix(dir+"/", strings.TrimSuffix(files[0], "/")+"/")
}

var pathOfKey = regexp.MustCompile(`"([^"]*)"|<(/[^>]*)>`)

// key is what tells the call of a thread, which is at its entry, from others.
func (s signature) key(tid int, args [6]uint64) string {
	if s.name == "clone" {
		kind := "process"
		if args[0]&unix.CLONE_THREAD != 0 {
			kind = "thread"
		}
		return "clone(" + kind + ")"
	}
	var parts []string
	for i, kind := range s.args {
		switch kind {
		case 'd':
			if fd := int32(args[i]); fd != unix.AT_FDCWD {
				parts = append(parts, descriptor(tid, int(fd)))
			}
		case 'p':
			parts = append(parts, `"`+normal(textAt(tid, uintptr(args[i])))+`"`)
		case 'n':
			parts = append(parts, fmt.Sprintf("%#x", uint32(args[i])))
		}
	}
	return s.name + "(" + strings.Join(parts, ", ") + ")"
}

// descriptor says what a descriptor of the thread is.
func descriptor(tid, fd int) string {
	if fd <= 2 {
		return fmt.Sprint(fd)
	}
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, fd))
	if err != nil {
		return "<closed>"
	}
	return "<" + normal(link) + ">"
}

// Numbers of processes, descriptors and inodes.
var (
	varying = regexp.MustCompile(`(/proc/|/task/|/fd/|\bpid:|\bprocess |^)\d+\b`)
	inodeNo = regexp.MustCompile(`:\[\d+\]$`)
)

// normal is the path in a form that is the same each time.
func normal(path string) string {
	return inodeNo.ReplaceAllString(varying.ReplaceAllString(path, "${1}N"), "")
}

// textAt reads a string from the memory of the thread.
func textAt(tid int, address uintptr) string {
	if address == 0 {
		return ""
	}
	var text []byte
	for len(text) < unix.PathMax {
		// Up to the end of a page: the next one may be missing.
		const page = 4096
		b := make([]byte, page-address%page)
		n, err := unix.ProcessVMReadv(tid, []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}, []unix.RemoteIovec{{Base: address, Len: len(b)}}, 0)
		if err != nil {
			return "?"
		}
		if end := slices.Index(b[:n], 0); end >= 0 {
			return string(append(text, b[:end]...))
		}
		text, address = append(text, b[:n]...), address+uintptr(n)
	}
	return string(text)
}
